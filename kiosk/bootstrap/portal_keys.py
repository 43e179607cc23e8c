"""The portal's own keys as files of mode 0600: made once by `kiosk portal init`, never over old ones.

`portal.key` wraps shares and checks; without it no link opens any more. `portal.identity` is what hospitals seal to and
what signs receipts. With systemd both may be credentials (LoadCredentialEncrypted=), which only this unit reads.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kiosk.cloud.portal.arrivals import Identity
from kiosk.cloud.portal.wrapping import KEY_BYTES, KeyWrap, RawKey, key_file, make_key_file
from kiosk.cloud.wire.keys import KeyBox, text_of
from kiosk.config import PortalSettings
from kiosk.domain.faults import FaultCode, KioskError

WRAP, IDENTITY, SEED_BYTES = "portal.key", "portal.identity", 48


@dataclass(frozen=True)
class PortalKeys:
    """What the portal alone has."""

    wrap: KeyWrap
    identity: Identity

    @classmethod
    def fresh(cls) -> PortalKeys:
        """New ones, in memory."""
        return cls(RawKey(secrets.token_bytes(KEY_BYTES)), Identity(KeyBox.new(), Ed25519PrivateKey.generate()))

    def public(self, origin: str) -> dict[str, str]:
        """What hospitals are given."""
        signer = self.identity.signer.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return {"origin": origin, "portal": text_of(self.identity.box.public), "signer": text_of(signer)}


def portal_keys(settings: PortalSettings) -> PortalKeys:
    """Raises KioskError CONFIG_INVALID where they are missing or can be read by others."""
    folder = keys_folder(settings)
    return PortalKeys(key_file(folder / WRAP), _identity(folder / IDENTITY))


def make_portal_keys(settings: PortalSettings) -> PortalKeys:
    """What is missing is made; what is there stays."""
    folder = keys_folder(settings)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise KioskError(FaultCode.CONFIG_INVALID, f"{folder}: {error.strerror}") from error
    if not (folder / WRAP).exists():
        make_key_file(folder / WRAP)
    if not (folder / IDENTITY).exists():
        _write(folder / IDENTITY)
    return portal_keys(settings)


def keys_folder(settings: PortalSettings) -> Path:
    """See the setting `keys_dir`."""
    given = os.environ.get("CREDENTIALS_DIRECTORY", "")
    if settings.keys_dir is None and given and (Path(given) / WRAP).exists():
        return Path(given)
    return settings.keys_dir or settings.state_dir


def _write(path: Path) -> None:
    tree = {"box": secrets.token_hex(SEED_BYTES), "signer": secrets.token_hex(32)}
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            json.dump(tree, file)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        with contextlib.suppress(OSError):
            path.unlink()
        raise KioskError(FaultCode.CONFIG_INVALID, f"{path}: {error.strerror}") from error


def _identity(path: Path) -> Identity:
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise KioskError(FaultCode.CONFIG_INVALID, f"{path} can be read by others; chmod 600")
        tree = json.loads(path.read_text(encoding="ascii"))
        seed, signer = bytes.fromhex(tree["box"]), bytes.fromhex(tree["signer"])
        if len(seed) != SEED_BYTES:
            raise ValueError("length")
        return Identity(KeyBox.of_seed(seed), Ed25519PrivateKey.from_private_bytes(signer))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KioskError(FaultCode.CONFIG_INVALID, f"{path}: no portal identity ({type(error).__name__})") from error
