"""Files that a power cut neither empties nor takes away once they are said to be there."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def put(target: Path, data: bytes) -> None:
    """Write a file whole: content to the disk, then its name, then the folder that holds the name (POSIX fsync).

    A reader sees the old file or the new one, never a part. Raises OSError: the old file stands, or the new one does
    but a power cut may take it away.
    """
    draft = target.with_name(f".{target.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def make_folder(folder: Path) -> None:
    """Make a folder with all above it; each new name is on the disk before it is used."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Names in a folder are on the disk. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
