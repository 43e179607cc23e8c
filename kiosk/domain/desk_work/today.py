"""The worklist: the exams of the last days with what each waits for, filtered and searched in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from kiosk.domain.desk_work.panel import PanelShown
from kiosk.domain.exam import ListedExam
from kiosk.domain.faults import FaultCode

PAGE = 100  # rows of one page: what a person looks through before they search


class PatientType(StrEnum):
    """Where the patient lies. An exam whose record names a ward (PS3.3 C.4.16, Current Patient Location) is one's."""

    INPATIENT = "inpatient"
    OUTPATIENT = "outpatient"


@dataclass(frozen=True)
class TodayAsked:
    """Which exams; what is empty leaves out none. `days`: back from today, 0 for all that are kept; `first`: of rows.

    `query`: part of a number or name, pinyin initials, or the last four digits of a telephone.
    """

    query: str = ""
    state: str = ""
    modality: str = ""
    ward: str = ""
    patient: str = ""
    days: int = 1
    first: int = 0


@dataclass(frozen=True)
class WorkRow:
    """One exam. `since`: when it came to where it is, seconds since the epoch; `why`: what keeps it there, a word."""

    listed: ListedExam
    since: float
    why: str = ""

    @property
    def patient(self) -> PatientType:
        """By the ward."""
        return PatientType.INPATIENT if self.listed.exam.ward else PatientType.OUTPATIENT


@dataclass(frozen=True)
class TodayShown(PanelShown):
    """One page of rows, newest first, of `matched`. `counts`: by readiness, of the days asked for, unfiltered.

    `mark` changes with what is shown; `fault`: why the list is not fresh, `refreshed`: when it last was.
    """

    rows: tuple[WorkRow, ...]
    matched: int
    counts: Mapping[str, int]
    modalities: tuple[str, ...]
    wards: tuple[str, ...]
    mark: str
    refreshed: float
    fault: FaultCode | None = None
