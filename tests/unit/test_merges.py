"""Two patient numbers that turn out to be one person's (HL7 A40): wrong answers and reservations count together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kiosk.adapters.inbox.sources import InboxMerges
from kiosk.adapters.inbox.store import InboxStore
from kiosk.adapters.machine.system import SystemClock
from kiosk.adapters.ris.archive_directory import ArchiveDirectory
from kiosk.adapters.sql import SqlLedger
from kiosk.config import IdentitySettings, ReportSettings
from kiosk.config.ris import InboxSettings
from kiosk.domain.person.codes import Claim
from kiosk.domain.person.identity import IdentityFacts
from kiosk.domain.sheets.printing import DocumentKind, Order
from kiosk.gateway.matching import Inbox
from kiosk.services.audit import Audit
from kiosk.services.identity.lookup import Lookup
from kiosk.services.identity.pseudonyms import Pseudonyms
from tests.support.hl7 import NAME, adt
from tests.support.paper import PaperArchive
from tests.support.paper import exam as paper_exam
from tests.unit.test_hl7_messages import KEY, PLACES

LIMITS = IdentitySettings().limits


@dataclass
class Hall:
    """A look-up over an archive that knows both numbers, and a gateway's inbox."""

    inbox: Inbox
    ledger: SqlLedger
    lookup: Lookup
    names: Pseudonyms

    def subject(self, accession: str) -> str:
        return self.lookup.candidate(Claim("accession", accession)).subject

    def tries(self, subject: str) -> int:
        return self.ledger.tries("", subject, "", LIMITS).subject


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    store = InboxStore(InboxSettings(url=f"sqlite:///{tmp_path}/inbox.db"), "", KEY)
    people = [IdentityFacts(number, NAME) for number in ("P1", "P2", "P3")]
    archive = PaperArchive([paper_exam(who, f"A{who.patient_id}", n) for n, who in enumerate(people, start=1)])
    ledger, clock = SqlLedger(f"sqlite:///{tmp_path}/ledger.db"), SystemClock("UTC")
    names = Pseudonyms(b"k" * 32, InboxMerges(store))
    audit, directory = Audit(ledger, "k1", clock), ArchiveDirectory(archive)
    lookup = Lookup(archive, directory, ledger, names, audit, clock, IdentitySettings(), ReportSettings())
    yield Hall(Inbox(store, archive, PLACES, 90), ledger, lookup, names)
    store.close()
    ledger.close()


def test_wrong_answers_under_one_number_lock_the_other(hall: Hall) -> None:
    old = hall.subject("AP1")
    assert old != hall.subject("AP2")
    for number in range(LIMITS.per_subject):
        assert hall.ledger.begin_try(f"visit {number}", old, f"kiosk {number}", LIMITS)
    hall.inbox.take(adt("1", "A40", "P2", "P1"))
    new = hall.subject("AP2")
    assert new == hall.subject("AP1"), "either number leads to the one person"
    assert hall.ledger.begin_try("another", new, "kiosk", LIMITS) is None, "five more tries are not to be had"
    hall.ledger.unlock(new, "nurse")
    assert hall.tries(hall.subject("AP1")) == 0
    assert hall.tries(hall.subject("AP3")) == 0 and hall.subject("AP3") != new


def test_reservations_are_the_one_persons(hall: Hall) -> None:
    kept = hall.ledger.reserve("visit", "k1", Order("d", hall.subject("AP1"), DocumentKind.REPORT, 1, 1))
    assert kept
    hall.inbox.take(adt("1", "A40", "P2", "P1"))
    new = hall.subject("AP2")
    found = hall.ledger.reservation(kept.serial)
    assert found and found.order.subject == new


def test_merges_follow_each_other_and_a_circle_ends(hall: Hall) -> None:
    hall.ledger.begin_try("v", hall.subject("AP1"), "k", LIMITS)
    hall.inbox.take(adt("1", "A40", "P2", "P1"))
    hall.inbox.take(adt("2", "A40", "P3", "P2"))
    assert hall.subject("AP1") == hall.subject("AP2") == hall.subject("AP3")
    assert hall.tries(hall.subject("AP2")) == 1
    hall.inbox.take(adt("3", "A40", "P1", "P3"))
    assert hall.subject("AP1") and hall.subject("AP3")


def test_a_merge_that_broke_off_is_made_whole_when_it_is_sent_again(hall: Hall) -> None:
    assert "moved" in hall.inbox.take(adt("1", "A40", "P2", "P1"))
    assert "moved" in hall.inbox.take(adt("1", "A40", "P2", "P1"))
    assert hall.inbox.take(adt("2", "A40", "P2", "P2")) == "person", "a number merged into itself is no merge"
