"""Making a release ready to be signed: its manifest, and the list of what is in it (SBOM, CycloneDX 1.5)."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import IO

from kiosk.domain.updates.releases import Attachment, ReleaseManifest, UpdateRefusedError

PYTHON_PACKAGE = re.compile(r"/site-packages/([^/]+)-([^/-]+)\.dist-info/METADATA$")
SUFFIX = ".tar.zst"
CHUNK = 1 << 20
MINE = "cloud_film_kiosk"


def packed(archive: Path, number: int, out: Path, debian: Path | None = None) -> ReleaseManifest:
    """Lay archive and SBOM into the depot; returns the manifest, not written yet.

    `archive` is RELEASE.tar.zst as installer/image/build.sh leaves it, `debian` its list of Debian packages.
    Raises UpdateRefusedError for what is none.
    """
    release, parts = archive.name.removesuffix(SUFFIX), _python_packages(archive)
    if MINE not in parts:
        raise UpdateRefusedError(f"{archive.name} does not hold the kiosk's program")
    out.mkdir(parents=True, exist_ok=True)
    sbom = out / f"{release}.cdx.json"
    sbom.write_text(_cyclonedx(release, parts, debian), encoding="utf-8")
    if archive.resolve().parent != out.resolve():
        shutil.copyfile(archive, out / archive.name)
    return ReleaseManifest(number, release, parts[MINE], _attachment(out / archive.name), _attachment(sbom))


def _python_packages(archive: Path) -> dict[str, str]:
    words = ["tar", "--list", "--zstd", "--file", str(archive)]
    listing = subprocess.run(words, capture_output=True, text=True, check=False)
    if listing.returncode:
        raise UpdateRefusedError(f"{archive} cannot be read: {listing.stderr.strip()}")
    found = (PYTHON_PACKAGE.search(line) for line in listing.stdout.splitlines())
    return {match[1]: match[2] for match in found if match}


def _cyclonedx(release: str, python: dict[str, str], debian: Path | None) -> str:
    lines = debian.read_text(encoding="utf-8").splitlines() if debian else []
    system = [line.split("\t")[:2] for line in lines if "\t" in line]
    parts = [_part("pypi", name.replace("_", "-").lower(), version) for name, version in sorted(python.items())]
    parts += [_part("deb/debian", name.partition(":")[0], version) for name, version in system]
    head = {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1}
    about = {"component": {"type": "application", "name": "cloud-film-kiosk", "version": f"{python[MINE]}+{release}"}}
    return json.dumps({**head, "metadata": about, "components": parts}, indent=1) + "\n"


def _part(kind: str, name: str, version: str) -> dict[str, str]:
    return {"type": "library", "name": name, "version": version, "purl": f"pkg:{kind}/{name}@{version}"}


def _attachment(file: Path) -> Attachment:
    with file.open("rb") as source:
        return Attachment(file.name, file.stat().st_size, _digest(source))


def _digest(source: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := source.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()
