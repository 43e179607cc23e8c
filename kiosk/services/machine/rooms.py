"""The private folders of visits: on tmpfs, mode 0700, removed with everything in them when the visit ends.

PARENT/kiosk-PID-RANDOM/   one process's own: locked (flock) while it lives, so nobody takes it away beside it, and
                           taken away by whoever comes next when it has died
    VISIT/                 one visit's
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import secrets
import shutil
import stat
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from kiosk.domain.faults import FaultCode, KioskError

OURS = "kiosk-*-*"
NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


class Rooms:
    """Private folders by visit, below one of this process's own. Several processes may share the parent."""

    def __init__(self, parent: Path | None) -> None:
        self._wanted = parent
        self._lock = threading.Lock()
        self._home: Path | None = None
        self._handle = -1

    def of(self, visit: str) -> Path:
        """The folder of a visit, made when it is first asked for, with all that is missing above it.

        Raises KioskError DISK_FULL or STORE_UNAVAILABLE where that cannot be.
        """
        with self._lock, _said():
            room = self._at_home() / visit
            room.mkdir(mode=0o700, exist_ok=True)
            return room

    def ask(self) -> str:
        """For a probe: can the next visit be given a folder, and is there room in it? Makes what is missing."""
        with self._lock, _said():
            home = self._at_home()
            trial = home / ".trial"
            trial.write_bytes(bytes(4096))
            trial.unlink()
            return f"{home.parent}, free {shutil.disk_usage(home).free >> 20} MiB"

    def wipe(self, visit: str) -> None:
        """Remove a visit's folder."""
        if self._home:
            shutil.rmtree(self._home / visit, ignore_errors=True)

    def inhabited(self, visit: str) -> bool:
        """True while a living process, this one or another, has a folder for this visit."""
        homes = self._parent().glob(OURS) if self._parent().is_dir() else ()
        return any((home / visit).is_dir() and (home == self._home or not _dead(home)) for home in homes)

    def close(self) -> None:
        """Remove what is this process's own; others may be living beside it."""
        with self._lock:
            self._move_out()

    def _at_home(self) -> Path:
        """This process's own folder; a new one if somebody took it away."""
        if self._home is None or not self._home.is_dir():
            self._move_out()
            self._move_in()
        assert self._home is not None  # noqa: S101 - for the type checker
        return self._home

    def _move_in(self) -> None:
        parent = self._parent()
        parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _alone(parent):  # nobody may find the new folder before it is locked
            _sweep(parent)
            home = parent / f"kiosk-{os.getpid()}-{secrets.token_hex(4)}"
            home.mkdir(mode=0o700)
            self._handle = os.open(home, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            fcntl.flock(self._handle, fcntl.LOCK_EX)
            self._home = home

    def _move_out(self) -> None:
        if self._home:
            shutil.rmtree(self._home, ignore_errors=True)
            _release(self._handle)
            self._home = None

    def _parent(self) -> Path:
        if self._wanted is None:
            self._wanted = _tmpfs()
        return self._wanted


@contextlib.contextmanager
def _said() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        code = FaultCode.DISK_FULL if error.errno in NO_SPACE else FaultCode.STORE_UNAVAILABLE
        raise KioskError(code, f"private folder: {error.filename or ''} {error.strerror}") from error


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        _release(handle)


def _release(handle: int) -> None:
    """Said aloud: a worker that was forked meanwhile has the same open file, and would keep the lock."""
    fcntl.flock(handle, fcntl.LOCK_UN)
    os.close(handle)


def _sweep(parent: Path) -> None:
    """Remove what crashed processes left. A process number alone proves nothing: numbers are given again."""
    for left in parent.glob(OURS):
        if _dead(left):
            shutil.rmtree(left, ignore_errors=True)


def _dead(home: Path) -> bool:
    """Nobody holds the lock; where it cannot be told, somebody does."""
    try:
        handle = os.open(home, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(handle)
    return True


def _tmpfs() -> Path:
    """A folder in memory for all processes of this user: what one leaves in a crash the next one finds."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    for place in (runtime, "/dev/shm"):  # noqa: S108 - a private folder is made in it
        if place and os.access(place, os.W_OK):
            shared = Path(place) / f"cloud-film-kiosk-{os.geteuid()}"
            with contextlib.suppress(FileExistsError):
                shared.mkdir(mode=0o700)
            return shared if _private(shared) else Path(tempfile.mkdtemp(prefix="kiosk-", dir=place))
    return Path(tempfile.mkdtemp(prefix="kiosk-"))


def _private(folder: Path) -> bool:
    """Ours and closed to others: anybody could have made a folder of that name in a place open to all."""
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077
