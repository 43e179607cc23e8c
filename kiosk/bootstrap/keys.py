"""The state folder and the key of the pseudonyms."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from kiosk.adapters.machine.file_lock import leave_to_owner
from kiosk.config import Kiosk, secret
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.services.identity.pseudonyms import KEY_BYTES

DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
MAKE_KEY = "python3 -c 'import secrets; print(secrets.token_hex(32))'"


def make_state_dir(kiosk: Kiosk) -> Path:
    """The folder of ledger and keys. Raises KioskError DISK_FULL or STORE_UNAVAILABLE where it cannot be."""
    folder = kiosk.state_dir
    with _kept(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


@contextlib.contextmanager
def _kept(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        code = FaultCode.DISK_FULL if error.errno in DISK_FULL else FaultCode.STORE_UNAVAILABLE
        raise KioskError(code, f"{path}: {error.strerror}") from error


def pseudonym_key(kiosk: Kiosk) -> bytes:
    """The hospital's key, or one of this kiosk's own, made at first start. A short one could be guessed: refused."""
    if kiosk.pseudonym_key:
        key, name = secret(kiosk.pseudonym_key).get_secret_value().encode(), "kiosk.pseudonym_key"
    else:
        path = make_state_dir(kiosk) / "pseudonym.key"
        with _kept(path):
            key, name = _own_key(path), str(path)
    if len(key) < KEY_BYTES:
        raise KioskError(
            FaultCode.CONFIG_INVALID, f"{name} has {len(key)} bytes, {KEY_BYTES} are needed; make one with: {MAKE_KEY}"
        )
    return key


def _own_key(path: Path) -> bytes:
    """Written beside its place and then put there whole: of two programs that start at once both get the same."""
    if not path.exists():
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            leave_to_owner(handle, path.parent)
            file.write(secrets.token_hex(KEY_BYTES))
            file.flush()
            os.fsync(handle)
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_bytes().strip()
