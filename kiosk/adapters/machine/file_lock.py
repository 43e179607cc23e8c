"""Locks between processes of one machine: the kernel takes them back when their holder ends, however it ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from kiosk.domain.faults import FaultCode, KioskError


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """Wait for the lock, keep it for the block. Raises KioskError STORE_UNAVAILABLE where there is no place for it."""
    handle = opened(path)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        release(handle)


def opened(path: Path) -> int:
    """A handle of the lock's file, made where it is missing; it belongs to whom the folder belongs."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        leave_to_owner(handle, path.parent)
    except OSError as error:
        raise KioskError(FaultCode.STORE_UNAVAILABLE, f"{path.name}: {error.strerror}") from error
    return handle


def free(handle: int, kind: int = fcntl.LOCK_EX) -> bool:
    """Take the lock if nobody stands in the way."""
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def release(handle: int) -> None:
    """Let others have it. Said aloud: a worker forked meanwhile has the same open file, and would keep the lock."""
    fcntl.flock(handle, fcntl.LOCK_UN)
    os.close(handle)


def leave_to_owner(handle: int, folder: Path) -> None:
    """A file that root makes by the way (`sudo kiosk doctor`) must not be closed to the kiosk's own user."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.fchown(handle, owner.st_uid, owner.st_gid)
