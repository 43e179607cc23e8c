"""A 14 × 17 inch sheet of 12 bits on the rehearsal imager and on dcmprscp, against storescu sending as many bytes.

python -m tests.benchmarks.dicom_print
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path

from kiosk.adapters.printing.dicom_print import DicomPrint, ImagerAddress, SheetFate
from kiosk.adapters.printing.dicom_profiles import ImagerProfile, imager_profile
from kiosk.adapters.printing.dicom_sheet import ImagerSheet, imager_sheet
from kiosk.domain.sheets.film import MEDIA
from kiosk.gateway.imager import RehearsalImager
from tests.support import orthanc
from tests.support.documents import pdf
from tests.support.imagers import dcmprscp
from tests.support.servers import program
from tests.support.studies import ct_image

FILM = MEDIA["14INX17IN"]


def main() -> None:
    """Measure, print."""
    profile = imager_profile("generic-320")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        document = pdf(home / "film.pdf", 1).read_bytes()
        whole = profile.model_copy(update={"matrix": {"14INX17IN": (4480, 5440)}})
        began = time.monotonic()
        sheet = imager_sheet(document, 0, whole, FILM)
        print(f"pixels of a sheet: {time.monotonic() - began:.2f} s, {sheet.pixels.nbytes / 1e6:.0f} MB")
        imager = RehearsalImager(home / "imager", print_job=False)
        print(f"rehearsal imager, which compresses the film: {printed('IMAGER', imager.port, sheet, whole):.2f} s")
        imager.close()
        with dcmprscp(home / "scp", "IHEFULL") as port:
            print(f"dcmprscp: {printed('IHEFULL', port, sheet, whole):.2f} s")
        with orthanc.dimse(home / "pacs") as (_, port):
            side = round((sheet.pixels.nbytes / 2) ** 0.5)
            file = home / "floor.dcm"
            file.write_bytes(ct_image("1.2", "1.2.1", "1.2.1.1", 1, side=side))
            command = [program("storescu", "dcmtk"), "-aec", "ORTHANC", "127.0.0.1", str(port), str(file)]
            began = time.monotonic()
            subprocess.run(command, check=True, capture_output=True)
            print(f"storescu, the same bytes to Orthanc: {time.monotonic() - began:.2f} s")


def printed(name: str, port: int, sheet: ImagerSheet, profile: ImagerProfile) -> float:
    """Seconds of a sheet on one association."""
    link = DicomPrint(ImagerAddress("127.0.0.1", port, name, "KIOSK"), profile)
    fates: list[SheetFate] = []
    began = time.monotonic()
    link.sheet(sheet, FILM, "bench", fates.append)
    assert fates[-1] is SheetFate.ACCEPTED, fates
    return time.monotonic() - began


if __name__ == "__main__":
    main()
