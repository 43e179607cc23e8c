"""A hospital of the test's own: Orthanc with real series, CUPS with real queues, a configuration between them."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pydicom
from pydicom.data import get_testdata_file
from pydicom.uid import generate_uid

from tests.support import orthanc
from tests.support.documents import pdf
from tests.support.printers import PrintShop
from tests.support.shared_data import SHARED
from tests.support.studies import pdf_report

ROOT = Path(__file__).resolve().parents[2]
SERIES = ("ct_ge_28", "mr_structural_24")
PACKAGED = ("CT_small.dcm", "MR_small.dcm")
ANSWER = "31002X"


@dataclass(frozen=True)
class Hospital:
    """What runs, and the accession numbers in it."""

    orthanc: orthanc.Orthanc
    shop: PrintShop
    config: Path
    accessions: tuple[str, ...]

    def journey(self, *arguments: str, deadline_s: float = 120) -> tuple[int, dict[str, Any]]:
        """`kiosk journey --json` as a process of its own: exit code and the JSON object."""
        return journey(self.config, *arguments, deadline_s=deadline_s)

    def set(self, text: str) -> None:
        """Add to the configuration."""
        self.config.write_text(self.config.read_text(encoding="utf-8") + text, encoding="utf-8")


def journey(config: Path, *arguments: str, deadline_s: float = 120) -> tuple[int, dict[str, Any]]:
    """Run `kiosk journey --json`."""
    done = subprocess.run(
        [sys.executable, "-m", "kiosk", "journey", "--config", str(config), "--json", *arguments],
        capture_output=True, text=True, timeout=deadline_s, cwd=ROOT, env=os.environ, check=False,
    )  # fmt: skip
    assert done.stdout.strip(), done.stderr
    return done.returncode, json.loads(done.stdout.strip().splitlines()[-1])


def real_series() -> list[list[Path]]:
    """Real DICOM series nobody here wrote: the shared ones, and pydicom's packaged files."""
    shared = [sorted((SHARED / "series" / name).glob("*.dcm")) for name in SERIES]
    packaged = [[Path(str(get_testdata_file(name, download=False)))] for name in PACKAGED]
    return [files for files in (*shared, *packaged) if files]


def identified(files: list[Path], number: int, accession: str, report: bytes) -> list[bytes]:
    """The files as a study of a person who can be asked, with a signed report beside them."""
    study, patient = generate_uid(), f"IT{number:04d}"
    who = {
        "PatientID": patient,
        "PatientName": "王秀英",
        "PatientBirthDate": "19491231",
        "OtherPatientIDs": "11010519491231002X",
        "AccessionNumber": accession,
        "StudyInstanceUID": study,
        "StudyDate": f"{date.today():%Y%m%d}",
        "StudyTime": "081500",
        "SpecificCharacterSet": "ISO_IR 192",
    }
    return [*(_renamed(file, who) for file in files), _report(who, report)]


def _renamed(file: Path, who: dict[str, str]) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ds = pydicom.dcmread(file)
        for keyword, value in who.items():
            setattr(ds, keyword, value)
        out = io.BytesIO()
        ds.save_as(out)
        return out.getvalue()


def _report(who: dict[str, str], report: bytes) -> bytes:
    series = generate_uid()
    return pdf_report(who["StudyInstanceUID"], series, generate_uid(), report, **who)


@contextmanager
def running(home: Path) -> Iterator[Hospital]:
    """Start it all below `home`."""
    (home / "pacs").mkdir(parents=True)
    with orthanc.running(home / "pacs", "kiosk", "s3cret") as pacs:
        accessions, report = [], pdf(home / "report.pdf", 2).read_bytes()
        for number, files in enumerate(real_series()):
            accessions.append(f"ACC{number:06d}")
            pacs.upload(identified(files, number, accessions[-1], report))
        shop = PrintShop.open(home / "shop")
        try:
            yield Hospital(pacs, shop, _config(home, pacs, shop), tuple(accessions))
        finally:
            shop.close()


def _config(home: Path, pacs: orthanc.Orthanc, shop: PrintShop) -> Path:
    secret = home / "pacs.secret"
    secret.write_text(pacs.password)
    secret.chmod(0o600)
    config = home / "kiosk.toml"
    config.write_text(
        f"""
[archive]
kind = "dicomweb"
url = "{pacs.dicomweb}"
user = "{pacs.user}"
password = "file:{secret}"
connect_s = 2.0
query_s = 8.0

[printers.report]
kind = "cups"
queue = "report"
server = "{shop.server}"

[printers.film]
kind = "cups"
queue = "film"
server = "{shop.server}"

[identity]
uniform_ms = 50
""",
        encoding="utf-8",
    )
    return config
