"""kiosk.ports.ledger.Records on both databases: what was written in a period is read back, once, with its sheets."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.adapters.sql import SqlLedger
from kiosk.domain.reasons import FilmReason, OverrideReason
from kiosk.domain.records import Journal
from kiosk.domain.sheets.printing import DocumentKind, Order, SheetState
from kiosk.domain.trail import AuditRecord, EventCount, EventKind, EventOutcome, UnknownWord
from kiosk.ports.ledger import Ledger

ENDED = (SheetState.PRINTED, SheetState.PRINTED, SheetState.UNCERTAIN, SheetState.MISSING)


@pytest.fixture
def ledger(database_url: str, tmp_path: Path) -> Iterator[Ledger]:
    made = SqlLedger(database_url, anchor=tmp_path / "anchor")
    yield made
    made.close()


def write(ledger: Ledger) -> None:
    ledger.open_visit("v", "kiosk-1")
    ledger.add_link("digest", "v", "ann", ["s1", "s2"], "birth-date", time.time() + 60)
    kept = ledger.reserve("v", "kiosk-1", Order("doc", "ann", DocumentKind.FILM, 1, 4, reason="other", modality="CT"))
    assert kept
    ledger.submitted(kept.serial, "film", "1")
    ledger.settle(kept.serial, ENDED, "media-jam")
    ledger.request_film("v", "ann", "s1", "CT", FilmReason.SURGERY, "printed")
    ledger.override("v", "nurse", OverrideReason.LOST, "print-report", "ann")
    ledger.append(AuditRecord(EventKind.LINK_MADE, EventOutcome.OK, "kiosk-1", "v", "ann", "", {"modalities": "CT"}))
    ledger.append(AuditRecord(UnknownWord("of-another-version")))
    ledger.append(AuditRecord(EventKind.IDENTITY_ASKED, EventOutcome.OK, "kiosk-1", "v", "ann"))
    ledger.close_visit("v", "delivered")


def test_a_period_is_read_back_whole(ledger: Ledger) -> None:
    before = time.time() - 60
    write(ledger)
    found = ledger.journal(before, time.time() + 60)
    assert [(v.kiosk, v.outcome) for v in found.visits] == [("kiosk-1", "delivered")]
    task = found.tasks[0]
    assert (task.sheets, task.printed, task.missing, task.uncertain) == (4, 2, 1, 1)
    assert (task.why, task.kind, task.modality, task.subject) == ("media-jam", "film", "CT", "ann")
    assert [(w.reason, w.how) for w in found.wishes] == [("surgery", "printed")]
    assert [(o.actor, o.reason, o.what) for o in found.overrides] == [("nurse", "lost", "print-report")]
    assert [(k.subject, k.studies) for k in found.links] == [("ann", 2)]
    assert [(e.kind, dict(e.details)) for e in found.events] == [("link-made", {"modalities": "CT"})]
    assert set(found.tally) == {
        EventCount(EventKind.LINK_MADE, EventOutcome.OK, 1),
        EventCount(EventKind.IDENTITY_ASKED, EventOutcome.OK, 1),
        EventCount(UnknownWord("of-another-version"), EventOutcome.OK, 1),
    }
    assert [one.known for one in found.tally].count(False) == 1


def test_another_period_is_empty(ledger: Ledger) -> None:
    write(ledger)
    assert ledger.journal(0, time.time() - 3600) == Journal()
