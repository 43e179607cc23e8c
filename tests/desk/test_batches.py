"""Batches: a ward's reports printed by themselves, paused, resumed, gone on with after a restart, nothing twice."""

from __future__ import annotations

import re
from pathlib import Path

from kiosk.bootstrap.desk_service import build_desk
from kiosk.config import WardPrinter
from kiosk.domain.desk_work.jobs import DeskJob, DeskJobState, JobItemState
from tests.support.desk import Clerk, DeskServer
from tests.support.servers import wait_until


def job_of(desk: DeskServer, name: str) -> DeskJob:
    job = desk.ledger.job(name)
    assert job is not None
    return job


def chosen(clerk: Clerk) -> tuple[dict[str, str], str]:
    """All that the page offers, as its form sends it."""
    wait_until(lambda: 'name="study-' in clerk.see("/batch?days=0").text, "reports on the list", 120)
    page = clerk.see("/batch?days=0").text
    order = re.search(r'name="order" value="(\w+)"', page)
    assert order is not None
    return dict.fromkeys(re.findall(r'name="(study-[\d.]+)"', page), "1"), order[1]


def test_a_night_batch_goes_on_after_a_restart_and_prints_nothing_twice(hospital: Path, tmp_path: Path) -> None:
    ward = WardPrinter(name="Ward 7", prints="report", path=tmp_path / "ward-7", seconds_per_sheet=0.05)
    with DeskServer(hospital, tmp_path / "home", printers=(ward,)) as desk, desk.clerk("nurse") as clerk:
        studies, order = chosen(clerk)
        assert len(studies) > 3
        sent = {**studies, "order": order, "printer": "Ward 7"}
        page = clerk.submit("/batch", **sent)
        assert page.url.endswith(f"/batch/{order}") and 'data-view="batch"' in page.text
        assert clerk.submit("/batch", **sent).url.endswith(f"/batch/{order}"), "sent twice: the same job"
        wait_until(lambda: job_of(desk, order).count(JobItemState.PRINTED) > 0, "the first report", 120)
        clerk.submit("/job/pause", job=order)
        wait_until(lambda: not job_of(desk, order).count(JobItemState.RUNNING), "the one under way", 120)
        paused = job_of(desk, order)
        assert paused.state is DeskJobState.PAUSED or paused.over
        live = clerk.see(f"/job/{order}/live", headers={"x-live": "1"}).text
        assert 'action="/job/resume"' in live or paused.over
        assert len(desk.ledger.jobs(60)) == 1
    service = build_desk(desk.settings)
    try:
        service.start()
        ledger = service.parts.adapters.ledger
        if not paused.over:
            ledger.set_job(order, DeskJobState.RUNNING)
        wait_until(lambda: (kept := ledger.job(order)) is not None and kept.over, "the rest of the batch", 300)
        done = ledger.job(order)
        assert done is not None and done.left == 0 and done.count(JobItemState.UNCERTAIN) == 0
        printed = done.count(JobItemState.PRINTED)
        assert printed >= paused.count(JobItemState.PRINTED) and printed > 0
        tasks = ledger.journal(0, 2**33).tasks
        ours = [task.document for task in tasks if task.visit == done.visit and task.printed]
        assert len(ours) == len(set(ours)), "nothing twice"
        assert len(list(ward.path.glob("*.pdf"))) == len(ours), "on the chosen printer"
    finally:
        service.close()


def test_only_what_is_ready_is_printed_and_what_was_is_passed_over(desk: DeskServer) -> None:
    with desk.clerk("nurse") as clerk:
        studies, order = chosen(clerk)
        first = next(iter(studies))
        clerk.submit("/batch", order=order, printer="report", **{first: "1"})
        wait_until(lambda: job_of(desk, order).over, "the batch", 120)
        assert job_of(desk, order).count(JobItemState.PRINTED) == 1
        past = {first: "1", f"study-{desk.made.held[0]}": "1", "study-1.2.3.4": "1"}
        clerk.submit("/batch", order=f"{order}2", printer="report", **past)
        wait_until(lambda: job_of(desk, f"{order}2").over, "the second batch", 120)
        job = job_of(desk, f"{order}2")
        assert job.count(JobItemState.PRINTED) == 0 and job.count(JobItemState.SKIPPED) == 2, job
        assert job.count(JobItemState.FAILED) == 1
        none = clerk.submit("/batch", order="abc", printer="report")
        assert 'role="alert"' in none.text and desk.ledger.job("abc") is None
        assert clerk.submit("/batch", order="abc", printer="moon", **studies).status_code == 503
