"""The queue of publications on both databases: leases, versions, keys for links, and what phones told."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from kiosk.adapters.sql import SqlLedger
from kiosk.domain.links import LinkKeys, PhoneEvent, Publication
from kiosk.domain.records import FilmWish
from kiosk.domain.sheets.issued import Paper
from kiosk.domain.sheets.printing import DocumentKind
from kiosk.domain.trail import AuditRecord, EventKind, EventOutcome
from kiosk.ports.ledger import Ledger
from kiosk.statistics.economy import PeriodInputs, from_ledger
from kiosk.statistics.figures import Period, r1_service, r5_access, r6_delivery, r7_sharing

STUDY, SEALED = "study-1", b"sealed uid"


@pytest.fixture
def ledger(database_url: str, tmp_path: Path) -> Iterator[Ledger]:
    made = SqlLedger(database_url, anchor=tmp_path / "anchor")
    yield made
    made.close()


def link(ledger: Ledger, locator: str = "l1", *studies: str, subject: str = "ann", life: float = 3600.0) -> None:
    named = studies or (STUDY,)
    keys = LinkKeys(b"public", b"announcement", dict.fromkeys(named, SEALED))
    ledger.add_link(locator, "v", subject, named, "birth-date", time.time() + life, keys)


def publish(ledger: Ledger, final: float | None = None) -> None:
    assert ledger.lease("a", 60)
    assert ledger.begin_version(STUDY, "a", "exam-1", "ann")
    assert ledger.advance(STUDY, "a", 0.5, final)
    assert ledger.published(STUDY, "a", b"envelope", "content", 7)
    ledger.sealed_for(STUDY, 1, ["l1"])


def test_a_link_is_told_once_and_its_study_leased_to_one(ledger: Ledger) -> None:
    link(ledger)
    assert ledger.untold_links() == [("l1", b"announcement")]
    ledger.link_told("l1")
    assert ledger.untold_links() == []
    task = ledger.lease("a", 60)
    assert task is not None and (task.study, task.sealed, task.urgent) == (STUDY, SEALED, True)
    assert ledger.lease("b", 60) is None
    ledger.let_go(STUDY, "b")
    assert ledger.lease("b", 60) is None, "not b's to let go"
    ledger.release_all("a")
    assert ledger.lease("b", 60) is not None


def test_who_has_lost_the_lease_changes_nothing(ledger: Ledger) -> None:
    link(ledger)
    assert ledger.lease("a", 0.0)
    assert ledger.lease("b", 60)
    assert ledger.begin_version(STUDY, "a", "exam-1", "ann") is None
    assert not ledger.advance(STUDY, "a", 0.5) and not ledger.keep(STUDY, "a", 60)
    assert not ledger.published(STUDY, "a", b"envelope", "content", 7)
    ledger.failed(STUDY, "a", "disk-full", 0.0)
    assert ledger.publication(STUDY) == ("queued", 0.0)


def test_versions_rise_before_they_are_begun_and_new_links_are_sealed_for(ledger: Ledger) -> None:
    link(ledger)
    publish(ledger)
    assert ledger.publication(STUDY) == ("online", 1.0) and ledger.lease_links("a", 60) is None
    link(ledger, "l2")
    assert [(one.locator, one.subject) for one in ledger.links_of(STUDY)] == [("l1", "ann"), ("l2", "ann")]
    task = ledger.lease_links("a", 60)
    assert task is not None and (task.envelope, task.version, task.subject) == (b"envelope", 1, "ann")
    ledger.sealed_for(STUDY, 1, ["l2"])
    ledger.let_go(STUDY, "a")
    ledger.publish_again(STUDY)
    assert ledger.lease("a", 60)
    again = ledger.begin_version(STUDY, "a", "another", "ann")
    assert again is not None and (again.exam, again.version) == ("exam-1", 2)


def test_what_is_withdrawn_is_not_published_by_who_was_at_it(ledger: Ledger) -> None:
    link(ledger)
    assert ledger.lease("a", 60) and ledger.begin_version(STUDY, "a", "exam-1", "ann")
    was = ledger.withdraw(STUDY)
    assert was is not None and was.exam == "exam-1"
    assert not ledger.published(STUDY, "a", b"envelope", "content", 7)
    (record,) = ledger.publications((Publication.WITHDRAWN,))
    assert record.envelope == b"" and ledger.lease("a", 60) is None


def test_an_expired_link_gets_no_keys(ledger: Ledger) -> None:
    link(ledger, life=-1.0)
    assert ledger.links_of(STUDY) == []


def test_a_paper_is_told_again_when_it_no_longer_holds(ledger: Ledger) -> None:
    paper = Paper("d" * 64, DocumentKind.REPORT, STUDY, "report-1", "chain", "S1", issued=5.0)
    film = replace(paper, digest="f" * 64, kind=DocumentKind.FILM, document="film", issued=6.0)
    for one in (paper, paper, film):
        ledger.issue_paper(one)
    assert ledger.untold_papers() == [paper, film]
    ledger.supersede_papers(STUDY, ["report-1"])
    for one in (paper, film):
        ledger.paper_told(one)
    assert ledger.untold_papers() == []
    ledger.supersede_papers(STUDY, ["report-2"])
    old = replace(paper, superseded=True)
    assert ledger.untold_papers() == [old], "films show images, which nobody has written anew"
    ledger.paper_told(paper)
    assert ledger.untold_papers() == [old], "told as it was before"
    ledger.paper_told(old)
    assert ledger.untold_papers() == []


def test_the_reports_count_what_phones_did(ledger: Ledger) -> None:
    now = time.time()
    period = Period(now - 86_400, now + 600, ZoneInfo("Asia/Shanghai"))
    silent = r7_sharing(ledger.journal(period.since, period.until), period)
    assert any("No portal" in note for note in silent.notes)
    details = {"modalities": "CT", "how": "screen"}
    ledger.append(AuditRecord(EventKind.LINK_MADE, EventOutcome.OK, "kiosk-1", "v", "ann", "", details))
    link(ledger)
    publish(ledger, final=now - 7200)
    link(ledger, "l2", "study-2", subject="bob", life=-1.0)
    events = [("refused", "l1", ""), ("answered", "l1", ""), ("failed", "l1", "viewer Safari"), ("answered", "l1", "")]
    for number, (kind, locator, detail) in enumerate(events, 1):
        for _ in range(2):  # told twice, kept once
            ledger.note_phone(PhoneEvent(number, kind, locator, "exam-1", now, detail))
    journal = ledger.journal(period.since, period.until)
    assert len(ledger.phone_events(period.since, period.until)) == len(journal.phone) == 4
    links = r7_sharing(journal, period)
    assert [cell.value for cell in links.tables[0].rows[-1]] == ["total", 2, 2, 2, 1, 1, 1, 1]
    assert not any("No portal" in note for note in links.notes)
    assert [cell.value for cell in r5_access(journal, period).tables[1].rows[0]][-2:] == [4, 1]
    assert [cell.value for cell in r5_access(journal, period).tables[2].rows[0]] == ["viewer Safari", 1]
    wish = FilmWish("v", "ann", STUDY, "CT", "phone-access-failed", "printed", now + 1)
    told = r5_access(replace(journal, wishes=(wish,)), period).tables[3]
    assert [cell.value for cell in told.rows[0]] == ["a measured failure", 1]
    assert r5_access(replace(journal, wishes=(replace(wish, subject="eve"),)), period).tables[3].rows[4][1].value == 1
    economy = from_ledger(journal, PeriodInputs())
    assert (economy.cloud_visits, economy.storage_bytes) == (1, 7), "bytes that were measured, not visits × 300 MB"
    assert r1_service(journal, period).tables[0].rows[-1][-1].value == 1
    opened = r6_delivery(journal, period).tables[0].rows[-1][-1].value
    assert opened == pytest.approx(2.0, abs=0.1)
