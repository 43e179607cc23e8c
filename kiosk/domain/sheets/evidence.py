"""What may be concluded of a job's sheets from what spooler and printer say: never more than they prove.

printed    the printer says so itself, or the job completed, the printer still knows it and no counter contradicts
missing    the job is known to have ended before the sheet was drawn in
uncertain  everything else; a person looks

A spooler calls a job completed that its printer has forgotten: one switched off and on in mid-job answers "no such job"
and CUPS takes that for the end. So of a printer that can be asked, only what it counted itself is believed then.
"""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.domain.sheets.printing import JobStatus, Recall, SheetState


@dataclass(frozen=True)
class Evidence:
    """What is known when a job is no longer followed.

    `status` is the last job status; `recall` what the printer itself knows of the job. `counted` are the sheets that
    the printer said are out, now or earlier in the watch; `metered` how many its page counter moved on; both None
    where they are not told or not to be trusted. `began` is False where the job never left the queue; `sheet_drawn` is
    False where the printer stood still for want of paper, so that no sheet was under way; `under_way` is how many were,
    where that is known exactly.
    """

    status: JobStatus
    recall: Recall = Recall.UNHEARD
    counted: int | None = None
    metered: int | None = None
    began: bool = True
    sheet_drawn: bool = True
    under_way: int | None = None


def conclude(sheets: int, evidence: Evidence) -> tuple[SheetState, ...]:
    """The state of each sheet of a job."""
    if evidence.status is JobStatus.COMPLETED:
        return _fill(sheets, _completed(sheets, evidence), 0)
    if evidence.status in (JobStatus.CANCELED, JobStatus.ABORTED):
        return _broken_off(sheets, evidence)
    return _fill(sheets, min(evidence.counted or 0, sheets), 0)


def _completed(sheets: int, evidence: Evidence) -> int:
    """How many sheets are proven of a job that the spooler calls completed."""
    told = [count for count in (evidence.counted, evidence.metered) if count is not None]
    if evidence.recall in (Recall.KNOWN, Recall.MUTE):
        return min([sheets, *told])
    if evidence.metered == sheets:
        return sheets  # exactly ours; more would be somebody else's too
    return min([sheets, *told]) if evidence.counted is not None else 0


def _broken_off(sheets: int, evidence: Evidence) -> tuple[SheetState, ...]:
    if not evidence.began:
        return (SheetState.MISSING,) * sheets
    out = min(evidence.counted or 0, sheets)
    if evidence.counted is None or evidence.recall is not Recall.KNOWN:
        return _fill(sheets, out, 0)  # what came out after its last word, nobody knows
    under_way = evidence.under_way
    if under_way is None:
        under_way = 1 if evidence.sheet_drawn else 0
    return _fill(sheets, out, max(0, sheets - out - under_way))


def _fill(sheets: int, printed: int, missing: int) -> tuple[SheetState, ...]:
    uncertain = sheets - printed - missing
    return (
        *(SheetState.PRINTED,) * printed,
        *(SheetState.UNCERTAIN,) * uncertain,
        *(SheetState.MISSING,) * missing,
    )
