"""An exam as the hospital ordered it: how far it is, by the information system's own word."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kiosk.domain.person.identity import IdentityFacts


class OrderStage(StrEnum):
    """How far an ordered exam is, in this order; CANCELLED beside them."""

    REGISTERED = "registered"
    ARRIVED = "arrived"
    SCANNED = "scanned"
    COMPLETE = "complete"
    READING = "reading"
    SIGNED = "signed"
    CANCELLED = "cancelled"


class DeliveryMode(StrEnum):
    """What of an exam is handed out to its patient, by the hospital's rule for a type of patient."""

    ANY = "any"  # each as soon as it is ready
    BOTH = "both"  # the film not before the report
    FILM = "film"
    REPORT = "report"
    NEVER = "never"


@dataclass(frozen=True)
class ExamOrder:
    """One ordered exam.

    `stage` None: the system told a word that nobody has explained, so nothing is known to be ready. `hold`: why staff
    are to hand it out. `since`: when the stage was reached.
    `patient_type`: in the system's own word; the hospital's rules say what is handed out to which.
    `unmatched`: a report of it has come and no exam is known; staff hand it out while that is so.
    """

    accession: str
    study_uid: str
    identity: IdentityFacts
    stage: OrderStage | None
    since: datetime | None = None
    hold: str = ""
    unmatched: bool = False
    modality: str = ""
    description: str = ""
    patient_type: str = ""

    @property
    def uid(self) -> str:
        """The study's, or one derived from the order's numbers where the system tells none."""
        return self.study_uid or derived_uid("order", self.accession, self.identity.patient_id)

    @property
    def signed(self) -> bool:
        """True where the system itself says that the report is final."""
        return self.stage is OrderStage.SIGNED


def derived_uid(*parts: str) -> str:
    """A UID that is always the same for the same parts (ISO/IEC 9834-8 arc 2.25, from a digest instead of a UUID)."""
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return f"2.25.{int.from_bytes(digest[:16], 'big')}"
