"""Smaller things a reader of films needs: contrast, ages, captions, doubles, windows, scouts, palettes."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from pydicom.dataset import Dataset

from kiosk.domain.sheets.film import parse_grid
from kiosk.imaging.dicom.contrast import Contrast
from kiosk.imaging.dicom.limits import Limits
from kiosk.imaging.dicom.reading import read
from kiosk.imaging.film.annotation import age_text
from kiosk.imaging.film.gather import Shelf, gather
from kiosk.imaging.film.protocols import load_protocols, protocol_named
from kiosk.imaging.film.spec import FilmSpec
from kiosk.imaging.film.texts import film_texts
from kiosk.imaging.pixels.picture import load_frame, to_picture
from tests.films import UID, ct, dr, key_object, printed
from tests.making import image, made, phantom, written


def slices(count: int, series: dict[str, object], start: int, lost: int = 0) -> list[bytes]:
    """One pass over the stack, falling, without slice `lost`."""
    return [made(phantom("MR", 32), "MR", InstanceNumber=start + n, SOPInstanceUID=f"{UID}.3.{start + n}",
                 SeriesInstanceUID=f"{UID}.3", ImagePositionPatient=[0, 0, -5.0 * n],
                 ImageOrientationPatient=[1, 0, 0, 0, 1, 0], SliceThickness=5, **series)
            for n in range(1, count + 1) if n != lost]  # fmt: skip


def order_of(sources: list[bytes]) -> list[int | None]:
    """Instance numbers as printed on one sheet."""
    from kiosk.imaging.film.plan import plan

    found = gather(Shelf(sources, Limits()), range(len(sources)))
    made_plan = plan(found.pictures, FilmSpec(grid=parse_grid("8x8")))
    return [item.picture.facts.instance_number for item in made_plan.sheets[0].placements]


B = [{"DiffusionBValue": float(b)} for b in (0, 1000)]
ECHOES = [{"EchoNumbers": n, "EchoTime": 20.0 * n} for n in (1, 2)]
PHASES = [{"TemporalPositionIdentifier": n} for n in (1, 2)]


@pytest.mark.parametrize("keys", [B, ECHOES, PHASES, [{}, {}]], ids=["b", "echo", "time", "unsaid"])
def test_one_lost_image_does_not_turn_the_order(keys: list[dict[str, object]]) -> None:
    whole = slices(6, keys[0], 0) + slices(6, keys[1], 10)
    assert order_of(whole[::-1]) == [*range(1, 7), *range(11, 17)]
    for first, second in ((3, 0), (0, 4), (0, 1)):
        lost = slices(6, keys[0], 0, first) + slices(6, keys[1], 10, second)
        wanted = [n for n in range(1, 7) if n != first] + [10 + n for n in range(1, 7) if n != second]
        assert order_of(lost) == wanted


def test_b_value_and_echo_are_printed() -> None:
    assert "b 1000" in printed(slices(2, B[1], 0)).texts[0]
    assert "echo 2 TE 40" in printed(slices(2, ECHOES[1], 0)).texts[0]


@pytest.mark.parametrize(("creator", "tag", "vr", "value", "b"), [
    ((0x00190010, "SIEMENS MR HEADER"), 0x0019100C, "IS", 800, 800.0),
    ((0x00430010, "GEMS_PARM_01"), 0x00431039, "IS", [1_000_000_700, 8, 0, 0], 700.0),
    ((0x00190010, "SOMEBODY ELSE"), 0x0019100C, "IS", 800, -1.0),
])  # fmt: skip
def test_private_b_values_are_believed_to_their_maker_only(
    creator: tuple[int, str], tag: int, vr: str, value: object, b: float
) -> None:
    dataset = image(phantom("MR", 16), "MR")
    dataset.add_new(creator[0], "LO", creator[1])
    dataset.add_new(tag, vr, value)
    assert read(written(dataset)).contrast() == Contrast(b_value=b)


@pytest.mark.parametrize(("born", "age", "shown"), [
    ("20260220", "", "9 d"), ("20250917", "", "5 mo 12 d"), ("20250917", "005M", "5 mo 12 d"), ("20260201", "", "1 mo"),
    ("20241115", "001Y", "1 y 3 mo"), ("20250131", "", "1 y 1 mo"), ("19600102", "", "66 y"), ("", "005M", "5 mo"),
    ("20250101", "034Y", "34 y"), ("", "000Y", ""),
])  # fmt: skip
def test_ages_of_infants(born: str, age: str, shown: str) -> None:
    facts = replace(read(ct(1)).facts, birth_date=born, age=age, study_date="20260301")
    assert age_text(facts, film_texts("en")) == shown


def test_own_lines_stay_off_what_is_burnt_in() -> None:
    bright = np.full((60, 80, 3), 255, np.uint8)
    film = printed([made(bright, "US", SeriesNumber=3, SOPInstanceUID="1.2.9")], FilmSpec(dpi=60))
    page = film.picture(dpi=100)
    rows, columns = np.nonzero(cv2.erode((page > 250).astype(np.uint8), np.ones((30, 30))))
    inside = page[rows.min():rows.max(), columns.min():columns.max()]
    assert inside.size > 10_000 and inside.min() > 250
    assert "Se 3 Im 1" in film.texts[0]


def test_the_same_instance_is_printed_once_and_others_of_its_number_are_kept() -> None:
    film = printed([ct(1), ct(2), ct(1)])
    assert (film.outcome.placed, [item.reason for item in film.outcome.skipped]) == (
        2, ["the same image was given before"])  # fmt: skip
    assert printed([ct(1), ct(2, SOPInstanceUID=f"{UID}.1.1")]).outcome.placed == 2


@pytest.mark.parametrize(("value", "grey"), [(0, 0), (4095, 255)])
def test_a_plain_image_is_as_bright_as_its_value(value: int, grey: int) -> None:
    data = made(np.full((8, 8), value, np.uint16), "MR", WindowCenter=None, WindowWidth=None)
    frame = load_frame(read(data))
    assert (to_picture(frame) == grey).all()
    assert "all pixels have the same value" in frame.warnings


def test_a_protocol_may_take_the_second_window() -> None:
    source = ct(1, WindowCenter=[40, -600], WindowWidth=[400, 1500])
    lung = replace(protocol_named(load_protocols(), "ct"), window=2)
    assert "W 400 C 40" in printed([source]).texts[0]
    assert "W 1500 C -600" in printed([source], FilmSpec(dpi=60, protocol=lung)).texts[0]
    assert "W 400 C 40" in printed([ct(1)], FilmSpec(dpi=60, protocol=lung)).texts[0]


def test_one_scout_does_not_fill_a_sheet() -> None:
    scout = ct(1, series=9, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    assert printed([scout, *(ct(n) for n in range(1, 5))]).outcome.sheets == 1
    alone = printed([scout]).picture(dpi=30)
    assert (alone > 20).any(axis=0).sum() > 0
    found = gather(Shelf([scout], Limits()), range(1))
    from kiosk.imaging.film.plan import plan

    placed = plan(found.pictures, FilmSpec()).sheets[0].placements[0]
    assert placed.box.width < 180


def test_zoom_and_percent_agree() -> None:
    for spacing in (1.9, 1.7555, 1.7601, 1.8):
        text = printed([dr(PixelSpacing=[spacing, spacing], PixelSpacingCalibrationType="FIDUCIAL")]).texts[0]
        percent = int(text.split("reduced to ")[1].split(" %")[0])
        assert f"Zoom {percent / 100:.2f}" in text


@pytest.mark.parametrize("bits", [8, 16])
def test_indirect_palette_segments_are_copied(bits: int) -> None:
    size = bits // 8
    top = 255 if bits == 8 else 65_535
    offset = [0, 0, 0, 0] if bits == 8 else [0, 0]
    entries = [0, 2, 0, top, 1, 3, 0, 2, 2, *offset]
    dataset = image(np.arange(10, dtype=np.uint8).reshape(2, 5), PhotometricInterpretation="PALETTE COLOR")
    data = np.array(entries, f"<u{size}").tobytes()
    for number in (1, 2, 3):
        dataset.add_new(0x00281100 + number, "US", [10, 0, bits])
        dataset.add_new(0x00281220 + number, "OW", data + b"\0" * (len(data) % 2))
    red = to_picture(load_frame(read(written(dataset))))[..., 0].reshape(-1).tolist()
    assert red[:5] == red[5:] and red[:2] == [0, 255] and red[4] == 0


def test_meta_information_with_implicit_representations() -> None:
    plain = ct(1)
    start = plain.index(b"\x02\x00\x00\x00UL")
    uid = b"1.2.840.10008.1.2.1\0"
    meta = b"\x02\x00\x10\x00" + len(uid).to_bytes(4, "little") + uid
    body = plain[plain.index(b"\x08\x00\x16\x00UI"):]
    odd = plain[:start] + meta + body
    assert np.array_equal(to_picture(load_frame(read(odd))), to_picture(load_frame(read(plain))))
    from kiosk.adapters.archive.dicom_file import identifiers

    assert identifiers(odd) == identifiers(plain)


def test_key_objects_without_evidence_select_by_their_content() -> None:
    import io

    import pydicom

    dataset = pydicom.dcmread(io.BytesIO(key_object([f"{UID}.1.4"])))
    series = dataset.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[0]
    item, inner = Dataset(), Dataset()
    inner.ValueType, inner.ReferencedSOPSequence = "IMAGE", series.ReferencedSOPSequence
    item.ValueType, item.ContentSequence = "CONTAINER", [inner]
    dataset.ContentSequence = [item]
    del dataset.CurrentRequestedProcedureEvidenceSequence
    sources = [*(ct(n) for n in range(1, 6)), written(dataset)]
    found = gather(Shelf(sources, Limits()), range(len(sources)))
    assert found.companions.selected == {f"{UID}.1.4"}
