"""Exams and reports as the kiosk sees them, and how ready they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from kiosk.domain.faults import FaultCode
from kiosk.domain.orders import DeliveryMode, OrderStage
from kiosk.domain.person.identity import IdentityFacts


class ReportStatus(StrEnum):
    """How far a report is; only FINAL may be handed out."""

    PRELIMINARY = "preliminary"
    FINAL = "final"
    CANCELLED = "cancelled"


class ReportKind(StrEnum):
    """What the archive holds as the report."""

    PDF = "pdf"
    STRUCTURED = "structured"


@dataclass(frozen=True)
class Report:
    """One version of one report object. `version` counts from 1 within the exam, in order of content time.

    `chain` names the first version of the report this one is a version of; `number` is what the information system
    that wrote it calls it, where that is known.
    """

    study_uid: str
    series_uid: str
    instance_uid: str
    kind: ReportKind
    status: ReportStatus
    version: int
    title: str = ""
    written: datetime | None = None
    identity: IdentityFacts | None = None
    chain: str = ""
    number: str = ""


@dataclass(frozen=True)
class SeriesInfo:
    """One series with images, as a query tells it."""

    series_uid: str
    modality: str
    description: str
    number: int
    images: int
    body_part: str = ""


@dataclass(frozen=True)
class Exam:
    """One study of one patient. `identity` is what the study's own record says of the patient.

    `withheld`: why another of the hospital's systems wants it handed out by staff; empty where none does. `stage`: how
    far its order is, where orders are asked for; `mode`: what of it is handed out. `ward`: where the patient lies, as
    the study's record says it.
    """

    study_uid: str
    accession: str
    identity: IdentityFacts
    modality: str
    body_part: str
    description: str
    taken: datetime | None
    series: tuple[SeriesInfo, ...] = ()
    reports: tuple[Report, ...] = ()
    referring_visit: str = ""
    companions: tuple[SeriesInfo, ...] = ()  # presentation states and key object selections
    withheld: str = ""
    ward: str = ""
    stage: OrderStage | None = None
    mode: DeliveryMode = DeliveryMode.ANY

    @property
    def images(self) -> int:
        """How many image objects the exam holds."""
        return sum(s.images for s in self.series)

    @property
    def final_reports(self) -> tuple[Report, ...]:
        """`standing_reports`, to be handed out: where there is a PDF, the structured document it was made from is no
        second report.
        """
        final = self.standing_reports
        return tuple(r for r in final if r.kind is ReportKind.PDF) or final

    @property
    def standing_reports(self) -> tuple[Report, ...]:
        """The newest final version of each report, oldest first; none of a report that was cancelled afterwards."""
        newest: dict[str, Report] = {}
        for report in sorted(self.reports, key=lambda r: r.version):
            if report.status in (ReportStatus.FINAL, ReportStatus.CANCELLED):
                newest[report.chain or report.instance_uid] = report
        return tuple(sorted((r for r in newest.values() if r.status is ReportStatus.FINAL), key=lambda r: r.version))


class Readiness(StrEnum):
    """Where an exam stands for its patient, in one word."""

    REGISTERED = "registered"
    WAITING = "waiting"
    PRELIMINARY = "preliminary"
    READY = "ready"
    AMENDED = "amended"
    PRINTED = "printed"
    PRINTING = "printing"
    HELD = "held"
    OUTSIDE_WINDOW = "outside-window"
    UNCERTAIN = "uncertain"
    FILM_ONLY = "film-only"  # the hospital hands no report of it out, whatever its state


NOT_YET = (Readiness.REGISTERED, Readiness.WAITING, Readiness.PRELIMINARY)
PRINTABLE = (Readiness.READY, Readiness.AMENDED)
REFUSALS = {
    Readiness.PRINTED: FaultCode.ALREADY_PRINTED,
    Readiness.PRINTING: FaultCode.PRINTING_ELSEWHERE,
    Readiness.HELD: FaultCode.HELD,
    Readiness.OUTSIDE_WINDOW: FaultCode.OUTSIDE_WINDOW,
    Readiness.UNCERTAIN: FaultCode.PRINT_UNCERTAIN,
}
"""What a rule says of an exam that is not printed for it; the others are not ready yet."""


_BEFORE_READING = {
    OrderStage.ARRIVED: "scanned",
    OrderStage.SCANNED: "scanned",
    OrderStage.COMPLETE: "complete",
}


@dataclass(frozen=True)
class HandedOut:
    """What the ledger knows of one document version that was (perhaps) handed out."""

    document: str
    state: str
    when: datetime
    kiosk: str
    sheets_printed: int
    sheets_planned: int


@dataclass(frozen=True)
class ListedExam:
    """An exam with its readiness and what is still to be handed out."""

    exam: Exam
    readiness: Readiness
    due: tuple[Report, ...] = ()
    delivered: tuple[HandedOut, ...] = field(default=())
    film_printed: bool = False
    film_running: bool = False  # by another kiosk, just now
    film_allowed: bool = True  # by delivery mode and waiting time
    expected: datetime | None = None  # when the report can be had: surely where it is signed, else usually
    pages: int = 0  # of what is due, once they are counted
    film_sheets: int = 0  # about so many, by the film protocol

    @property
    def printable(self) -> bool:
        """True where the report can be printed now."""
        return self.readiness in PRINTABLE and bool(self.due)

    @property
    def word(self) -> str:
        """How far it is, as exactly as the hospital's orders tell; the readiness where they tell no more."""
        stage = self.exam.stage
        if self.readiness is Readiness.REGISTERED and stage in (OrderStage.ARRIVED, OrderStage.SCANNED):
            return str(stage)
        if self.readiness is Readiness.WAITING and stage in _BEFORE_READING:
            return _BEFORE_READING[stage]
        if self.readiness is Readiness.PRELIMINARY and self.exam.final_reports:
            return "signed"
        return str(self.readiness)
