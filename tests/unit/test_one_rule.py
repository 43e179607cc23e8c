"""Rules that once stood in several places: serials, harmless cells, names of media, faults of the message gateway."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kiosk.adapters.notifiers import FileNotifier, HttpNotifier, Messages
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.sheets.film import MEDIA, FilmSize
from kiosk.domain.sheets.media import custom_name, pwg_media
from kiosk.domain.sheets.serials import new_serial
from kiosk.domain.spreadsheets import harmless
from tests.architecture.tree import ROOT, modules


def test_a_serial_can_be_read_out_and_does_not_come_twice() -> None:
    serials = {new_serial() for _ in range(500)}
    assert len(serials) == 500
    assert all(re.fullmatch(r"(?:[2-9A-HJKMNP-TV-Z]{4}-){2}[2-9A-HJKMNP-TV-Z]{4}", serial) for serial in serials)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_no_cell_is_taken_for_a_formula(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a=b", "1-2", "张三", "'=1"])
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert harmless(text) == text


@pytest.mark.parametrize("size", MEDIA.values(), ids=MEDIA.keys())
def test_a_film_size_is_what_its_printer_name_says(size: FilmSize) -> None:
    media = pwg_media(size.pwg)
    assert (media.width, media.height) == size.hundredths


def test_a_size_without_a_registered_name_gets_one_that_can_be_read_back() -> None:
    media = pwg_media(custom_name("14inx17in-landscape", 431.8, 355.6))
    assert (media.width, media.height) == (43180, 35560)


def test_each_rule_stands_in_one_place() -> None:
    """A second copy would be corrected only once."""
    signs = {
        r'f"custom_': "kiosk/domain/sheets/media.py",
        r'"=", "\+", "-", "@"': "kiosk/domain/spreadsheets.py",
        r"\"23456789ABCDEFGHJKMNPQRSTVWXYZ\"": "kiosk/domain/sheets/serials.py",
    }
    for sign, place in signs.items():
        assert [module.path for module in modules() if re.search(sign, module.text)] == [place]


def test_a_message_that_cannot_be_sent_is_no_fault_of_the_archive(tmp_path: Path) -> None:
    nowhere = FileNotifier(tmp_path / "none" / "messages", Messages("{code}", "ready"))
    # port 9: discard, and nobody discards here
    nobody = HttpNotifier("http://127.0.0.1:9/", "", Messages("{code}", "ready"))
    for notifier in (nowhere, nobody):
        with pytest.raises(KioskError) as caught:
            notifier.send_code("13812345678", "123456")
        assert caught.value.code is FaultCode.MESSAGE_NOT_SENT
        assert "138" not in caught.value.detail and "123456" not in caught.value.detail


def test_the_list_of_faults_names_the_test_that_guards_it() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)`", (ROOT / "kiosk/domain/faults.py").read_text(encoding="utf-8"))
    assert named and all((ROOT / name).is_file() for name in named)
