"""The series that film benchmarks print: CT phantoms of 512 squared, made here."""

from __future__ import annotations

from pathlib import Path

from tests.making import made, phantom

UID = "1.2.826.0.1.3680043.10.999"


def ct_slice(number: int, series: int = 1) -> bytes:
    """Slice `number` (from 0) of a series, 1 mm apart."""
    return made(
        phantom("CT", 512, seed=number), "CT", InstanceNumber=number + 1, SeriesNumber=series,
        SOPInstanceUID=f"{UID}.{series}.{number + 1}", SeriesInstanceUID=f"{UID}.{series}", PatientName="Perf^Test",
        PatientID="P123456789012", StudyDate="20260101", StudyTime="120000", AccessionNumber="ACC0001",
        PatientBirthDate="19600101", PatientSex="F", StudyDescription="CHEST", SeriesDescription="AX",
        PixelSpacing=[0.7, 0.7], ImagePositionPatient=[0, 0, float(number)],
        ImageOrientationPatient=[1, 0, 0, 0, 1, 0], SliceThickness=1,
    )  # fmt: skip


def write_series(folder: Path, count: int) -> list[Path]:
    """Files 0000.dcm and on."""
    paths = [folder / f"{number:04d}.dcm" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_bytes(ct_slice(number))
    return paths
