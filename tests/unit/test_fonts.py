"""Fonts: every character is drawn, measured, embedded and found again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from fontTools.cffLib import CFFFontSet
from fontTools.pens.recordingPen import DecomposingRecordingPen, RecordingPen
from fontTools.ttLib import TTFont

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.imaging.paper import reportfonts
from kiosk.imaging.pdf import fonts
from kiosk.imaging.pdf.fontfile import FontFile
from kiosk.imaging.pdf.fontsubset import subset

TEXT = "张三丰 欧阳·䶮 𬱟𠮷 한국 山田あ Äé Ωж W40 ()\\"


def _book() -> fonts.FontBook:
    return fonts.discover()


def _truetype() -> FontFile:
    return next(face for face in _book().faces if face.cff is None)


@contextmanager
def _reference(face: FontFile) -> Iterator[TTFont]:
    with face.path.open("rb") as stream:
        yield TTFont(stream, fontNumber=face.number if face.path.suffix == ".ttc" else -1, lazy=True)


def _outlines(font: TTFont, glyph: str) -> list[tuple[str, tuple[object, ...]]]:
    glyphs = font.getGlyphSet()
    pen = DecomposingRecordingPen(glyphs)
    glyphs[glyph].draw(pen)
    return pen.value


def test_the_chinese_face_is_read_as_fonttools_reads_it() -> None:
    face = _book().faces[0]
    with _reference(face) as reference:
        cmap, metrics = reference.getBestCmap(), reference["hmtx"]
        for char in TEXT.replace(" ", ""):
            assert reference.getGlyphName(face.gid(ord(char))) == cmap[ord(char)]
            assert face.advance(face.gid(ord(char))) == metrics[cmap[ord(char)]][0]


def test_a_cff_subset_draws_the_same_outlines() -> None:
    face = _book().faces[0]
    gids = [0, *(face.gid(ord(char)) for char in "影像䶮A8한")]
    table = CFFFontSet()
    with _reference(face) as reference:
        table.decompile(BytesIO(subset(face, gids)), reference)
        made = table[0]
        for number, gid in enumerate(gids):
            pen = RecordingPen()
            made.CharStrings[made.charset[number]].draw(pen)
            assert pen.value == _outlines(reference, reference.getGlyphName(gid))


def test_a_truetype_subset_draws_the_same_outlines_composed_glyphs_included() -> None:
    face = _truetype()
    gids = [0, *(face.gid(ord(char)) for char in "אÄé")]
    made = TTFont(BytesIO(subset(face, gids)))
    made.setGlyphOrder([f"glyph{number:05d}" for number in range(made["maxp"].numGlyphs)])
    with _reference(face) as reference:
        for number, gid in enumerate(gids):
            assert _outlines(made, f"glyph{number:05d}") == _outlines(reference, reference.getGlyphName(gid))


def test_rare_characters_of_gb18030_level_3_are_there() -> None:
    assert _book().missing("䶮𬱟𠮷㐀") == frozenset()


def test_a_character_without_glyph_becomes_a_box_and_is_told() -> None:
    book = _book()
    encoder = fonts.TextEncoder(book)
    encoder.encode("A\U0010fffdB")
    assert encoder.missing == {"\U0010fffd"} == book.missing("A\U0010fffdB")
    assert book.glyph("\U0010fffd").gid != 0
    assert len(encoder.uses[0].codes) == 3


def test_case_70_control_and_bidi_characters_draw_nothing_harmful() -> None:
    assert fonts.printable("a\r\nb\x00c\u202ed\u200be") == "a  b cde"


def test_right_to_left_words_stand_in_visual_order() -> None:
    assert fonts.printable("ID שרון דבורה 1") == "ID 1 הרובד ןורש"


def test_runs_change_where_the_face_changes() -> None:
    runs = _book().runs("影像 א影")
    assert [text for _, text in runs] == ["影像 ", "א", "影"]


def test_widths_add_up() -> None:
    book = _book()
    assert book.width("影像", 10) == pytest.approx(20)
    assert book.width("A影", 4) == pytest.approx(book.width("A", 4) + 4)


def test_text_is_cut_to_its_room() -> None:
    book = _book()
    cut = book.fitted("影像" * 40, 3, 50)
    assert cut.endswith("…")
    assert book.width(cut, 3) <= 50
    assert book.fitted("影像", 3, 50) == "影像"


def test_a_missing_font_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_NOTO_FOLDERS", ("/nowhere",))
    with pytest.raises(KioskError, match="fonts-noto-cjk") as caught:
        fonts.discover()
    assert caught.value.code is FaultCode.FONT_MISSING


@pytest.mark.parametrize("content", [b"", b"OTTO", b"\0\1\0\0" + bytes(60), b"ttcf" + bytes(8)])
def test_a_file_that_is_no_font_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.ttf"
    path.write_bytes(content)
    with pytest.raises(KioskError) as caught:
        FontFile(path)
    assert caught.value.code is FaultCode.FONT_MISSING


def test_reportlab_writes_any_script_and_gives_it_back() -> None:
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfgen.canvas import Canvas
    from reportlab.platypus import Paragraph

    name = reportfonts.register(_book(), fonts.discover(bold=True), name="Test")
    stream = BytesIO()
    canvas = Canvas(stream, pagesize=(500, 300))
    reportfonts.draw(canvas, 10, 80, TEXT, 5, font=name)
    paragraph = Paragraph("所见：<b>双肺</b>纹理增多。", ParagraphStyle("body", fontName=name, fontSize=12))
    paragraph.wrap(400, 100)
    paragraph.drawOn(canvas, 20, 60)
    canvas.save()
    page = pdfium.PdfDocument(stream.getvalue())[0]
    found = page.get_textpage().get_text_range()
    assert TEXT in found
    assert "所见：双肺纹理增多。" in found


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("محمد", "ﺪﻤﺤﻣ"),
        ("ورقة 2 من 3", "3 ﻦﻣ 2 ﺔﻗﺭﻭ"),
        ("CT محمد 12", "CT 12 ﺪﻤﺤﻣ"),
        ("ئۇيغۇر", "ﺭﯘﻐﻳﯘﺋ"),
    ],
    ids=["a name", "figures keep their order", "in a Latin line", "Uyghur"],
)
def test_a8_arabic_letters_are_joined_and_run_from_right_to_left(text: str, drawn: str) -> None:
    assert fonts.printable(text) == drawn
    assert fonts.discover().missing(text) == frozenset()
