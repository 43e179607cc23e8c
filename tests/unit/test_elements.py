"""The parser of data sets: encodings, lies about lengths, bounds."""

from __future__ import annotations

import warnings

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.imaging.dicom import attributes as a
from kiosk.imaging.dicom.elements import Budget, Encoding, read_header
from kiosk.imaging.dicom.limits import Limits
from kiosk.imaging.dicom.reading import open_object, read, store_of
from tests.corpus import packaged
from tests.making import SYNTAXES, image, written

READABLE = [path for path in packaged() if path.name not in ("no_meta.dcm",)]


def nested(depth: int, defined: bool) -> bytes:
    """Sequences within sequences, in explicit little endian."""
    content = b""
    for _ in range(depth):
        item = b"\xfe\xff\x00\xe0" + (len(content).to_bytes(4, "little") if defined else b"\xff\xff\xff\xff") + content
        item += b"" if defined else b"\xfe\xff\x0d\xe0\0\0\0\0"
        length = len(item).to_bytes(4, "little") if defined else b"\xff\xff\xff\xff"
        content = b"\x08\x00\x15\x11SQ\0\0" + length + item + (b"" if defined else b"\xfe\xff\xdd\xe0\0\0\0\0")
    return content


@pytest.mark.parametrize("syntax", ["explicit", "implicit", "big", "deflated"])
def test_values_in_every_encoding(syntax: str) -> None:
    dataset = image(np.zeros((4, 6), np.uint8), "CT", WindowCenter=[40.5, -600], WindowWidth=[400, 1500])
    item = Dataset()
    item.ReferencedSOPInstanceUID = "1.2.3"
    dataset.ReferencedImageSequence = [item, item]
    dataset.PixelPaddingValue = 200
    header = read(written(dataset, SYNTAXES[syntax])).header
    assert header.numbers(a.WINDOW_CENTER) == (40.5, -600.0)
    assert (header.integer(a.ROWS), header.integer(a.COLUMNS)) == (4, 6)
    assert [part.string(a.REFERENCED_SOP_INSTANCE) for part in header.items(a.REFERENCED_IMAGES)] == ["1.2.3", "1.2.3"]
    assert header.number(a.PADDING_VALUE) == 200
    assert header.string(a.MODALITY) == "CT"


@pytest.mark.parametrize("path", READABLE, ids=lambda path: path.name)
def test_same_values_as_pydicom(path: object) -> None:
    header = open_object(store_of(path, Limits()), Limits())[0]  # type: ignore[arg-type]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom complains of what these files are here for
        theirs = pydicom.dcmread(path, force=True, stop_before_pixels=True)  # type: ignore[arg-type]
    for attribute, keyword in (
        (a.SOP_CLASS, "SOPClassUID"),
        (a.STUDY_UID, "StudyInstanceUID"),
        (a.MODALITY, "Modality"),
    ):
        assert header.string(attribute) == str(theirs.get(keyword) or "")
    for attribute, keyword in ((a.ROWS, "Rows"), (a.BITS_STORED, "BitsStored"), (a.SAMPLES, "SamplesPerPixel")):
        assert header.integer(attribute) == theirs.get(keyword)


@pytest.mark.parametrize("defined", [False, True])
def test_case_68_deep_nesting_is_refused(defined: bool) -> None:
    data = nested(60, defined)
    header, _ = read_header(data, 0, len(data), Encoding(), Budget(Limits()))
    for _ in range(59):
        header = header.items(a.Attribute(0x00081115, "SQ"))[0]
    for depth in (100, 1200, 3000):
        data = nested(depth, defined)
        with pytest.raises(KioskError) as caught:
            deep, _ = read_header(data, 0, len(data), Encoding(), Budget(Limits()))
            for _ in range(depth):
                deep = deep.items(a.Attribute(0x00081115, "SQ"))[0]
        assert caught.value.code == FaultCode.OBJECT_UNREADABLE


def test_number_of_elements_is_bounded() -> None:
    data = b"\x08\x00\x60\x00CS\x00\x00" * 2_000
    with pytest.raises(KioskError, match="elements"):
        read_header(data, 0, len(data), Encoding(), Budget(Limits(elements=1_000)))


def test_length_beyond_the_end_takes_what_is_there() -> None:
    data = b"\x08\x00\x60\x00CS\xff\x7fCT"
    header, walk = read_header(data, 0, len(data), Encoding(), Budget(Limits()))
    assert header.string(a.MODALITY) == "CT"
    assert walk.damaged


@pytest.mark.parametrize("value", [b"1.5x", b"", b"nan", b"inf", b"1\\x", b"--1", b"1e999"])
def test_malformed_numbers_are_absent(value: bytes) -> None:
    data = b"\x28\x00\x50\x10DS" + len(value).to_bytes(2, "little") + value
    header, _ = read_header(data, 0, len(data), Encoding(), Budget(Limits()))
    assert header.numbers(a.WINDOW_CENTER) == ()
    assert header.number(a.WINDOW_CENTER) is None


def test_unknown_value_representation_of_the_future_has_the_long_form() -> None:
    data = b"\x09\x00\x10\x00ZZ\0\0\x04\0\0\0abcd" + b"\x28\x00\x10\x00US\x02\0\x07\0"
    header, _ = read_header(data, 0, len(data), Encoding(), Budget(Limits()))
    assert header.integer(a.ROWS) == 7
