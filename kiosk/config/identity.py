"""What is asked of whoever holds a code."""

from __future__ import annotations

from pydantic import Field

from kiosk.config.base import Section
from kiosk.domain.person.identity import Question
from kiosk.domain.person.tries import TryLimits


class IdentitySettings(Section):
    """What is asked, and how often."""

    questions: tuple[Question, ...] = Field(
        (Question.ID_LAST_SIX, Question.BIRTH_DATE, Question.PHONE_LAST_FOUR),
        min_length=1,
        description="Questions in the order they are asked.",
    )
    relation: bool = Field(
        False, description="Ask for whom somebody collects (the answer is kept with the pseudonym, no name is)."
    )
    per_visit: int = Field(5, ge=1, le=20, description="Wrong answers in one visit.")
    per_patient: int = Field(5, ge=1, le=100, description="Wrong answers for one patient in the window.")
    patient_hours: float = Field(24.0, ge=0.1, le=720, description="The window for one patient, hours.")
    per_kiosk: int = Field(100, ge=5, le=10000, description="Wrong answers at one kiosk in an hour.")
    uniform_ms: int = Field(
        400, ge=0, le=5000, description="Every look-up and every verdict takes this long, or a multiple, whoever it is."
    )
    decoy_percent: int = Field(
        10, ge=0, le=100, description="Of unknown numbers, how many in a hundred are asked as if without an ID card."
    )

    @property
    def limits(self) -> TryLimits:
        """As the ledger wants them."""
        return TryLimits(self.per_visit, self.per_patient, self.patient_hours, self.per_kiosk)
