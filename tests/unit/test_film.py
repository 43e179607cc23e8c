"""Films from objects in memory: what is on the sheets, and that every image is counted once."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace
from io import BytesIO

import cv2
import numpy as np
import pypdfium2 as pdfium
import pytest
import zxingcpp
from pydicom.encaps import encapsulate

from kiosk.domain.sheets.film import MEDIA, parse_grid
from kiosk.imaging.dicom.reading import read
from kiosk.imaging.film import raster
from kiosk.imaging.film.sheet import SheetMaker
from kiosk.imaging.film.spec import FilmSpec, SheetContent
from kiosk.imaging.film.testpage import write_test_page
from kiosk.imaging.film.texts import film_texts
from kiosk.imaging.pdf import fonts
from kiosk.imaging.pdf.writer import PdfWriter
from kiosk.imaging.pixels.picture import load_frame, to_picture
from tests.corpus import packaged
from tests.films import CHINESE_NAME, UID, Printed, ct, dr, key_object, presentation, printed
from tests.making import SYNTAXES, compressed, encoded, image, made, phantom, written


def _counted(film: Printed) -> int:
    return film.outcome.placed + film.outcome.left_out + len(film.outcome.skipped)


def test_a_series_is_printed_with_all_it_needs() -> None:
    film = printed([ct(number, PatientAge="034Y", AccessionNumber="A7") for number in (1, 2, 3)])
    text = film.texts[0]
    assert film.outcome.sheets == 1
    for wanted in ("Phantom Test", "34 y", "ID T-1", "Acc A7", "Sheet 1 of 1", "Se 1 Im 2", "Pos 10.0 mm", "T 5 mm",
                   "W 400 C 40", "Zoom"):  # fmt: skip
        assert wanted in text


def test_a_window_that_the_file_does_not_give_is_called_auto() -> None:
    film = printed([ct(1, WindowCenter=None, WindowWidth=None)])
    assert "auto" in film.texts[0]
    assert "auto" not in printed([ct(1)]).texts[0]


@pytest.mark.parametrize(
    ("spacing", "sentence", "true_size"),
    [
        ({"PixelSpacing": [0.5, 0.5], "ImagerPixelSpacing": [0.6, 0.6]}, "life size, calibrated spacing", True),
        ({"ImagerPixelSpacing": [0.6, 0.6]}, "not life size: detector spacing only", False),
        ({}, "not life size: no calibrated spacing", False),
        ({"PixelSpacing": [1.9, 1.9], "PixelSpacingCalibrationType": "FIDUCIAL"}, "reduced to 69 %", False),
    ],
)
def test_the_claim_about_size_is_printed(spacing: dict[str, object], sentence: str, true_size: bool) -> None:
    film = printed([dr(**spacing)])
    assert sentence in film.texts[0]
    assert film.outcome.true_size is true_size
    assert ("100 mm" in film.texts[0]) is bool(spacing)


def test_life_size_measures_right_in_the_pdf() -> None:
    source = dr(1200, 1000, PixelSpacing=[0.15, 0.15], PixelSpacingCalibrationType="GEOMETRY")
    film = printed([source], FilmSpec(dpi=320))
    page = film.picture(dpi=508)
    column = page[:, page.shape[1] // 2 + 200]
    bright = np.flatnonzero(column > 128)
    longest = max(np.split(bright, np.flatnonzero(np.diff(bright) > 1) + 1), key=len)
    assert len(longest) / 20 == pytest.approx(1180 * 0.15, abs=0.1)
    row = page[page.shape[0] // 2 - 800]
    bright = np.flatnonzero(row > 128)
    longest = max(np.split(bright, np.flatnonzero(np.diff(bright) > 1) + 1), key=len)
    assert len(longest) / 20 == pytest.approx(980 * 0.15, abs=0.1)


def test_the_ruler_measures_100_mm_in_the_pdf() -> None:
    page = printed([dr(PixelSpacing=[0.5, 0.5], PixelSpacingCalibrationType="GEOMETRY")]).picture(dpi=508)
    foot = page[-320:-100, :3000]
    lengths = [int(lit.max() - lit.min()) + 1 for line in foot if len(lit := np.flatnonzero(line > 128)) > 1900]
    assert lengths
    assert max(lengths) / 20 == pytest.approx(100.0, abs=0.1)


def test_names_in_chinese_with_rare_characters_are_printed_and_found() -> None:
    film = printed([dr(PatientName=CHINESE_NAME, SpecificCharacterSet="ISO_IR 192")])
    assert "欧阳䶮锋" in film.texts[0]
    assert not film.outcome.missing


def test_the_name_is_shown_as_policy_masks_it() -> None:
    spec = FilmSpec(dpi=60, show_name=lambda name: name[0] + "*" + name[-1])
    text = printed([dr(PatientName=CHINESE_NAME, SpecificCharacterSet="ISO_IR 192")], spec).texts[0]
    assert "欧*锋" in text
    assert "欧阳" not in text


def test_chinese_words_on_request() -> None:
    text = printed([dr(ImagerPixelSpacing=[0.6, 0.6])], FilmSpec(dpi=60, language="zh", serial="K-9")).texts[0]
    assert "非实际大小：仅有探测器间距" in text
    assert "第 1 张，共 1 张" in text
    assert "序列号 K-9" in text


def test_every_image_is_counted_once() -> None:
    broken = encoded(phantom("OT", 64), "OT", "jpeg2000", SOPInstanceUID="1.9", StudyInstanceUID="1.8")
    broken = broken[:-400] + bytes(400)
    sources = [ct(1), ct(2), b"no DICOM", key_object([]), dr(), broken]
    film = printed(sources)
    assert _counted(film) == len(sources)
    assert film.outcome.placed >= 3


def test_frames_count_as_images() -> None:
    frames = np.stack([phantom("OT", 32, seed=seed) for seed in range(5)])
    film = printed([made(frames, "OT")])
    assert (film.outcome.placed, film.outcome.sheets) == (5, 1)
    assert "Fr 3/5" in film.texts[0]


def test_an_image_that_fails_late_leaves_a_note_in_its_place() -> None:
    good = [ct(number) for number in range(1, 6)]
    dead = encoded(phantom("CT", 64), "CT", "jpeg2000", SOPInstanceUID=f"{UID}.1.9", InstanceNumber=9,
                   StudyInstanceUID=f"{UID}.2", SeriesInstanceUID=f"{UID}.1", SeriesNumber=1)  # fmt: skip
    at = dead.rindex(b"\xff\x4f\xff\x51")
    dead = dead[:at] + bytes(len(dead) - at)
    film = printed([*good, dead])
    assert (film.outcome.placed, len(film.outcome.skipped)) == (5, 1)
    assert "cannot be shown" in film.texts[0]


def test_no_sheet_is_printed_on_which_nothing_is_shown() -> None:
    dead = encoded(phantom("CT", 64), "CT", "jpeg2000")
    dead = dead[:dead.rindex(b"\xff\x4f\xff\x51")] + bytes(64)
    film = printed([dead])
    assert (film.outcome.sheets, len(film.outcome.skipped)) == (0, 1)


def test_a_presentation_state_rules_its_image() -> None:
    sources = [ct(1), ct(2), presentation(f"{UID}.1.2", rotation=90, text="lesion")]
    film = printed(sources, FilmSpec(dpi=60, grid=parse_grid("1x1")))
    plain, presented = film.texts
    assert "W 400" in plain
    assert "lesion" in presented
    assert "lesion" not in plain
    assert "W 400" not in presented
    assert _counted(film) == 3


def test_the_letters_of_a_turned_image_turn_too() -> None:
    film = printed([ct(1), presentation(f"{UID}.1.1", rotation=90)], FilmSpec(dpi=60))
    page = pdfium.PdfDocument(film.data)[0].get_textpage()
    places = {}
    for index in range(page.count_chars()):
        char = page.get_text_range(index, 1)
        if char in "RLAP":
            places[char] = page.get_charbox(index)
    assert places["R"][1] > places["L"][1]
    assert places["P"][0] < places["A"][0]


def test_colour_is_kept_where_there_is_colour() -> None:
    red = np.zeros((20, 20, 3), np.uint8)
    red[..., 0] = 220
    film = printed([made(red, "US")])
    bitmap = pdfium.PdfDocument(film.data)[0].render(scale=1)
    middle = bitmap.to_numpy()[bitmap.height // 2, bitmap.width // 3]
    assert tuple(int(value) for value in middle[:3]) == (0, 0, 220)
    grey = printed([ct(1)])
    assert b"/DeviceGray" in grey.data
    assert b"/DeviceRGB" not in grey.data


def test_both_codes_can_be_read_from_the_sheet() -> None:
    seen: list[SheetContent] = []

    def signed(content: SheetContent) -> str:
        seen.append(content)
        return f"V1 {content.digest}"

    link = "https://film.example/l#0123456789abcdefghijABCDEFGHIJ0123456789abc"
    film = printed([ct(1), ct(2)], FilmSpec(dpi=60, verify=signed, cloud=link, serial="K1-17"))
    found = {symbol.text for symbol in zxingcpp.read_barcodes(film.picture(dpi=200))}
    assert found == {link, f"V1 {seen[0].digest}"}
    assert seen[0].images == ((f"{UID}.1.1", 1), (f"{UID}.1.2", 1))
    assert replace(seen[0], serial="K1-18").digest != seen[0].digest


def test_a_presentation_state_may_ask_for_life_size() -> None:
    film = printed([ct(1), ct(2), presentation(f"{UID}.1.2", true_size=True)])
    assert film.outcome.true_size and "life size, calibrated spacing" in film.texts[0]
    assert "100 mm" in film.texts[0] and "Zoom 1.00" in film.texts[0]
    assert not printed([ct(1), ct(2), presentation(f"{UID}.1.2")]).outcome.true_size


def test_colour_images_without_colour_make_a_grey_sheet() -> None:
    grey = np.repeat(phantom("CT", 48).clip(0, 255).astype(np.uint8)[..., None], 3, axis=2)
    tinted = grey.copy()
    tinted[30, 30] = (200, 40, 40)
    one, other = printed([made(grey, "US")]), printed([made(grey, "US"), made(tinted, "US", SOPInstanceUID="1.2.3")])
    assert b"/DeviceGray" in one.data and b"/DeviceRGB" not in one.data
    assert b"/DeviceRGB" in other.data and one.outcome.placed == 1


def test_reasons_are_said_in_the_language_of_the_sheet() -> None:
    said = film_texts("zh").reason
    assert said("the stream has 10 x 20 pixels, the header says 30 x 40") == "压缩数据为 10 x 20 像素，文件头为 30 x 40"
    assert said("something nobody translated, 7") == "something nobody translated, 7"
    cut = ct(1)[:-2000]
    assert "像素数据不完整" in printed([cut], FilmSpec(dpi=60, language="zh")).texts[0]


def test_memory_does_not_follow_the_number_of_images() -> None:
    import tracemalloc

    def peak(count: int) -> int:
        tracemalloc.start()
        printed([ct(number, size=32) for number in range(1, count + 1)], FilmSpec(dpi=100, grid=parse_grid("2x3")))
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    small = peak(8)
    assert peak(48) < 2 * small


@pytest.mark.parametrize("path", packaged(), ids=lambda path: path.name)
def test_each_packaged_file_is_placed_or_told(path: object) -> None:
    film = printed([path], FilmSpec(dpi=50))  # type: ignore[list-item]
    outcome = film.outcome
    assert outcome.placed + outcome.left_out + len(outcome.skipped) >= 1
    assert (outcome.sheets > 0) is (outcome.placed > 0)
    assert all(item.reason for item in outcome.skipped)


def _makers(spec: FilmSpec) -> list[SheetMaker]:
    makers: list[SheetMaker] = []
    printed([ct(1), ct(2)], spec, on_maker=makers.append)
    return makers


def test_png_holds_the_sheets_pixels_with_the_text_on_them() -> None:
    maker = _makers(FilmSpec(dpi=60))[0]
    bare = np.concatenate(list(maker.blocks()))
    stream = BytesIO()
    raster.write_png(stream, maker)
    found = cv2.imdecode(np.frombuffer(stream.getvalue(), np.uint8), cv2.IMREAD_UNCHANGED)
    assert found.shape == bare.shape
    same = found == bare
    assert 0.9 < same.mean() < 1.0
    assert np.array_equal(found, np.concatenate(list(raster.page_bands(maker))))


def _unpacked(data: bytes, width: int, height: int) -> np.ndarray:
    """A reader of the raster's run-length code, written from the standard."""
    rows: list[bytes] = []
    at = 0
    while len(rows) < height:
        repeat, at = data[at] + 1, at + 1
        row = bytearray()
        while len(row) < width:
            code, at = data[at], at + 1
            if code < 128:
                row += data[at:at + 1] * (code + 1)
                at += 1
            else:
                row += data[at:at + 257 - code]
                at += 257 - code
        rows += [bytes(row)] * repeat
    assert at == len(data)
    return np.frombuffer(b"".join(rows), np.uint8).reshape(height, width)


def test_pwg_raster_holds_the_same_picture() -> None:
    maker = _makers(FilmSpec(dpi=60))[0]
    stream = BytesIO()
    raster.write_pwg_page(stream, maker, 1)
    data = stream.getvalue()
    width, height = struct.unpack_from(">II", data, 372)
    assert data[:9] == b"PwgRaster"
    assert struct.unpack_from(">I", data, 400)[0] == 18
    assert data[1732:].startswith(b"oe_14x17_14x17in\0")
    assert np.array_equal(_unpacked(data[1796:], width, height), np.concatenate(list(raster.page_bands(maker))))


def test_a_printers_curve_corrects_the_greys_and_nothing_else() -> None:
    inverse = np.arange(255, -1, -1, dtype=np.uint8)
    plain, turned = (_makers(FilmSpec(dpi=60, correction=curve))[0] for curve in (None, inverse))
    first, second = (np.concatenate(list(maker.blocks())) for maker in (plain, turned))
    changed = first != second
    assert np.array_equal(second[changed], 255 - first[changed])
    assert changed.any()


def test_the_test_page_has_32_even_steps_and_two_true_rulers() -> None:
    book, stream = fonts.discover(), BytesIO()
    pdf = PdfWriter(stream, book)
    write_test_page(pdf, MEDIA["8INX10IN"], 254)
    pdf.close()
    data = stream.getvalue()
    start = data.index(b"stream\n", data.index(b"/Subtype/Image")) + 7
    pixels = np.frombuffer(zlib.decompressobj().decompress(data[start:]), np.uint8).reshape(2540, 2032)
    steps = set(np.unique(pixels))
    assert len(steps) == 32
    assert {0, 255} <= steps
    bitmap = pdfium.PdfDocument(data)[0].render(scale=254 / 72, grayscale=True)
    page = np.asarray(bitmap.to_numpy()).reshape(bitmap.height, bitmap.width)
    lower = page[int(page.shape[0] * 0.47):-60, 60:-60]
    assert _longest(lower) == pytest.approx(1000, abs=1)
    assert _longest(lower.T) == pytest.approx(1000, abs=1)


def _longest(page: np.ndarray) -> int:
    """Longest unbroken bright line along the rows."""
    best = 0
    for row in page:
        edges = np.flatnonzero(np.diff(np.concatenate(([0], (row > 100).astype(np.int8), [0]))))
        if len(edges):
            best = max(best, int((edges[1::2] - edges[::2]).max()))
    return best


CUT = {"explicit": 1, "rle": 1, "lossless": 1, "jpegls": 1, "htj2k": 1, "jpeg2000": 0}


@pytest.mark.parametrize(("syntax", "shown"), CUT.items(), ids=str)
@pytest.mark.parametrize("rewrapped", [False, True], ids=["file", "frame"])
def test_an_image_that_is_cut_off_is_printed_and_listed_as_such(syntax: str, shown: int, rewrapped: bool) -> None:
    """Cut in the file, or cut before somebody wrapped it again, which leaves a file that is whole."""
    whole = encoded(phantom("CT", 256), "CT", syntax)
    assert not printed([whole]).outcome.warnings
    cut = whole[: len(whole) * 6 // 10]
    if rewrapped and syntax != "explicit":
        dataset = image(phantom("CT", 256), "CT")
        frame = compressed(phantom("CT", 256), syntax)
        dataset.PixelData = encapsulate([frame[: len(frame) * 6 // 10]])
        dataset["PixelData"].VR = "OB"
        cut = written(dataset, SYNTAXES[syntax])
    film = printed([cut, ct(7)])
    outcome = film.outcome
    assert (outcome.placed, len(outcome.warnings), len(outcome.skipped)) == (1 + shown, shown, 1 - shown)
    said = " ".join((*(item.reason for item in outcome.warnings), *(item.reason for item in outcome.skipped)))
    assert "truncated" in said or "damaged" in said
    if shown:
        assert outcome.warnings[0].reason in " ".join(" ".join(film.texts).split())
        assert any("1 shown with a fault" in text for text in film.texts)


@pytest.mark.parametrize("syntax", ["explicit", "rle", "jpegls"])
@pytest.mark.parametrize("bright", [False, True], ids=["MONOCHROME2", "MONOCHROME1"])
def test_what_is_missing_is_as_dark_as_the_darkest_there(syntax: str, bright: bool) -> None:
    values = {"PhotometricInterpretation": "MONOCHROME1"} if bright else {}
    whole = encoded(phantom("CT", 128) + 3000, "CT", syntax, WindowCenter=3000, WindowWidth=2000, **values)
    picture = to_picture(load_frame(read(whole[: len(whole) * 6 // 10])))
    assert picture[-4:].max() <= picture[:60].min()
    assert picture[20:50].max() > 100
