"""Jobs of the desk: begun once, run by one process at a time, taken over from one that died."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from kiosk.adapters.sql.desk_jobs.tables import DeskJobItemRow, DeskJobRow
from kiosk.adapters.sql.engine.part import Part
from kiosk.domain.desk_work.jobs import DeskJob, DeskJobState, ItemResult, JobItem, JobItemState, JobKind

JOB, ITEM = DeskJobRow, DeskJobItemRow
LOCK = "desk jobs"
# Taken over from a process that died in the middle of one: the rule of print-once tells what came of a report. A film
# at the desk lifts that rule, so nobody but a person can tell.
AFTER_DEATH = {JobKind.BATCH: JobItemState.WAITING, JobKind.FILM: JobItemState.UNCERTAIN}


class SqlDeskJobs(Part):
    """kiosk.ports.desk_jobs.DeskJobLedger."""

    def begin_job(self, job: DeskJob) -> bool:
        """See the port."""
        with self.store.write() as session:
            self.store.lock(session, f"{LOCK} {job.job}")
            if session.get(JOB, job.job) is not None:
                return False
            row = {"job": job.job, "kind": job.kind, "actor": job.actor, "visit": job.visit, "printer": job.printer,
                   "terms": json.dumps(dict(job.terms), ensure_ascii=False, sort_keys=True), "state": job.state,
                   "since": self.store.time(session), "beat": 0.0}  # fmt: skip
            session.execute(insert(JOB), row)
            items = [{"job": job.job, "place": one.place, "study": one.study, "state": one.state, "sheets": one.sheets}
                     for one in job.items]  # fmt: skip
            session.execute(insert(ITEM), items)
            return True

    def claim_item(self, owner: str, stale_s: float) -> tuple[DeskJob, JobItem] | None:
        """See the port."""
        with self.store.write() as session:
            self.store.lock(session, LOCK)
            now = self.store.time(session)
            running = select(JOB).where(JOB.state == DeskJobState.RUNNING)
            # Somebody stands at the desk and waits for a film; a batch has the night.
            for job in session.scalars(running.order_by(JOB.kind.desc(), JOB.since)).all():
                if job.owner in ("", owner) or job.beat < now - stale_s:
                    item = _next(session, job, owner, now)
                    if item is not None:
                        return _job(job, ()), item
            return None

    def beat_jobs(self, owner: str) -> None:
        """See the port."""
        with self.store.write() as session:
            now = self.store.time(session)
            session.execute(update(JOB).where(JOB.owner == owner).values(beat=now))

    def end_item(self, job: str, place: int, owner: str, result: ItemResult) -> None:
        """See the port."""
        with self.store.write() as session:
            self.store.lock(session, LOCK)
            kept = session.get(JOB, job)
            if kept is None or kept.owner != owner:
                return
            mine = (ITEM.job == job, ITEM.place == place, ITEM.state == JobItemState.RUNNING)
            ended = {"state": result.state, "fault": result.fault, "sheets": result.sheets}
            session.execute(update(ITEM).where(*mine).values(**ended))
            if result.pauses and kept.state == DeskJobState.RUNNING:
                kept.state, kept.fault = DeskJobState.PAUSED, result.fault
            _close(session, kept)

    def leave_jobs(self, owner: str) -> None:
        """See the port."""
        with self.store.write() as session:
            session.execute(update(JOB).where(JOB.owner == owner).values(owner=""))

    def set_job(self, job: str, state: DeskJobState) -> None:
        """See the port."""
        with self.store.write() as session:
            self.store.lock(session, LOCK)
            kept = session.get(JOB, job)
            if kept is not None and kept.state in (DeskJobState.RUNNING, DeskJobState.PAUSED):
                kept.state, kept.fault = state, ""

    def job(self, job: str) -> DeskJob | None:
        """See the port."""
        with self.store.read() as session:
            kept = session.get(JOB, job)
            return _job(kept, _items(session, [job])) if kept is not None else None

    def jobs(self, seconds: float) -> list[DeskJob]:
        """See the port."""
        with self.store.read() as session:
            young = select(JOB).where(JOB.since > self.store.time(session) - seconds)
            rows = session.scalars(young.order_by(JOB.since.desc())).all()
            items = _items(session, [row.job for row in rows])
            return [_job(row, [one for one in items if one.job == row.job]) for row in rows]


def _next(session: Session, job: DeskJobRow, owner: str, now: float) -> JobItem | None:
    """The next item of a job that is nobody else's; the job is over where none is left."""
    if job.owner != owner:
        left = (ITEM.job == job.job, ITEM.state == JobItemState.RUNNING)
        session.execute(update(ITEM).where(*left).values(state=AFTER_DEATH[JobKind(job.kind)]))
    job.owner, job.beat = owner, now
    waiting = (ITEM.job == job.job, ITEM.state == JobItemState.WAITING)
    item = session.scalar(select(ITEM).where(*waiting).order_by(ITEM.place).limit(1))
    if item is None:
        _close(session, job)
        return None
    item.state, item.fault = JobItemState.RUNNING, ""
    return _item(item)


def _close(session: Session, job: DeskJobRow) -> None:
    """Done with the last item, however that ended."""
    session.flush()
    open_ = ITEM.state.in_((JobItemState.WAITING, JobItemState.RUNNING))
    if session.scalar(select(ITEM.place).where(ITEM.job == job.job, open_).limit(1)) is None:
        job.state = DeskJobState.DONE


def _items(session: Session, jobs: Sequence[str]) -> list[DeskJobItemRow]:
    wanted = select(ITEM).where(ITEM.job.in_(jobs)).order_by(ITEM.job, ITEM.place)
    return list(session.scalars(wanted))


def _item(row: DeskJobItemRow) -> JobItem:
    return JobItem(row.place, row.study, JobItemState(row.state), row.fault, row.sheets)


def _job(row: DeskJobRow, items: Iterable[DeskJobItemRow]) -> DeskJob:
    return DeskJob(
        job=row.job,
        kind=JobKind(row.kind),
        actor=row.actor,
        visit=row.visit,
        printer=row.printer,
        terms=json.loads(row.terms),
        state=DeskJobState(row.state),
        fault=row.fault,
        since=row.since,
        items=tuple(_item(one) for one in items),
    )
