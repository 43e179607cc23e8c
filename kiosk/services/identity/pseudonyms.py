"""Keyed pseudonyms: the ledger and the logs know people and documents only by these."""

from __future__ import annotations

import base64
import hashlib
import hmac

from kiosk.domain.exam import Report
from kiosk.domain.person.codes import Claim

KEY_BYTES = 32


class Pseudonyms:
    """HMAC-SHA-256 of what is named, under the hospital's key; 26 characters, base 32."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def _of(self, *parts: str) -> str:
        digest = hmac.new(self._key, "\x1f".join(parts).encode(), hashlib.sha256).digest()
        return base64.b32encode(digest)[:26].decode().lower()

    def patient(self, patient_id: str) -> str:
        """A person."""
        return self._of("patient", patient_id)

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

    def chain(self, report: Report) -> str:
        """A report in all its versions."""
        return self._of("chain", report.study_uid, report.chain or report.instance_uid)

    def study(self, study_uid: str) -> str:
        """An exam."""
        return self._of("study", study_uid)

    def film(self, study_uid: str) -> str:
        """The film of an exam."""
        return self._of("film", study_uid)
