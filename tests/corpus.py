"""Files to test with: those packaged with pydicom always, the shared collection where it is checked out beside us."""

from __future__ import annotations

from pathlib import Path

import pydicom

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
PACKAGED = Path(pydicom.__file__).parent / "data" / "test_files"


def packaged(pattern: str = "*.dcm") -> list[Path]:
    """Files of pydicom's own package; nothing is downloaded."""
    return sorted(PACKAGED.glob(pattern))


def charset_files() -> list[Path]:
    """Packaged files with names in many character sets."""
    return sorted((PACKAGED.parent / "charset_files").glob("chr*.dcm"))


def shared(pattern: str) -> list[Path]:
    """Files of the shared collection, none where it is absent."""
    return sorted(SHARED.glob(pattern)) if SHARED.is_dir() else []


def name(path: Path) -> str:
    """A short name for a test's parameters."""
    return f"{path.parent.name}/{path.name}"
