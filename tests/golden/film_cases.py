"""The films kept as regression pictures: made from pydicom's packaged files and from phantoms.

    python -m tests.golden.film_cases     # make the reference pictures again; look at every one before committing it
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.imaging.film.gather import Source
from kiosk.imaging.film.protocols import load_protocols, protocol_named
from kiosk.imaging.film.spec import FilmSpec
from tests.corpus import PACKAGED
from tests.films import CHINESE_NAME, UID, ct, presentation, printed
from tests.making import made, phantom

FOLDER = Path(__file__).parent / "films"
DPI = 50
_HOSPITAL = "渝东县人民医院 (synthetic)"


def _series() -> list[Source]:
    return [ct(number, size=256, PatientSex="F", PatientAge="047Y", StudyDate="20260301", StudyTime="091200",
               BodyPartExamined="CHEST", AccessionNumber="A1001", PixelSpacing=[1.4, 1.4])
            for number in range(1, 13)]  # fmt: skip


def _scout() -> list[Source]:
    scout = ct(99, size=256, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"],
               ImageOrientationPatient=[1, 0, 0, 0, 0, -1],
               ImagePositionPatient=[-20, 60, 120], PixelSpacing=[0.7, 0.7])  # fmt: skip
    return [scout, *_series()]


def _life_size() -> list[Source]:
    return [made(phantom("DX", 512), "DX", PatientName=CHINESE_NAME, PixelSpacing=[0.45, 0.45], KVP=110,
                 PixelSpacingCalibrationType="GEOMETRY", ImageLaterality="L", ViewPosition="PA", SeriesNumber=1,
                 BodyPartExamined="CHEST", SpecificCharacterSet="ISO_IR 192", PatientOrientation=["L", "F"],
                 PatientSex="M", PatientBirthDate="19600102", StudyDate="20260301", StudyTime="101500")]  # fmt: skip


def _presented() -> list[Source]:
    return [ct(1, size=128), ct(2, size=128), presentation(f"{UID}.1.2", rotation=90, text="病灶 lesion")]


def _frames() -> list[Source]:
    return [made(np.stack([phantom("OT", 96, seed=seed) for seed in range(7)]), "NM")]


_WITH_LINES = replace(protocol_named(load_protocols(), "ct"), localisers="with-lines")


def _packaged(*names: str) -> Callable[[], list[Source]]:
    return lambda: [PACKAGED / name for name in names]


def _spec(**values: object) -> FilmSpec:
    return FilmSpec(dpi=DPI, hospital=_HOSPITAL, serial="K1-000123", **values)  # type: ignore[arg-type]


CASES: dict[str, tuple[Callable[[], Sequence[Source]], FilmSpec]] = {
    "ct_series": (_series, _spec(cloud="https://film.example/l#abc", verify=lambda content: content.digest)),
    "ct_with_scout": (_scout, _spec(protocol=_WITH_LINES)),
    "dr_life_size_chinese_name": (_life_size, _spec(language="zh")),
    "gsps": (_presented, _spec()),
    "multi_frame": (_frames, _spec()),
    "mr_overlay": (_packaged("examples_overlay.dcm"), _spec()),
    "us_colour": (_packaged("examples_rgb_color.dcm", "examples_palette.dcm"), _spec()),
    "ct_packaged": (_packaged("CT_small.dcm"), _spec()),
}


def picture(case: str) -> NDArray[np.uint8]:
    """The first sheet of a case, rendered in colour with its text."""
    import pypdfium2 as pdfium

    sources, spec = CASES[case]
    page = pdfium.PdfDocument(printed(sources(), spec).data)[0]
    bitmap = page.render(scale=DPI / 72)
    return np.asarray(bitmap.to_numpy())[..., :3].copy()


def reference(case: str) -> NDArray[np.uint8]:
    """The kept picture."""
    return np.asarray(cv2.imread(str(FOLDER / f"{case}.png"), cv2.IMREAD_COLOR), np.uint8)


def main() -> None:
    """Write all reference pictures."""
    FOLDER.mkdir(exist_ok=True)
    for case in CASES:
        cv2.imwrite(str(FOLDER / f"{case}.png"), picture(case), [cv2.IMWRITE_PNG_COMPRESSION, 9])


if __name__ == "__main__":
    main()
