"""Film imagers in tests: what our own one printed, and dcmtk's print server in three kinds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pydicom

from kiosk.adapters.printing.dicom_print import DicomPrint, ImagerAddress
from kiosk.adapters.printing.dicom_profiles import ImagerProfile, imager_profile
from tests.support.servers import Server, answers, free_port, program, wait_until

A4_PROFILE = """
title = "A4 on a coarse imager"
pitch_mm = 0.25
bits = 12
presentation_lut = "box"
print_job = true
implicit_only = false
medium = "PAPER"
destination = ""
magnification = "NONE"
omit = []
[matrix]
A4 = [840, 1188]
"""
# dcmtk's print servers as its printers.cfg describes them; the names of our profiles for them.
SERVERS = {
    "IHEFULL": ("generic-320", """
BorderDensity = 150\\20\\BLACK\\WHITE
DisableNewVRs = false
EmptyImageDensity = 20\\BLACK\\WHITE
FilmDestination = MAGAZINE\\PROCESSOR
MagnificationType = REPLICATE\\BILINEAR\\CUBIC\\NONE
MediumType = PAPER\\CLEAR FILM\\BLUE FILM
PresentationLUTMatchRequired = false
PresentationLUTinFilmSession = false
SupportsDecimateCrop = true
SupportsImageSize = true
SupportsTrim = true
"""),
    "IHERESTRICTED": ("restricted", """
DisableNewVRs = true
FilmDestination = STOREDPRINT
ImplicitOnly = true
MagnificationType = REPLICATE\\BILINEAR\\CUBIC\\NONE
MediumType = STOREDPRINT
OmitSOPClassUIDFromCreateResponse = true
PresentationLUTMatchRequired = true
PresentationLUTinFilmSession = false
"""),
    "AGFA": ("agfa-session-lut", """
DisableNewVRs = true
BorderDensity = BLACK\\WHITE\\150
EmptyImageDensity = BLACK\\WHITE\\150
MagnificationType = REPLICATE\\BILINEAR\\CUBIC
MediumType = PAPER\\CLEAR FILM\\BLUE FILM
PresentationLUTMatchRequired = true
PresentationLUTinFilmSession = true
SupportsDecimateCrop = false
SupportsImageSize = true
SupportsTrim = true
"""),
}
_CONFIG = """[[GENERAL]]
[PRINT]
Directory = {folder}/spool
DetailedLog = true
MinPrintResolution = 512\\512
MaxPrintResolution = 8192\\8192
[DATABASE]
Directory = {folder}/database
[LUT]
Directory = {folder}/lut
[[COMMUNICATION]]
[{name}]
Aetitle = {name}
Description = test
Hostname = localhost
Port = {port}
Type = LOCALPRINTER
MaxPDU = 32768
DisplayFormat = 1,1
FilmSizeID = 8INX10IN\\11INX14IN\\14INX17IN
MaxDensity = 320
MinDensity = 20
ResolutionID = STANDARD
Supports12Bit = true
SupportsPresentationLUT = true
{options}
"""


def a4_imager(home: Path, port: int) -> tuple[ImagerProfile, DicomPrint]:
    """A small imager's profile, and the way to it."""
    file = home / "a4.toml"
    file.write_text(A4_PROFILE)
    profile = imager_profile(str(file))
    return profile, DicomPrint(ImagerAddress("127.0.0.1", port, "IMAGER", "KIOSK", 5), profile)


def sheets(folder: Path) -> list[dict[str, Any]]:
    """What came out of our own imager, in order."""
    files = sorted((folder / "sheets").glob("*.json"), key=lambda file: int(file.stem))
    return [json.loads(file.read_text()) for file in files]


def labels(folder: Path) -> list[str]:
    """The labels of the sheets that came out."""
    return [sheet["label"] for sheet in sheets(folder)]


@contextmanager
def dcmprscp(folder: Path, name: str) -> Iterator[int]:
    """One of dcmtk's print servers; its port."""
    port = free_port()
    for part in ("spool", "database", "lut"):
        (folder / part).mkdir(parents=True)
    config = folder / "dcmpstat.cfg"
    config.write_text(_CONFIG.format(folder=folder, name=name, port=port, options=SERVERS[name][1]))
    server = Server([program("dcmprscp", "dcmtk"), "-v", "-c", str(config), "-p", name], folder / "log")
    server.start()
    try:
        wait_until(lambda: answers(port), f"start of dcmprscp (see {folder / 'log'})")
        yield port
    finally:
        server.kill()


def stored_pixels(folder: Path) -> list[pydicom.Dataset]:
    """The hardcopy images that dcmprscp has kept."""
    found = [pydicom.dcmread(file) for file in sorted((folder / "database").glob("HG*"))]
    return [ds for ds in found if "PixelData" in ds]
