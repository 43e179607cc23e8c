"""The portal's own key: it wraps each link's second share and answer checks, and is used only after the right answer.

On one host it is a file that systemd-creds hands over; a key service can stand in its place (`KeyWrap`).
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kiosk.cloud.wire.faults import WireError, WireFault
from kiosk.cloud.wire.keys import derived
from kiosk.domain.faults import FaultCode, KioskError

KEY_BYTES, NONCE_BYTES = 32, 12


class KeyWrap(Protocol):
    """Wraps small secrets. The same context is needed to unwrap. Thread-safe."""

    def wrap(self, plain: bytes, context: str) -> bytes:
        """Ciphertext, different each time."""
        ...

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        """The secret. Raises WireError SEAL_BROKEN."""
        ...

    def tag(self, text: str, context: str) -> str:
        """A keyed digest (HMAC-SHA256, hex): the store finds by it what it cannot guess without the key."""
        ...


@dataclass(frozen=True)
class RawKey:
    """AES-256-GCM under a key in memory: the portal's own, or a session's, which only its cookie knows."""

    key: bytes

    def wrap(self, plain: bytes, context: str) -> bytes:
        """See `KeyWrap`."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(self.key).encrypt(nonce, plain, context.encode())

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        """See `KeyWrap`."""
        try:
            return AESGCM(self.key).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], context.encode())
        except (InvalidTag, ValueError) as error:
            raise WireError(WireFault.SEAL_BROKEN, context.partition("|")[0]) from error

    def tag(self, text: str, context: str) -> str:
        """See `KeyWrap`."""
        return hmac.new(derived(self.key, f"tag {context}"), text.encode(), hashlib.sha256).hexdigest()

    def __repr__(self) -> str:
        return "RawKey(…)"


def key_file(path: Path) -> RawKey:
    """The key of a file of 64 hex digits that only its owner reads. Raises KioskError CONFIG_INVALID."""
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise KioskError(FaultCode.CONFIG_INVALID, f"{path} can be read by others; chmod 600")
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise KioskError(FaultCode.CONFIG_INVALID, f"{path}: no portal key ({type(error).__name__})") from error
    if len(key) != KEY_BYTES:
        raise KioskError(FaultCode.CONFIG_INVALID, f"{path}: the portal's key has {KEY_BYTES} bytes")
    return RawKey(key)


def make_key_file(path: Path) -> None:
    """A fresh key; never over an old one, for with that all links would be lost. Raises KioskError CONFIG_INVALID."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise KioskError(FaultCode.CONFIG_INVALID, f"{path}: {error.strerror}") from error
