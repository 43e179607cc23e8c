"""The film desk: chosen, seen, ordered once, printed once, counted; on the sample hospital's archive."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from kiosk.domain.desk_work.jobs import DeskJob, DeskJobState, JobItemState
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.sheets.printing import PrinterStatus
from kiosk.ports.archive import StudyQuery
from kiosk.statistics.facts import PeriodFacts
from kiosk.statistics.figures import Period, r3_demand, r4_reasons
from tests.support.desk import Clerk, DeskServer
from tests.support.past import ZONE
from tests.support.servers import wait_until

ASKED = {"reason": "insurance-claim", "relation": "spouse", "paper-id-card": "1", "paper-claim-form": "1",
         "protocol": "", "copies": "1", "printer": "film"}  # fmt: skip


@pytest.fixture(scope="module")
def nurse(desk: DeskServer) -> Iterator[Clerk]:
    with desk.clerk("nurse") as clerk:
        yield clerk


def with_series(desk: DeskServer, most: int = 40) -> Any:
    """The smallest exam of two series and more."""
    exams = {e.study_uid: e for name in "王李张刘陈" for e in
             desk.service.parts.adapters.archive.exams(StudyQuery(name_prefix=name), 50)}  # fmt: skip
    fitting = [e for e in exams.values() if len(e.series) > 1 and e.images <= most]
    return min(fitting, key=lambda e: (e.images, e.study_uid))


def order_on(page: str) -> str:
    found = re.search(r'name="order" value="(\w+)"', page)
    assert found is not None
    return found[1]


def boxes(exam: Any, *numbers: int) -> dict[str, str]:
    return {f"series-{exam.series[number].series_uid}": "1" for number in numbers}


def ended(desk: DeskServer, order: str) -> DeskJob:
    def over() -> bool:
        job = desk.ledger.job(order)
        return job is not None and (job.over or job.state is DeskJobState.PAUSED)

    wait_until(over, "the film's job", 300)
    job = desk.ledger.job(order)
    assert job is not None
    return job


def films(desk: DeskServer) -> int:
    return len(list(desk.settings.printers.film.path.glob("*.pdf")))


def test_a_number_leads_to_the_film_page_which_offers_what_there_is(desk: DeskServer, nurse: Clerk) -> None:
    exam = with_series(desk)
    assert 'data-view="film"' in nurse.see("/film").text
    found = nurse.submit("/film", query=exam.accession)
    assert found.url.endswith(f"/film/{exam.study_uid}") and 'data-view="film"' in found.text
    assert all(f'name="series-{one.series_uid}" value="1" checked' in found.text for one in exam.series)
    assert 'value="claim-form"' not in found.text and 'name="paper-claim-form"' in found.text
    assert "checked" not in re.findall(r'<input[^>]*name="paper-[^>]*>', found.text)[0], "nothing is seen unasked"


def test_the_preview_shows_the_chosen_series_only_and_to_nobody_else(desk: DeskServer, nurse: Clerk) -> None:
    exam = with_series(desk)
    page = nurse.see(f"/film/{exam.study_uid}").text
    before = films(desk)
    placed = []
    for chosen in (range(len(exam.series)), (0,)):
        asked = {"study": exam.study_uid, "order": order_on(page), **ASKED, **boxes(exam, *chosen)}
        seen = nurse.submit("/film/preview", **asked)
        assert seen.ok, seen.text
        pictures = re.findall(r'src="(/film/sheet/\w+/\d+)"', seen.text)
        answer = nurse.see(pictures[0])
        assert answer.headers["content-type"] == "image/png" and answer.content.startswith(b"\x89PNG")
        width, height = (int.from_bytes(answer.content[at : at + 4], "big") for at in (16, 20))
        assert width / height == pytest.approx(14 / 17, rel=0.01) or width / height == pytest.approx(17 / 14, rel=0.01)
        assert desk.clerk("admin").see(pictures[0]).status_code == 404
        assert order_on(seen.text) == order_on(page), "looking at it makes no other order"
        placed.append(sum(int(number) for number in re.findall(r"(\d+) (?:images?|幅图像)", seen.text)[-1:]))
        assert 'name="paper-claim-form" value="1" checked' in seen.text, "what was ticked stays ticked"
    assert films(desk) == before, "nothing was printed"


def test_an_order_sent_twice_is_printed_once_recorded_and_counted(desk: DeskServer, nurse: Clerk) -> None:
    exam, before, since = with_series(desk), films(desk), time.time()
    order = order_on(nurse.see(f"/film/{exam.study_uid}").text)
    sent = {"study": exam.study_uid, "order": order, **ASKED, **boxes(exam, 0), "copies": "2"}
    first = nurse.submit("/film/print", **sent)
    again = nurse.submit("/film/print", **sent)
    assert first.url == again.url == f"{desk.origin}/film/job/{order}"
    job = ended(desk, order)
    assert (job.state, job.count(JobItemState.PRINTED)) == (DeskJobState.DONE, 2), job
    assert films(desk) == before + 2, "two copies, once"
    assert job.terms["reason"] == "insurance-claim" and job.terms["paper"] == "id-card,claim-form"
    assert exam.study_uid not in str(job), "the ledger knows no exam by its name"
    requested = desk.audited("film-requested")[0]
    assert (requested.actor, requested.details["collector"]) == ("nurse", "spouse")
    live = nurse.see(f"/job/{order}/live", headers={"x-live": "1"}).text
    assert "data-over" in live and exam.accession in live
    period = Period(0, 2**33, ZONE)
    facts = PeriodFacts.of(desk.ledger.journal(since, 2**33), period)
    demand = r3_demand(facts, period).tables[0]
    total = demand.rows[-1]
    assert total[2].value == 1 and total[3].value == job.sheets, "one person, the sheets of both copies"
    reasons = r4_reasons(facts, period).tables[0].rows
    assert [row[1].value for row in reasons if row[0].value == "insurance-claim"] == [1]


def test_what_is_missing_is_said_and_nothing_is_printed(desk: DeskServer, nurse: Clerk) -> None:
    exam, before = with_series(desk), films(desk)
    order = order_on(nurse.see(f"/film/{exam.study_uid}").text)
    sent = {"study": exam.study_uid, "order": order, **ASKED, **boxes(exam, 0)}
    without_papers = {name: value for name, value in sent.items() if not name.startswith("paper-")}
    assert 'role="alert"' in nurse.submit("/film/print", **without_papers).text
    assert 'role="alert"' in nurse.submit("/film/print", **{**sent, "series-1.2.3": "1", "copies": "99"}).text
    assert nurse.submit("/film/print", **{**sent, "reason": "because"}).status_code == 403
    assert nurse.submit("/film/print", **{**sent, "printer": "moon"}).status_code == 503
    assert desk.ledger.job(order) is None and films(desk) == before


def test_an_empty_tray_or_an_absent_archive_is_said_and_printing_goes_on_after_it(
    desk: DeskServer, nurse: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    exam, before = with_series(desk), films(desk)
    parts = desk.service.parts
    printer = next(one for kind, one in parts.adapters.printers.items() if kind == "film")
    empty = printer.state().__class__(PrinterStatus.STOPPED, reasons=("media-empty",))

    def away(*_: object) -> list[object]:
        raise KioskError(FaultCode.ARCHIVE_UNREACHABLE)

    with monkeypatch.context() as patch:
        patch.setattr(printer, "state", lambda: empty)
        page = nurse.see(f"/film/{exam.study_uid}").text
        assert "data-printer-fault" in page
        order = order_on(page)
        nurse.submit("/film/print", study=exam.study_uid, order=order, **ASKED, **boxes(exam, 0))
        job = ended(desk, order)
        assert (job.state, job.fault, job.left) == (DeskJobState.PAUSED, "media-empty", 1)
        assert "alert bad" in nurse.see(f"/film/job/{order}").text
    assert films(desk) == before
    with monkeypatch.context() as patch:
        patch.setattr(parts.adapters.archive, "exams", away)
        answer = nurse.see(f"/film/{exam.study_uid}")
        assert answer.status_code == 503 and 'data-fault="archive-unreachable"' in answer.text
        nurse.submit("/job/resume", job=order)
        wait_until(lambda: getattr(desk.ledger.job(order), "fault", "") == "archive-unreachable", "the job waits")
    nurse.submit("/job/resume", job=order)
    job = ended(desk, order)
    assert (job.state, job.count(JobItemState.PRINTED)) == (DeskJobState.DONE, 1)
    assert films(desk) == before + 1
    assert [event.details["what"] for event in desk.audited("job-changed")[:2]] == ["resume-job", "resume-job"]
