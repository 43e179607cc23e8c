"""Objects in a folder of the portal's own, two letters of the name a folder, each file synced before it is told of."""

from __future__ import annotations

import errno
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from kiosk.adapters.machine import durable
from kiosk.domain.faults import FaultCode, KioskError

_NAME = re.compile(r"[0-9a-f]{64}")
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


class DiskObjects:
    """kiosk.ports.cloud.object_store.ObjectStore on one file system."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, data: bytes) -> None:
        """See the port."""
        path = self._path(name)
        if path.exists() and path.stat().st_size == len(data):
            return
        try:
            durable.make_folder(path.parent)
            durable.put(path, data)
        except OSError as error:
            raise _fault(error) from error

    def get(self, name: str, offset: int = 0, size: int | None = None) -> bytes:
        """See the port."""
        try:
            with self._path(name).open("rb") as file:
                file.seek(offset)
                return file.read() if size is None else file.read(size)
        except FileNotFoundError as error:
            raise KioskError(FaultCode.NOTHING_FOUND, "no such object") from error
        except OSError as error:
            raise _fault(error) from error

    def delete(self, name: str) -> None:
        """See the port."""
        try:
            self._path(name).unlink(missing_ok=True)
        except OSError as error:
            raise _fault(error) from error

    def names(self) -> Iterator[tuple[str, int]]:
        """See the port."""
        for path in self._folder.glob("[0-9a-f][0-9a-f]/*"):
            if _NAME.fullmatch(path.name):
                yield path.name, path.stat().st_size

    def probe(self) -> str:
        """See the port."""
        try:
            durable.make_folder(self._folder)
            return f"folder {self._folder}, free {shutil.disk_usage(self._folder).free >> 20} MiB"
        except OSError as error:
            raise _fault(error) from error

    def _path(self, name: str) -> Path:
        """Names are checked here too: nothing but a digest ever becomes a path."""
        if not _NAME.fullmatch(name):
            raise KioskError(FaultCode.NOTHING_FOUND, "no name of an object")
        return self._folder / name[:2] / name


def _fault(error: OSError) -> KioskError:
    code = FaultCode.DISK_FULL if error.errno in _NO_SPACE else FaultCode.STORE_UNAVAILABLE
    return KioskError(code, f"object store: {error.strerror}")
