"""Film at the desk: why it is wanted, who fetches it on which papers, and what is to be on it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from kiosk.domain.desk_work.jobs import DeskJob, DeskPrinter
from kiosk.domain.desk_work.panel import PanelShown
from kiosk.domain.exam import Exam, ListedExam
from kiosk.domain.reasons import FilmReason

MOST_COPIES = 5


class DocumentSeen(StrEnum):
    """A paper that staff has looked at before film is handed out."""

    ID_CARD = "id-card"
    AUTHORISATION = "authorisation"
    CLAIM_FORM = "claim-form"
    REFERRAL = "referral"
    KINSHIP = "kinship"
    OTHER = "other"


class Collector(StrEnum):
    """What the person who fetches it is to the patient."""

    SELF = "self"
    SPOUSE = "spouse"
    PARENT = "parent"
    CHILD = "child"
    RELATIVE = "relative"
    AGENT = "agent"


@dataclass(frozen=True)
class FilmChoice:
    """What is to be on the film. No series: all of them; no protocol: the one that fits the exam."""

    series: tuple[str, ...] = ()
    protocol: str = ""

    def of(self, exam: Exam) -> Exam:
        """The exam with the chosen series only; a series that is gone by now leaves the others."""
        if not self.series:
            return exam
        return replace(exam, series=tuple(one for one in exam.series if one.series_uid in self.series))


WHOLE_FILM = FilmChoice()


@dataclass(frozen=True)
class FilmAsked:
    """One film. `order` is made with the page that asks: the same one sent twice is printed once."""

    study: str
    order: str
    reason: FilmReason
    relation: Collector
    documents: tuple[DocumentSeen, ...]
    series: tuple[str, ...]
    protocol: str
    copies: int
    printer: str

    @property
    def choice(self) -> FilmChoice:
        """What is to be on it."""
        return FilmChoice(self.series, self.protocol)


@dataclass(frozen=True)
class PreviewAsked:
    """What a film would look like; `order` is carried on to the page that shows it."""

    study: str
    order: str
    series: tuple[str, ...]
    protocol: str

    @property
    def choice(self) -> FilmChoice:
        """What is to be on it."""
        return FilmChoice(self.series, self.protocol)


@dataclass(frozen=True)
class SheetAsked:
    """One picture of a preview, by the preview's name and the sheet's number, from 1."""

    preview: str
    sheet: int


@dataclass(frozen=True)
class FilmPreview:
    """The sheets as they would be printed; `preview` names their pictures, `placed` and `left_out` count images."""

    preview: str
    sheets: int
    placed: int
    left_out: int
    skipped: int


@dataclass(frozen=True)
class FilmShown(PanelShown):
    """One exam at the film desk. `order`: the name under which its film will be printed, once; `job`: being printed."""

    listed: ListedExam
    order: str
    protocols: tuple[str, ...]
    printers: tuple[DeskPrinter, ...]
    price: str
    preview: FilmPreview | None = None
    job: DeskJob | None = None


@dataclass(frozen=True)
class SheetShown(PanelShown):
    """A picture (PNG) of one sheet."""

    png: bytes
