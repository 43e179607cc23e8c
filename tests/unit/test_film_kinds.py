"""What is no film, and what is labelled as what it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset

from kiosk.domain.faults import FaultCode
from kiosk.imaging.dicom.facts import facts
from kiosk.imaging.dicom.objects import NO_IMAGE_MODALITIES, NOT_FILMS
from kiosk.imaging.dicom.reading import read
from tests.corpus import packaged, shared
from tests.films import UID, ct, dr, printed
from tests.making import made, phantom


@pytest.mark.parametrize("sop_class", sorted(NOT_FILMS))
def test_computed_objects_are_no_films(sop_class: str) -> None:
    film = printed([ct(1), made(phantom("OT", 32), "OT", SOPClassUID=sop_class, SOPInstanceUID="1.2.3")])
    assert (film.outcome.placed, [item.code for item in film.outcome.skipped]) == (1, [FaultCode.NOTHING_TO_SHOW])
    assert "not printed as a film" in film.outcome.skipped[0].reason


@pytest.mark.parametrize("path", [*shared("film_cases/seg_binary.dcm"), *packaged("rtdose*.dcm")],
                         ids=lambda path: path.name)  # fmt: skip
def test_real_ones_are_none(path: Path) -> None:
    assert printed([path]).outcome.sheets == 0


def test_series_of_computed_objects_do_not_count_as_images() -> None:
    assert {"SEG", "RTDOSE", "RTIMAGE", "RTSTRUCT"} <= NO_IMAGE_MODALITIES


def raw(**attributes: object) -> bytes:
    """A projection that an algorithm should see first."""
    intent = {} if attributes else {"PresentationIntentType": "FOR PROCESSING"}
    return dr(SOPInstanceUID=f"{UID}.5.1", **intent, **attributes)


def test_raw_data_are_left_out_where_there_are_processed_ones() -> None:
    film = printed([raw(), dr(PresentationIntentType="FOR PRESENTATION")])
    assert (film.outcome.placed, film.outcome.left_out) == (1, 1)
    assert "1 left out: unprocessed data" in film.texts[0]
    assert "not made for viewing" not in film.texts[0]


RAW_CLASS = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.1.1.1"}


@pytest.mark.parametrize("values", [{}, RAW_CLASS])
def test_raw_data_alone_are_labelled(values: dict[str, object]) -> None:
    film = printed([raw(**values)])
    assert film.outcome.placed == 1
    assert "for processing: not made for viewing" in " ".join(film.texts[0].split())


def code(value: str, meaning: str, *modifiers: Dataset) -> Dataset:
    """An item of View Code Sequence."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "SRT", meaning
    if modifiers:
        item.ViewModifierCodeSequence = list(modifiers)
    return item


@pytest.mark.parametrize(
    ("items", "position", "view"),
    [
        ([code("R-10226", "medio-lateral oblique")], None, "MLO"),
        ([code("399162004", "cranio-caudal")], "", "CC"),
        ([code("R-10242", "cranio-caudal", code("R-102D6", "Magnification"))], "MLO", "CC M"),
        ([code("R-10202", "frontal")], "AP", "AP"),
        ([code("R-10202", "frontal")], None, "frontal"),
        ([], "LL", "LL"),
    ],
)
def test_the_view_comes_from_the_view_code(items: list[Dataset], position: str | None, view: str) -> None:
    values: dict[str, object] = {"ViewCodeSequence": items}
    if position is not None:
        values["ViewPosition"] = position
    data = made(np.zeros((40, 40), np.uint16), "DX", Modality="MG", ImageLaterality="L", **values)
    assert facts(read(data).header).view == view
    assert f"L {view}" in printed([data]).texts[0]
