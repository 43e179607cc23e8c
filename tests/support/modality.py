"""A modality in tests: dcmtk's print client (dcmpsprt, dcmprscu), and dcmtk's worklist server."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset

from tests.support.servers import Server, answers, free_port, program, wait_until
from tests.support.studies import ct_image

TITLE = "CT1"
_CONFIG = """[[GENERAL]]
[PRINT]
Directory = {folder}/spool
MinPrintResolution = 512\\512
MaxPrintResolution = 2048\\2048
[NETWORK]
Aetitle = CT1
[DATABASE]
Directory = {folder}/database
[LUT]
Directory = {folder}/lut
[[COMMUNICATION]]
[KIOSK]
Aetitle = KIOSKFILM
Description = test
Hostname = 127.0.0.1
Port = {port}
Type = PRINTER
MaxPDU = 32768
DisplayFormat = 1,1\\2,1
FilmSizeID = 14INX17IN
MagnificationType = CUBIC\\NONE
MaxDensity = 320
MinDensity = 20
MediumType = BLUE FILM
ResolutionID = STANDARD
Supports12Bit = true
SupportsPresentationLUT = true
"""


class Modality:
    """Prints films of a phantom's images to a port; `sent` are the pixels of its hardcopy images, in order."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder, self._port = folder, port
        for part in ("spool", "database", "lut"):
            (folder / part).mkdir(parents=True)
        self._config = folder / "dcmpstat.cfg"
        self._config.write_text(_CONFIG.format(folder=folder, port=port))
        self._films = 0

    def print(self, label: str = "", images: int = 2) -> str:
        """A film of so many images side by side; what dcmprscu complains of."""
        self._films += 1
        files = [self._folder / f"{self._films}-{number}.dcm" for number in range(images)]
        for number, file in enumerate(files):
            uid = f"1.2.3.{self._films}"
            file.write_bytes(ct_image("1.2.3", uid, f"{uid}.{number + 1}", number + 1))
        printer = ["-c", str(self._config), "-p", "KIOSK"]
        make = [program("dcmpsprt", "dcmtk"), *printer, "--layout", str(images), "1", "--filmsize", "14INX17IN"]
        subprocess.run([*make, *map(str, files)], check=True, capture_output=True)
        print_ = sorted((self._folder / "database").glob("SP*"), key=lambda file: file.stat().st_mtime_ns)[-1]
        send = [program("dcmprscu", "dcmtk"), *printer, *(["--label", label] if label else []), str(print_)]
        return subprocess.run(send, check=False, capture_output=True, text=True).stderr

    @property
    def sent(self) -> list[NDArray[np.uint16]]:
        """The pixels of its hardcopy images."""
        files = sorted((self._folder / "database").glob("HG*"), key=lambda file: file.stat().st_mtime_ns)
        return [pydicom.dcmread(file).pixel_array for file in files]


@contextmanager
def worklist(folder: Path, exams: Sequence[tuple[str, str, str, str]]) -> Iterator[int]:
    """wlmscpfs with scheduled exams (accession, patient number, study UID, when as YYYYMMDDHHMMSS); its port."""
    wanted = folder / "WORKLIST"
    wanted.mkdir(parents=True)
    (wanted / "lockfile").touch()
    for number, (accession, patient, study, when) in enumerate(exams):
        made, step = Dataset(), Dataset()
        made.SpecificCharacterSet = "ISO_IR 192"
        made.AccessionNumber, made.PatientID, made.PatientName = accession, patient, "王秀英"
        made.PatientBirthDate, made.StudyInstanceUID = "19491231", study
        made.RequestedProcedureID = f"R{number}"
        step.ScheduledStationAETitle, step.Modality = TITLE, "CT"
        step.ScheduledProcedureStepStartDate, step.ScheduledProcedureStepStartTime = when[:8], when[8:]
        step.ScheduledProcedureStepID = f"S{number}"
        made.ScheduledProcedureStepSequence = [step]
        made.file_meta = FileMetaDataset()
        made.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.31"
        made.file_meta.MediaStorageSOPInstanceUID = f"1.2.9.{number}"
        made.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
        made.save_as(wanted / f"{number}.wl", enforce_file_format=True)
    port = free_port()
    server = Server([program("wlmscpfs", "dcmtk"), "-csk", "-dfr", "-dfp", str(folder), str(port)], folder / "log")
    server.start()
    try:
        wait_until(lambda: answers(port), "start of wlmscpfs")
        yield port
    finally:
        server.kill()
