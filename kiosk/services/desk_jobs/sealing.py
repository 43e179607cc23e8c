"""Study UIDs in the ledger: a job must find its exams again after a restart, and nobody else is to read which."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from kiosk.domain.faults import FaultCode, KioskError

NONCE_BYTES = 12  # AES-GCM, NIST SP 800-38D


class StudySeal:
    """AES-256-GCM under a key derived from the hospital's own: all desks on one ledger open each other's."""

    def __init__(self, key: bytes) -> None:
        self._key = hmac.new(key, b"desk job studies", hashlib.sha256).digest()

    def sealed(self, study_uid: str) -> str:
        """Different each time."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # a kiosk without a desk needs none

        nonce = secrets.token_bytes(NONCE_BYTES)
        return base64.b64encode(nonce + AESGCM(self._key).encrypt(nonce, study_uid.encode(), None)).decode()

    def opened(self, sealed: str) -> str:
        """Raises KioskError NOTHING_FOUND for what was sealed under another key or is none of ours."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            data = base64.b64decode(sealed)
            return AESGCM(self._key).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], None).decode()
        except (InvalidTag, ValueError) as error:
            raise KioskError(FaultCode.NOTHING_FOUND, "sealed under another key") from error
