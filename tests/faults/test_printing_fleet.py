"""A fleet on one database: no doubles, and a database that goes away and comes back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.adapters.sql import SqlLedger
from kiosk.config import PrinterSettings
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.sheets.media import pwg_media
from kiosk.domain.sheets.printing import DocumentKind, JobStatus, Order, PrinterStatus, SheetState
from kiosk.domain.trail import AuditRecord
from kiosk.services.printing.print_service import PrintService, PrintWish
from tests.benchmarks.fleet import doubles, fleet, hammer
from tests.support.postgres import Cluster
from tests.support.scripted import HandClock, ScriptedPrinter

P = SheetState.PRINTED
ORDER = Order("document", "subject", DocumentKind.REPORT, copy=1, sheets=2)


@pytest.fixture
def own_cluster() -> Iterator[Cluster]:
    made = Cluster()
    made.start(durable=True)
    yield made
    made.remove()


def test_eight_kiosks_in_a_race_reserve_every_document_once(cluster: Cluster) -> None:
    url = cluster.database()
    tallies = fleet(hammer, url, kiosks=8, attempts=150, documents=120)
    ledger = SqlLedger(url)
    assert doubles(ledger) == 0 and sum(tally.attempts for tally in tallies) == 1200
    won = sum(tally.won for tally in tallies)
    assert 100 < won <= 120 and len(ledger.deliveries([f"document{n}" for n in range(120)])) == won
    ledger.close()


class Kiosk:
    """Printing on a database that may go away."""

    def __init__(self, url: str, home: Path) -> None:
        self.ledger = SqlLedger(url, anchor=home / "anchor")
        self.printer, self.clock = ScriptedPrinter(), HandClock()
        self.service = PrintService(
            self.ledger, self.printer, PrinterSettings(), self.clock, lambda s, *_: s, self.clock.sleep
        )
        self.wish = PrintWish(home / "document.pdf", pwg_media("iso_a4_210x297mm"))

    def complete_at(self, seconds: float) -> None:
        self.clock.at(seconds, lambda: self.printer.now_job(status=JobStatus.COMPLETED, sheets=2))


def test_a_kiosk_that_loses_the_database_finishes_safely_and_recovers_by_itself(
    own_cluster: Cluster, tmp_path: Path
) -> None:
    kiosk = Kiosk(own_cluster.database(), tmp_path)
    kiosk.complete_at(5)
    kiosk.clock.at(1, lambda: own_cluster.stop("immediate"))
    result = kiosk.service.print_document("v", "kiosk-1", ORDER, kiosk.wish)
    assert result.fault is FaultCode.STORE_UNAVAILABLE and result.reservation is not None
    assert result.reservation.states == (P, P), "the paper lies in the tray; only the journal does not know yet"
    again = kiosk.service.print_document("v", "kiosk-1", replace(ORDER, copy=2), kiosk.wish)
    assert again.fault is FaultCode.STORE_UNAVAILABLE and again.reservation is None
    assert len(kiosk.printer.submitted) == 1, "nothing is printed without a journal"
    with pytest.raises(KioskError):
        kiosk.ledger.append(AuditRecord("print"))
    own_cluster.start(durable=True)
    assert kiosk.ledger.probe().startswith("postgresql")
    assert kiosk.service.print_document("v", "kiosk-2", ORDER, kiosk.wish).fault is FaultCode.ALREADY_PRINTED
    (found,) = kiosk.service.reconcile("kiosk-1")
    assert found.reservation is not None and found.reservation.states == (P, P)
    assert kiosk.ledger.deliveries(["document"])[0].state == "printed"
    kiosk.ledger.close()


def test_case_62_one_report_asked_for_at_two_kiosks_comes_out_at_one(cluster: Cluster, tmp_path: Path) -> None:
    url = cluster.database()
    here, there = Kiosk(url, tmp_path), Kiosk(url, tmp_path)
    here.complete_at(1)
    assert here.service.print_document("v1", "kiosk-1", ORDER, here.wish).fault is None
    there.printer.now(status=PrinterStatus.IDLE)
    assert there.service.print_document("v2", "kiosk-2", ORDER, there.wish).fault is FaultCode.ALREADY_PRINTED
    assert not there.printer.submitted and there.service.remaining(ORDER) == ()
    here.ledger.close()
    there.ledger.close()
