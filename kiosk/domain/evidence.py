"""What may be concluded of a job's sheets from what spooler and printer say: never more than they prove.

printed    the printer says so itself, or the job completed and no counter contradicts
missing    the job is known to have ended before the sheet was drawn in
uncertain  everything else; a person looks
"""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.domain.printing import JOB_ENDED, JobStatus, SheetState


@dataclass(frozen=True)
class Evidence:
    """What is known when a job is no longer followed.

    `status` is the last job status; `counted` the sheets that the printer itself says are out, `metered` how many its
    page counter moved on, both None where they are not told or not to be trusted. `began` is False where the job never
    left the queue; `sheet_drawn` is False where the printer stood still for want of paper, so that no sheet was under
    way.
    """

    status: JobStatus
    counted: int | None = None
    metered: int | None = None
    began: bool = True
    sheet_drawn: bool = True


def conclude(sheets: int, evidence: Evidence) -> tuple[SheetState, ...]:
    """The state of each sheet of a job."""
    if evidence.status is JobStatus.COMPLETED:
        return _completed(sheets, evidence)
    if evidence.status in JOB_ENDED and evidence.status is not JobStatus.UNKNOWN:
        return _broken_off(sheets, evidence)
    return _fill(sheets, min(evidence.counted or 0, sheets), 0)


def _completed(sheets: int, evidence: Evidence) -> tuple[SheetState, ...]:
    told = [count for count in (evidence.counted, evidence.metered) if count is not None]
    return _fill(sheets, min([sheets, *told]), 0)


def _broken_off(sheets: int, evidence: Evidence) -> tuple[SheetState, ...]:
    if not evidence.began:
        return (SheetState.MISSING,) * sheets
    if evidence.counted is None:
        return (SheetState.UNCERTAIN,) * sheets
    out = min(evidence.counted, sheets)
    under_way = 1 if evidence.sheet_drawn else 0
    return _fill(sheets, out, max(0, sheets - out - under_way))


def _fill(sheets: int, printed: int, missing: int) -> tuple[SheetState, ...]:
    uncertain = sheets - printed - missing
    return (
        *(SheetState.PRINTED,) * printed,
        *(SheetState.UNCERTAIN,) * uncertain,
        *(SheetState.MISSING,) * missing,
    )
