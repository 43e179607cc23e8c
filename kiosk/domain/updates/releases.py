"""What was signed: a release's manifest, and the settings a hospital wants its machines to have."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

FORMAT = 1
NAME = re.compile(r"[0-9a-f]{12}")
DIGEST = re.compile(r"[0-9a-f]{64}")
# A release is about 400 MB packed; what is far beyond is none.
LARGEST = 4 << 30


class UpdateRefusedError(Exception):
    """What was offered is not taken; the text says why, for staff."""


@dataclass(frozen=True)
class Attachment:
    """A file that belongs to a release: its name, size in bytes and SHA-256."""

    name: str
    size: int
    sha256: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[\w.-]{1,100}", self.name) or self.name.startswith("."):
            raise UpdateRefusedError(f"a file is named {self.name!r}")
        if not DIGEST.fullmatch(self.sha256) or not 0 < self.size <= LARGEST:
            raise UpdateRefusedError(f"{self.name}: size or digest is none")


@dataclass(frozen=True)
class ReleaseManifest:
    """A release: its place in the order of all releases (`number`, ever greater), its name, which follows from its
    content, its version for people, the packed programs, and the list of what is in them (SBOM, CycloneDX)."""

    number: int
    release: str
    version: str
    archive: Attachment
    sbom: Attachment

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.release) or self.number < 1:
            raise UpdateRefusedError(f"release {self.release!r} number {self.number} is none")

    def text(self) -> str:
        """As it is signed."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1, sort_keys=True) + "\n"


def manifest_of(text: bytes) -> ReleaseManifest:
    """Read a manifest whose signature was found good. Raises UpdateRefusedError."""
    try:
        tree = json.loads(text)
        if tree.pop("format") != FORMAT:
            raise UpdateRefusedError("the manifest is of another format; update by installer/install.sh once")
        archive, sbom = Attachment(**tree.pop("archive")), Attachment(**tree.pop("sbom"))
        return ReleaseManifest(archive=archive, sbom=sbom, **tree)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UpdateRefusedError(f"the manifest cannot be read: {error}") from error


@dataclass(frozen=True)
class WantedSettings:
    """Signed settings: their number, what all machines have, and what single ones have instead."""

    number: int
    common: Mapping[str, Any]
    own: Mapping[str, Mapping[str, Any]]

    def over(self, local: Mapping[str, Any]) -> dict[str, Any]:
        """A machine's own file with these over it. The machine's name is its own."""
        name = str(local.get("kiosk", {}).get("id", ""))
        return _over(_over(local, self.common), self.own.get(name, {}))


def wanted_of(text: bytes) -> WantedSettings:
    """Read settings whose signature was found good. Raises UpdateRefusedError."""
    try:
        tree = tomllib.loads(text.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UpdateRefusedError(f"the settings cannot be read: {error}") from error
    number, common, own = tree.pop("number", 0), tree.pop("settings", {}), tree.pop("kiosks", {})
    if tree or type(number) is not int or number < 1 or not _tables(common, own, *dict(own).values()):
        raise UpdateRefusedError("settings have number, [settings.…] and [kiosks.NAME.…], and nothing else")
    if "id" in common.get("kiosk", {}) or any("id" in one.get("kiosk", {}) for one in own.values()):
        raise UpdateRefusedError("a machine's name stands in its own file only")
    return WantedSettings(number, common, own)


def _tables(*values: object) -> bool:
    return all(isinstance(value, dict) for value in values)


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Tables are joined, everything else is replaced."""
    joined = dict(below)
    for name, value in above.items():
        kept = joined.get(name)
        joined[name] = _over(kept, value) if isinstance(kept, dict) and isinstance(value, dict) else value
    return joined
