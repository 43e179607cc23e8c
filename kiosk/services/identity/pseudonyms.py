"""Keyed pseudonyms: the ledger and the logs know people and documents only by these."""

from __future__ import annotations

import base64
import hashlib
import hmac
from functools import lru_cache

from kiosk.domain.exam import Report
from kiosk.domain.person.codes import Claim
from kiosk.ports.directory import Merges

KEY_BYTES = 32
REMEMBERED = 200_000  # three names an exam, and reports, of some large days


class Pseudonyms:
    """HMAC-SHA-256 of what is named, under the hospital's key; 26 characters, base 32."""

    def __init__(self, key: bytes, merges: Merges | None = None) -> None:
        """`merges`: numbers that are one person's have one pseudonym."""
        self._key, self._merges = key, merges

    def _of(self, *parts: str) -> str:
        digest = hmac.new(self._key, "\x1f".join(parts).encode(), hashlib.sha256).digest()
        return base64.b32encode(digest)[:26].decode().lower()

    def patient(self, patient_id: str) -> str:
        """A person. Raises KioskError where merges cannot be asked for."""
        return self._of("patient", self._merges.current(patient_id) if self._merges else patient_id)

    def former(self, patient_id: str) -> tuple[str, ...]:
        """The pseudonyms that this person had under numbers that were merged since, and under this one if it was."""
        if self._merges is None:
            return ()
        current = self._merges.current(patient_id)
        return tuple(self._of("patient", number) for number in self._merges.former(current))

    def claim(self, claim: Claim) -> str:
        """A code that belongs to nobody known."""
        return self._of("claim", claim.kind, claim.value)

    def stranger(self, text: str) -> str:
        """What somebody typed as a name and nobody bears; it may be anything."""
        return self._of("stranger", text)

    def lot(self, subject: str) -> int:
        """A number that seems random and is always the same for this pseudonym."""
        return int(hmac.new(self._key, f"lot\x1f{subject}".encode(), hashlib.sha256).hexdigest()[:8], 16)

    def report(self, report: Report) -> str:
        """One version of one report."""
        return self._of("report", report.study_uid, report.instance_uid)

    def study(self, study_uid: str) -> str:
        """An exam."""
        return self._of("study", study_uid)

    def film(self, study_uid: str) -> str:
        """The film of an exam."""
        return self._of("film", study_uid)


class RememberedPseudonyms(Pseudonyms):
    """The same, each worked out once: for a desk, which keeps the day's exams in memory anyway. A kiosk, which forgets
    its patient with the visit, has no use for it."""

    def __init__(self, key: bytes) -> None:
        super().__init__(key)
        self._kept = lru_cache(maxsize=REMEMBERED)(super()._of)

    def _of(self, *parts: str) -> str:
        return self._kept(*parts)
