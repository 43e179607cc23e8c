"""The inbox in browsers: an item without an exam is settled by two identifiers typed from paper, and taken back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.bootstrap.ris import inbox_store
from kiosk.config.ris import RisSettings
from kiosk.domain.exam import Exam
from kiosk.gateway.matching import Inbox
from kiosk.ports.archive import StudyQuery
from tests.support.desk import Clerk, DeskServer
from tests.support.hl7 import NATIONAL, oru
from tests.unit.test_hl7_messages import PLACES


@pytest.fixture(scope="module")
def desk(hospital: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskServer]:
    """With the database that a gateway fills."""
    home = tmp_path_factory.mktemp("desk")
    key = home / "inbox.key"
    key.touch(mode=0o600)
    key.write_text("k" * 32, encoding="utf-8")
    inbox = {"url": f"sqlite:///{home}/inbox.db", "key": f"file:{key}"}
    with DeskServer(hospital, home / "state", RisSettings.model_validate({"inbox": inbox})) as running:
        yield running


def received(desk: DeskServer, control: str) -> Exam:
    """A report of somebody who is in the archive, with an accession that is not; the exam it is really of."""
    archive = desk.service.parts.adapters.archive
    exam = next(one for one in archive.exams(StudyQuery(name_prefix="王"), 50) if one.identity.birth_date)
    facts = exam.identity
    message = oru(control, f"NOPE-{control}", facts.patient_id, facts.name).decode()
    assert facts.birth_date is not None
    message = message.replace(NATIONAL, facts.national_id).replace("19491231", f"{facts.birth_date:%Y%m%d}")
    store = inbox_store(desk.settings)
    try:
        inbox = Inbox(store, archive, PLACES, 90)
        inbox.take(message.encode())
        inbox.round()
    finally:
        store.close()
    return exam


def newest(clerk: Clerk) -> str:
    found = re.search(r'href="/inbox/([0-9]+)"', clerk.see("/inbox").text)
    assert found is not None
    return found[1]


def test_an_item_is_settled_by_two_identifiers_and_taken_back(desk: DeskServer) -> None:
    exam, nurse = received(desk, "1"), desk.clerk("nurse")
    item, facts = newest(nurse), exam.identity
    page = nurse.see(f"/inbox/{item}").text
    assert "data-candidate" in page and facts.patient_id not in page and facts.name not in page, "nothing to copy"
    asked = {"item": item, "study": exam.study_uid, "reason": "request-form"}
    for first, second in (("", ""), (facts.patient_id, facts.patient_id), (facts.patient_id, "1900-01-01")):
        assert 'class="alert"' in nurse.submit("/inbox/match", **asked, first=first, second=second).text
    assert f'href="/inbox/{item}"' in nurse.see("/inbox").text
    done = nurse.submit("/inbox/match", **asked, first=facts.patient_id, second=f"{facts.birth_date:%Y-%m-%d}")
    assert "alert good" in done.text and f'href="/inbox/{item}"' not in done.text
    assert [one.actor for one in desk.audited("inbox-decided")][:1] == ["nurse"]
    nurse.submit("/inbox/undo", item=item)
    assert f'href="/inbox/{item}"' in nurse.see("/inbox").text


def test_an_item_is_refused_with_a_reason_and_looked_for_by_another_number(desk: DeskServer) -> None:
    exam, nurse = received(desk, "2"), desk.clerk("nurse")
    item = newest(nurse)
    assert "data-candidate" not in nurse.submit("/inbox/look", item=item, query="no such number").text
    assert "data-candidate" in nurse.submit("/inbox/look", item=item, query=exam.accession).text
    assert nurse.submit("/inbox/refuse", item=item, reason="").status_code == 403
    assert f'href="/inbox/{item}"' not in nurse.submit("/inbox/refuse", item=item, reason="sent-twice").text
    assert nurse.see("/inbox/999").status_code == 404 and nurse.see("/inbox/x").status_code == 404
