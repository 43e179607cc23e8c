"""Cases 69 and 70: names in every character set, undeclared ones, hostile ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.imaging.dicom.attributes import PATIENT_NAME
from kiosk.imaging.dicom.charset import NAME_LENGTH, decode, person_name, safe
from kiosk.imaging.dicom.elements import Budget, Encoding, Header, read_header
from kiosk.imaging.dicom.limits import Limits
from kiosk.imaging.dicom.reading import open_object, store_of
from tests.corpus import charset_files, name, shared

# Declared character set, bytes, (alphabetic, ideographic, phonetic): the examples of PS3.5 annexes H, I, J, K.
STANDARD = [
    ("", b"Adams^John Robert Quincy^^Rev.^B.A. M.Div.", ("Adams^John Robert Quincy^^Rev.^B.A. M.Div.", "", "")),
    ("ISO_IR 100", b"Buc^J\xe9r\xf4me", ("Buc^Jérôme", "", "")),
    ("ISO_IR 100", b"\xc4neas^R\xfcdiger", ("Äneas^Rüdiger", "", "")),
    ("ISO_IR 144", b"\xbb\xee\xdace\xdc\xd1y\xe0\xd3", ("Люкceмбyрг", "", "")),
    ("ISO_IR 126", b"\xc4\xe9\xef\xed\xf5\xf3\xe9\xef\xf2", ("Διονυσιος", "", "")),
    ("ISO_IR 127", b"\xe2\xc8\xc7\xe6\xea^\xe4\xe6\xd2\xc7\xd1", ("قباني^لنزار", "", "")),
    ("ISO_IR 138", b"\xf9\xf8\xe5\xef^\xe3\xe1\xe5\xf8\xe4", ("שרון^דבורה", "", "")),
    ("ISO_IR 166", b"\xca\xc1\xaa\xd2\xc2", ("สมชาย", "", "")),
    ("\\ISO 2022 IR 87", b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B",
     ("Yamada^Tarou", "山田^太郎", "やまだ^たろう")),
    ("ISO 2022 IR 13\\ISO 2022 IR 87", b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J="
     b"\x1b$B$d$^$@\x1b(J^\x1b$B$?$m$&\x1b(J",
     ("ﾔﾏﾀﾞ^ﾀﾛｳ", "山田^太郎", "やまだ^たろう")),
    ("\\ISO 2022 IR 149", b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7="
     b"\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf",
     ("Hong^Gildong", "洪^吉洞", "홍^길동")),
    ("\\ISO 2022 IR 58", b"Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab=", ("Zhang^XiaoDong", "张^小东", "")),
    ("ISO_IR 192", "Wang^XiaoDong=王^小東=".encode(), ("Wang^XiaoDong", "王^小東", "")),
    ("ISO_IR 192", "Wu^Ji=吴^𠮷=".encode(), ("Wu^Ji", "吴^𠮷", "")),
    ("GB18030", "Wang^XiaoDong=王^小东=".encode("gb18030"), ("Wang^XiaoDong", "王^小东", "")),
    ("GB18030", "Zhao=赵^𠮷㐂=".encode("gb18030"), ("Zhao", "赵^𠮷㐂", "")),
    ("GBK", "Zhang^Rong=张^镕=".encode("gbk"), ("Zhang^Rong", "张^镕", "")),
]  # fmt: skip

WANTED = {
    "gen_gbk.dcm": "张镕",
    "gen_undeclared_gbk.dcm": "王小东",
    "gen_utf8_4byte.dcm": "吴𠮷",
    "gen_gb2312_iso2022.dcm": "张三",
    "gen_gb18030_rare.dcm": "王小东",
    "chrX1.dcm": "王小東",
    "chrX2.dcm": "王小东",
    "chrH31.dcm": "山田太郎",
    "chrH32.dcm": "山田太郎",
    "chrI2.dcm": "洪吉洞",
    "chrHbrw.dcm": "שרון דבורה",
}


def named(value: bytes, charset: str = "") -> Header:
    """A data set with a patient's name."""
    data = b""
    for tag, vr, content in (((8, 5), b"CS", charset.encode()), ((0x10, 0x10), b"PN", value)):
        content += b" " * (len(content) % 2)
        data += b"".join(number.to_bytes(2, "little") for number in tag)
        data += vr + len(content).to_bytes(2, "little") + content
    return read_header(data, 0, len(data), Encoding(), Budget(Limits()))[0]


@pytest.mark.parametrize(("charset", "value", "wanted"), STANDARD)
def test_case_69_names_in_every_character_set(charset: str, value: bytes, wanted: tuple[str, str, str]) -> None:
    found = person_name(named(value, charset))
    assert (found.alphabetic, found.ideographic, found.phonetic) == wanted


@pytest.mark.parametrize("charset", ["", "ISO_IR 6", "ISO_IR 192", "ISO_IR 9999", "nonsense"])
@pytest.mark.parametrize("text", ["王^小东", "张^镕", "欧阳^娜娜"])
def test_case_69_undeclared_gbk(charset: str, text: str) -> None:
    assert person_name(named(text.encode("gbk"), charset)).alphabetic == text


def test_case_69_undeclared_utf8() -> None:
    assert person_name(named("王^小东".encode())).alphabetic == "王^小东"


def test_case_69_bytes_of_no_known_set_are_still_shown() -> None:
    assert decode(b"\xff\xfe\x81 A", (), ()) == "ÿþ\x81 A"
    assert person_name(named(b"\xff\xffA")).text.endswith("A")


@pytest.mark.parametrize(("value", "text", "family", "given"), [
    ("Wang^XiaoDong=王^小东", "王小东", "王", "小东"),
    ("Hong^Gildong=洪^吉洞=홍^길동", "洪吉洞", "洪", "吉洞"),
    ("Doe^Jane^M^Dr.", "Dr. Doe Jane M", "Doe", "Jane M"),
    ("阿依古丽·买买提^", "阿依古丽·买买提", "阿依古丽·买买提", ""),
    ("^^^^", "", "", ""),
    ("", "", "", ""),
])  # fmt: skip
def test_name_as_people_write_it(value: str, text: str, family: str, given: str) -> None:
    found = person_name(named(value.encode(), "ISO_IR 192"))
    assert (found.text, found.family, found.given) == (text, family, given)


@pytest.mark.parametrize("value", [
    "<script>alert(1)</script>^x", "a\r\nInjected: yes^b", "nul\0nul^b", "A" * 70_000, "^", "\u202egnp.exe^\u2066x",
    "\x1b[31mred^x", "%s%n^{0}", "\ufeffbom^x", "=".join("abc^" * 1000 for _ in range(5)),
])  # fmt: skip
def test_case_70_hostile_names_are_literal_bounded_and_without_controls(value: str) -> None:
    found = person_name(named(value.encode()[:65_000], "ISO_IR 192"))
    for group in (found.alphabetic, found.ideographic, found.phonetic, found.text):
        assert len(group) <= NAME_LENGTH + 8
        assert group.isprintable()
        assert not any(char in group for char in "\u202e\u2066\u2067\u2068\ufeff\u200b")
    if "script" in value:
        assert found.family == "<script>alert(1)</script>"


def test_cut_never_splits_a_grapheme() -> None:
    assert safe("abe\u0301", 3) == "ab"
    assert safe("abe\u0301", 4) == "abe\u0301"


@pytest.mark.parametrize("path", [*charset_files(), *shared("charset/*.dcm")], ids=name)
def test_case_69_names_in_files(path: Path) -> None:
    header = open_object(store_of(path, Limits()), Limits())[0]
    found = person_name(header)
    assert "\ufffd" not in found.text
    assert found.text == WANTED.get(path.name, found.text)
    assert found.text or PATIENT_NAME not in header
