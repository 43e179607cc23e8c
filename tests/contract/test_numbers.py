"""Numbers as hospitals make them: with slashes, wildcards, spaces and Chinese in them, found exactly or said not to be.

Asked of a folder, of a real Orthanc (which does not decode percent-encoded queries, and knows Chinese only where its
DefaultEncoding is Utf8), and of an archive that decodes them as the standard says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import pytest

from kiosk.adapters.archive.dicom_records import ReportReading
from kiosk.adapters.archive.dicomweb import DicomWebArchive
from kiosk.adapters.archive.dicomweb_http import Credentials, Patience, Transport
from kiosk.adapters.archive.folder import FolderArchive
from kiosk.adapters.archive.limits import ByteLimits
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.person.codes import Alphabet, ClaimKind, CodeRules
from kiosk.ports.archive import Archive, Foreign, InstanceRef, StudyQuery
from tests.support import orthanc
from tests.support.faulty import LyingHandler, lying
from tests.support.studies import ct_image

READING = ReportReading(ZoneInfo("Asia/Shanghai"))
PLAIN = ["CT2026/118", "CT'(26);118", "CT@26:11,8!$"]
ENCODED = ["CT2026#118", "CT2026%118", "CT2026&118", "CT2026 118", "CT2026+118", "CT2026=118", 'CT26"<118>']
WILD = ["CT2026*118", "CT2026?118", "CT2026\\118"]
CHINESE = ["检2026118号", "CT-2026-急"]
# beside each there are numbers that a wildcard would find as well
NUMBERS = [*PLAIN, *ENCODED, *WILD, *CHINESE, "CT2026118", "CT2026-118", "CT2026xx118", "ct2026#118"]
EVERYTHING = Alphabet("/'();@:,!$#%&+=\"<>*?\\ ", chinese=True)


def objects() -> dict[str, bytes]:
    """One study for each number, as accession number and, with a letter before it, as patient number."""
    return {
        number: ct_image(
            f"1.2.{n}", f"1.2.{n}.1", f"1.2.{n}.1.1", 1,
            PatientID=f"P{number}", AccessionNumber=number, PatientName="王^秀英",
        )
        for n, number in enumerate(NUMBERS, start=1)
    }  # fmt: skip


class Held:
    """An archive under test, what it told, and whether it decodes."""

    def __init__(self, archive: Archive, told: list[Foreign], chinese: bool = True) -> None:
        self.archive, self.told, self.chinese = archive, told, chinese


@pytest.fixture(scope="module", params=["folder", "orthanc", "orthanc-utf8", "decoding"])
def held(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Held]:
    place, told = tmp_path_factory.mktemp("numbers"), list[Foreign]()
    if request.param == "folder":
        for n, data in enumerate(objects().values()):
            (place / str(n)).write_bytes(data)
        yield Held(FolderArchive(place, READING, suspicious=told.append), told)
    elif request.param == "decoding":
        with lying(decoding) as server:
            yield from asking(server.url, told)
    else:
        settings: dict[str, object] = {"DefaultEncoding": "Utf8"} if request.param == "orthanc-utf8" else {}
        with orthanc.running(place, settings=settings) as real:
            real.upload(objects().values())
            yield from asking(real.dicomweb, told, chinese=bool(settings))


def asking(url: str, told: list[Foreign], chinese: bool = True) -> Iterator[Held]:
    transport = Transport(url, Credentials(), Patience())
    archive = DicomWebArchive(transport, READING, ByteLimits(), suspicious=told.append)
    yield Held(archive, told, chinese)
    archive.close()


def decoding(handler: LyingHandler) -> None:
    """An index that decodes its queries and matches exactly as it is asked, wildcards included (PS3.4 C.2.2.2)."""
    parts = urlsplit(handler.path)
    asked = dict(parse_qsl(parts.query, strict_parsing=False))
    matching = {tag: value for tag, value in asked.items() if tag in ("00080050", "00100020")}
    found = [r for n in range(len(NUMBERS)) if _fits(r := _record(n + 1), matching)]
    handler.send_json(found if parts.path.endswith("/studies") else [r for r in found if _of(r, parts.path)])


def _record(n: int) -> dict[str, Any]:
    number = NUMBERS[n - 1]
    values = {"0020000D": f"1.2.{n}", "0020000E": f"1.2.{n}.1", "00080018": f"1.2.{n}.1.1", "00080060": "CT",
              "00080050": number, "00100020": f"P{number}", "00201209": 1}  # fmt: skip
    return {tag: {"vr": "LO", "Value": str(value).split("\\")} for tag, value in values.items()}


def _of(record: dict[str, Any], path: str) -> bool:
    return f"/studies/{record['0020000D']['Value'][0]}/" in path


def _fits(record: dict[str, Any], matching: dict[str, str]) -> bool:
    def like(value: str, has: str) -> bool:
        pattern = re.escape(value).replace(r"\*", ".*").replace(r"\?", ".")
        return re.fullmatch(pattern, has) is not None

    return all(like(value, "\\".join(record[tag]["Value"])) for tag, value in matching.items())


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_finds_its_exam_and_no_other(held: Held, number: str) -> None:
    """An archive that mangles Chinese in its index says that it cannot search for it, and finds no other."""
    for query in (StudyQuery(accession=number), StudyQuery(patient_id=f"P{number}")):
        if held.chinese or number.isascii():
            found = held.archive.exams(query)
            assert [(e.accession, e.identity.patient_id) for e in found] == [(number, f"P{number}")]
        else:
            with pytest.raises(KioskError) as refused:
                held.archive.exams(query)
            assert refused.value.code is FaultCode.CODE_UNSEARCHABLE
    assert held.told == [], "what a wildcard found beside it is no alarm"


@pytest.mark.parametrize("number", ["CT2026/118", "CT2026#118", "CT2026\\118", "CT2026*118"])
def test_the_objects_of_such_a_patient_are_listed_as_theirs(held: Held, number: str) -> None:
    (exam,) = held.archive.exams(StudyQuery(patient_id=f"P{number}"))
    series = exam.series[0].series_uid
    assert [ref.instance_uid for ref in held.archive.instances(exam.study_uid, series)] == [f"{series}.1"]


def test_too_little_to_ask_for_is_said_as_such(held: Held) -> None:
    if isinstance(held.archive, FolderArchive):
        assert held.archive.exams(StudyQuery(accession="检?")) == []
        return
    with pytest.raises(KioskError) as refused:
        held.archive.exams(StudyQuery(accession="*号?"))
    assert refused.value.code is FaultCode.CODE_UNSEARCHABLE


def test_doctor_says_what_the_archive_cannot_take(held: Held, request: pytest.FixtureRequest) -> None:
    decodes = "orthanc" not in request.node.callspec.id
    assert ("does not decode" in held.archive.probe()) is not decodes


@pytest.mark.parametrize(("settings", "name", "said"), [
    ({}, "王秀英", "index loses Chinese"),
    ({"DefaultEncoding": "Latin1"}, "王秀英", "DefaultEncoding Utf8"),
    ({"DefaultEncoding": "Utf8"}, "王秀英", ""),
    ({"DefaultEncoding": "Utf8"}, "Wang", "not known whether numbers with it are found"),
    ({}, "", "holds no study"),
])  # fmt: skip
def test_doctor_finds_an_index_that_loses_chinese_or_says_that_it_does_not_know(
    tmp_path: Path, settings: dict[str, object], name: str, said: str
) -> None:
    with orthanc.running(tmp_path, settings=settings) as real:
        if name:
            real.upload([ct_image("1.2.3", "1.2.3.1", "1.2.3.1.1", 1, PatientName=name)])
        for held in asking(real.dicomweb, []):
            told = held.archive.probe()
            assert said in told and ("Chinese:" in told or "loses" in told or "no study" in told) is bool(said)


def test_one_study_that_is_indexed_well_is_enough(tmp_path: Path) -> None:
    """What came before the archive was set right stays as it was indexed then."""
    for number, settings in enumerate(({}, {"DefaultEncoding": "Utf8"}), start=1):
        with orthanc.running(tmp_path, settings=dict(settings)) as real:
            uid = f"1.2.{number}"
            real.upload([ct_image(uid, f"{uid}.1", f"{uid}.1.1", 1, PatientID=f"P{number}", PatientName="王秀英")])
            for held in asking(real.dicomweb, []):
                assert ("loses Chinese" in held.archive.probe()) is (number == 1)


@pytest.mark.parametrize("number", [*NUMBERS[:-4], "ab c"])
def test_such_numbers_are_read_where_they_are_configured_and_unknown_where_not(number: str) -> None:
    claim = CodeRules((), EVERYTHING).parse(number, "Code128")
    assert claim is not None and (claim.kind, claim.value) == (ClaimKind.ACCESSION, number)
    assert CodeRules().parse(number, "Code128") is None
    claim = CodeRules((), EVERYTHING).parse(f"PID:{number}", "QRCode")
    assert claim is not None and (claim.kind, claim.value) == (ClaimKind.PATIENT_ID, number)


HARMFUL = ["*", "?*\\", "000/000", "/ /", "..", "../etc", "a\nb", "\x1b[2J", "检\u202e1", "é1"]


@pytest.mark.parametrize("payload", HARMFUL)
def test_case_49_no_alphabet_lets_these_through(payload: str) -> None:
    assert CodeRules([("*", r"(?P<accession>(?s:.*))")], EVERYTHING).parse(payload) is None


def test_typed_spaces_are_kept_where_numbers_hold_them() -> None:
    claim = CodeRules((), Alphabet(" /")).parse_typed(" ＣＴ２６／ 1  18 ")
    assert claim is not None and claim.value == "CT26/ 1 18"


def test_an_instance_is_fetched_by_its_patients_number(tmp_path: Path) -> None:
    """The header's own number, backslash and Chinese and all, is what the object is compared with."""
    with orthanc.running(tmp_path, settings={"DefaultEncoding": "Utf8"}) as real:
        made = {n: d for n, d in objects().items() if n in (*WILD, *CHINESE, *ENCODED)}
        real.upload(made.values())
        for held in asking(real.dicomweb, []):
            for number in made:
                (exam,) = held.archive.exams(StudyQuery(patient_id=f"P{number}"))
                series = exam.series[0].series_uid
                ref = InstanceRef(exam.study_uid, series, f"{series}.1", "")
                assert len(list(held.archive.fetch([ref]))) == 1
