"""Errors of the disk as the product's own."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path

from kiosk.domain.faults import FaultCode, KioskError

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


@contextlib.contextmanager
def disk(folder: Path) -> Iterator[None]:
    """What the disk does not do is a KioskError DISK_FULL or STORE_UNAVAILABLE."""
    try:
        yield
    except OSError as error:
        code = FaultCode.DISK_FULL if error.errno in _NO_SPACE else FaultCode.STORE_UNAVAILABLE
        raise KioskError(code, f"{folder}: {error.strerror}") from error
