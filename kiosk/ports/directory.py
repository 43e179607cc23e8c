"""Identity facts of patients: what is on file to be asked for."""

from __future__ import annotations

from typing import Protocol

from kiosk.domain.person.identity import IdentityFacts


class Merges(Protocol):
    """Patient numbers that are one person's since the hospital said so (HL7 A40). Blocks; raises like the archive."""

    def current(self, patient_id: str) -> str:
        """The number that counts today; the same one where nobody merged it."""
        ...

    def former(self, patient_id: str) -> tuple[str, ...]:
        """All numbers that lead to this one."""
        ...


class Directory(Protocol):
    """Blocks up to its deadline; called from an io lane. Raises KioskError like the archive."""

    def facts(self, patient_id: str, hint: IdentityFacts) -> IdentityFacts:
        """All that is known of the patient; `hint`, from the study's own record, fills what nobody knows better."""
        ...
