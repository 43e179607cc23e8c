"""What the gateway has received: items, where they stand and why, and who settled which."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from kiosk.domain.exam import Exam, Report, ReportKind, ReportStatus
from kiosk.domain.orders import OrderStage, derived_uid
from kiosk.domain.person.identity import IdentityFacts


class ItemKind(StrEnum):
    """What an item tells of. MERGE: `number` is the patient number that is no longer used (HL7 A40)."""

    REPORT = "report"
    FILM = "film"
    ORDER = "order"
    PERSON = "person"
    MERGE = "merge"


class ItemState(StrEnum):
    """Where an item stands."""

    NEW = "new"
    MATCHED = "matched"
    AMBIGUOUS = "ambiguous"
    UNMATCHED = "unmatched"
    REFUSED = "refused"


WAITING = (ItemState.NEW, ItemState.UNMATCHED, ItemState.AMBIGUOUS)


class ItemWhy(StrEnum):
    """Why an item belongs to no exam yet."""

    UNSEEN = "unseen"  # nobody has looked for its exam yet
    NO_EXAM = "no-exam"
    SEVERAL_EXAMS = "several-exams"
    NO_NUMBER = "no-number"  # it names nothing by which an exam could be found
    ARCHIVE_SILENT = "archive-silent"


class SettleReason(StrEnum):
    """How staff know which exam an item belongs to, or that it belongs to nobody."""

    REQUEST_FORM = "request-form"
    ASKED_DEPARTMENT = "asked-department"
    PATIENT_HERE = "patient-here"
    SENT_TWICE = "sent-twice"
    TEST_ITEM = "test-item"
    OTHER = "other"


@dataclass(frozen=True)
class InboxItem:
    """One thing that was received. `document`: a PDF, a text or a DICOM object; loaded where it was asked for.

    `sender`: the AE title that a film came from.
    """

    message: str
    kind: ItemKind
    accession: str = ""
    study_uid: str = ""
    identity: IdentityFacts = field(default_factory=lambda: IdentityFacts(""))
    number: str = ""
    status: ReportStatus = ReportStatus.PRELIMINARY
    stage: OrderStage | None = None
    written: datetime | None = None
    title: str = ""
    modality: str = ""
    document: bytes = b""
    state: ItemState = ItemState.NEW
    received: float = 0.0
    tried: int = 0
    ident: int = 0
    why: ItemWhy | None = None
    sender: str = ""
    patient_type: str = ""

    @property
    def uid(self) -> str:
        """What the item's document is known by; always the same for the same message."""
        return derived_uid(str(self.kind), self.number, self.message)

    def report(self, version: int = 1) -> Report:
        """The item as a report. `version` counts within its exam."""
        chain = derived_uid("report", self.number)
        return Report(
            study_uid=chain,
            series_uid=chain,
            instance_uid=self.uid,
            kind=ReportKind.PDF,
            status=self.status,
            version=version,
            title=self.title,
            written=self.written,
            identity=self.identity,
            chain=chain,
            number=self.number,
        )


@dataclass(frozen=True)
class Decision:
    """What somebody said of an item, the last word only. `at`: seconds since the epoch, UTC."""

    item: int
    actor: str
    reason: SettleReason
    state: ItemState
    at: float


@dataclass(frozen=True)
class ItemSeen:
    """An item as staff sees it: enough to tell it from another, not who it is. Times in seconds, UTC."""

    item: int
    kind: ItemKind
    state: ItemState
    why: ItemWhy
    received: float
    accession: str
    name: str
    patient: str
    modality: str
    title: str
    sender: str


@dataclass(frozen=True)
class CandidateSeen:
    """An exam that an item may belong to, masked. `differs`: the facts of which the item says something else."""

    study: str
    accession: str
    name: str
    patient: str
    modality: str
    description: str
    taken: datetime | None
    differs: tuple[str, ...] = ()


# --- what the desk asks ----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class ItemAsked:
    """One item. `query`: an accession or patient number to look for its exam by, instead of what it says itself."""

    item: str
    query: str = ""


@dataclass(frozen=True)
class MatchAsked:
    """The exam an item belongs to, and two different identifiers of its patient that do not come from the screen."""

    item: str
    study: str
    first: str
    second: str
    reason: SettleReason


@dataclass(frozen=True)
class ItemReasonAsked:
    """One item, and why."""

    item: str
    reason: SettleReason


# --- rules -----------------------------------------------------------------------------------------------------------
def differing(item: IdentityFacts, exam: IdentityFacts) -> tuple[str, ...]:
    """The facts that are known on both sides and are not the same, by name."""
    pairs = {
        "patient-number": (plain(item.patient_id), plain(exam.patient_id)),
        "name": (plain(item.name), plain(exam.name)),
        "birth-date": (str(item.birth_date or ""), str(exam.birth_date or "")),
        "national-id": (plain(item.national_id), plain(exam.national_id)),
    }
    return tuple(name for name, (told, known) in pairs.items() if told and known and told != known)


def contradicts(item: IdentityFacts, exam: IdentityFacts) -> bool:
    """True where no typing error explains the difference: such an item is nobody's to hand out until its sender has
    put it right."""
    return bool({"birth-date", "national-id"} & set(differing(item, exam)))


def proves_exam(exam: Exam, first: str, second: str) -> bool:
    """True where the two are different identifiers of this exam or its patient."""
    facts = exam.identity
    known = {
        plain(facts.patient_id),
        plain(facts.name),
        plain(facts.national_id),
        plain(facts.birth_date.strftime("%Y%m%d") if facts.birth_date else ""),
        plain(facts.telephone),
        plain(exam.accession),
        plain(exam.referring_visit),
    } - {""}
    told = {plain(first), plain(second)}
    return len(told) == 2 and told <= known


def tail(number: str) -> str:
    """A number as staff see it: enough to find the paper it stands on, too little to copy it from the screen."""
    return f"…{number[-3:]}" if len(number) > 5 else f"…{number[-1:]}" if number else ""


def plain(text: str) -> str:
    """Letters and digits alone, of one width and case: a date may be typed with or without its lines."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).upper() if c.isalnum())
