"""Matrix cases 10 to 15, 17 to 21 and 71: archives that answer what nobody asked for."""

from __future__ import annotations

import gzip
import logging
import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from kiosk.adapters.archive.dicom_records import ReportReading
from kiosk.adapters.archive.dicomweb import DicomWebArchive
from kiosk.adapters.archive.dicomweb_http import Credentials, Patience, Transport
from kiosk.adapters.archive.limits import ByteLimits
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.ports.archive import Foreign, InstanceRef, StudyQuery
from tests.support import orthanc
from tests.support.faulty import Answer, LyingHandler, LyingServer, lying, study
from tests.support.studies import CT, ct_image, pdf_report

READING = ReportReading(ZoneInfo("Asia/Shanghai"))
MIB = 1 << 20
LIMITS = ByteLimits(instance=1 * MIB, study=4 * MIB, report=MIB // 2)
ASKED = StudyQuery(accession="A0001")
REF = InstanceRef("1.2.1", "1.2.1.1", "1.2.1.1.1", "")
SECRET = "s3cret-of-the-archive"


@contextmanager
def asking(answer: Answer, credentials: Credentials | None = None) -> Iterator[tuple[DicomWebArchive, LyingServer]]:
    """An archive adapter on a server that answers as given."""
    with lying(answer) as server:
        transport = Transport(server.url, credentials or Credentials(), Patience(1.0, 1.0))
        told: list[Foreign] = []
        archive = DicomWebArchive(transport, READING, LIMITS, query_s=3, study_s=3, suspicious=told.append)
        archive.told = told  # type: ignore[attr-defined]
        yield archive, server
        archive.close()


def fault_of(call: Callable[[], object]) -> KioskError:
    """The fault that a call ends with."""
    with pytest.raises(KioskError) as caught:
        call()
    return caught.value


def always(body: bytes = b"", status: int = 200, kind: str = "text/html", **headers: str) -> Answer:
    """The same answer to everything."""
    return lambda handler: handler.send(body, status, kind, **headers)


def with_instance(data: bytes) -> Answer:
    """A well-behaved index, and one object whatever is asked for."""

    def answer(handler: LyingHandler) -> None:
        handler.send_part(data) if "/instances/" in handler.path else handler.send_json([study()])

    return answer


@pytest.mark.parametrize("status", [401, 403])
def test_case_10_refusal_is_not_repeated_and_tells_no_secret(status: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with asking(always(b"who are you?", status), Credentials("kiosk", SecretStr(SECRET))) as (archive, server):
        fault = fault_of(lambda: archive.exams(ASKED))
    assert fault.code is FaultCode.ARCHIVE_DENIED
    assert len(server.requests) == 1
    assert SECRET not in str(fault) + caplog.text + repr(fault)
    assert "A0001" not in caplog.text


def test_case_10_basic_and_bearer_are_sent() -> None:
    seen: list[str] = []

    def answer(handler: LyingHandler) -> None:
        seen.append(handler.headers.get("Authorization", ""))
        handler.send_json([])

    for credentials in (Credentials("张", SecretStr("p:w")), Credentials(token=SecretStr("t0ken"))):
        with asking(answer, credentials) as (archive, _):
            archive.probe()
    assert [kind for kind, _ in groupby(seen, lambda sent: sent.partition(" ")[0])] == ["Basic", "Bearer"]
    assert seen[-1] == "Bearer t0ken"


@pytest.mark.parametrize("status", [500, 502, 503])
def test_case_11_an_error_page_is_unavailable_and_not_read(status: int) -> None:
    with asking(always(b"<html><script>alert(1)</script></html>", status)) as (archive, server):
        fault = fault_of(lambda: archive.exams(ASKED))
    assert fault.code is FaultCode.ARCHIVE_UNREACHABLE
    assert "script" not in str(fault)
    assert len(server.requests) == 2


def test_case_11_a_login_page_with_200_is_an_error() -> None:
    with asking(always(b"<html>log in</html>")) as (archive, _):
        assert fault_of(lambda: archive.exams(ASKED)).code is FaultCode.ARCHIVE_ERROR


@pytest.mark.parametrize("answer", [always(b"", 204), always(b"[]", kind="application/dicom+json")])
def test_case_12_nothing_is_nothing(answer: Answer) -> None:
    with asking(answer) as (archive, _):
        assert archive.exams(ASKED) == []


def test_case_13_ten_thousand_studies_are_not_taken() -> None:
    many = [study(f"1.2.{n}") for n in range(10_000)]
    paths: list[str] = []

    def answer(handler: LyingHandler) -> None:
        paths.append(handler.path)
        handler.send_json(many if "/studies?" in handler.path else [])

    with asking(answer) as (archive, _):
        assert len(archive.exams(ASKED)) == 50
    assert "limit=50" in paths[0]


def test_case_13_an_endless_list_is_cut_off() -> None:
    big = b"[" + b",".join([b'{"00081030":{"vr":"LO","Value":["' + b"x" * 1000 + b'"]}}'] * 9000) + b"]"
    with asking(always(big, kind="application/dicom+json")) as (archive, _):
        assert fault_of(lambda: archive.exams(ASKED)).code is FaultCode.TOO_LARGE


def test_case_14_other_peoples_studies_are_dropped_and_told() -> None:
    loose = [study("1.2.8", "T0008", "A0001x"), study("1.2.9", "T0009", "a0001"), study("1.2.10", "T0010", "Á 0001")]
    foreign = [study("1.2.7", "T0007", "A0007"), study("../etc", "T1", "A0001")]

    def answer(handler: LyingHandler) -> None:
        handler.send_json([*loose, *foreign, study()] if "/studies?" in handler.path else [])

    with asking(answer) as (archive, _):
        assert [e.study_uid for e in archive.exams(ASKED)] == ["1.2.1"]
        assert archive.told == [Foreign(1, "1.2.7", "A0007"), Foreign(1, "", "A0001")]  # type: ignore[attr-defined]


def test_case_14_metadata_of_somebody_else_drops_the_exam() -> None:
    def answer(handler: LyingHandler) -> None:
        if handler.path.endswith("/metadata"):
            handler.send_json([study(patient_id="T0666")])
        elif "/series?" in handler.path:
            handler.send_json([study(**{"0020000E": ["1.2.1.1"], "00080060": ["CT"], "00201209": [1]})])
        elif "/instances?" in handler.path:
            handler.send_json([] if "00080016=" in handler.path else [study(**{"00080018": ["1.2.1.1.1"]})])
        else:
            handler.send_json([study()])

    with asking(answer) as (archive, _):
        assert archive.exams(ASKED) == []
        assert archive.told  # type: ignore[attr-defined]


def test_case_14_one_foreign_object_in_the_metadata_is_dropped_by_itself() -> None:
    def answer(handler: LyingHandler) -> None:
        if handler.path.endswith("/metadata"):
            part = {"0020000E": ["1.2.1.1"], "00080060": ["CT"], "00080016": [CT]}
            own = [study(**part, **{"00080018": [f"1.2.1.1.{n}"]}) for n in (1, 2)]
            handler.send_json([study(patient_id="T0666", **part, **{"00080018": ["1.2.1.1.9"]}), *own])
        elif "/series?" in handler.path:
            handler.send_json([study(**{"0020000E": ["1.2.1.1"], "00080060": ["CT"], "00201209": [3]})])
        else:
            handler.send_json([study()])

    with asking(answer) as (archive, _):
        (exam,) = archive.exams(ASKED)
        assert exam.identity.patient_id == "T0001" and exam.images == 3
        assert archive.told == [Foreign(1, "1.2.1", "A0001")]  # type: ignore[attr-defined]


@pytest.mark.parametrize("count", [4, 20], ids=["one by one", "as a stream"])
def test_case_15_a_foreign_object_among_others_is_left_out_and_told(count: int) -> None:
    """An archive whose index says that all are the patient's; the header of the third says otherwise."""
    whose = {3: "T0666"}
    files = {
        f"1.2.1.1.{n}": ct_image("1.2.1", "1.2.1.1", f"1.2.1.1.{n}", n, PatientID=whose.get(n, "T0001"))
        for n in range(1, count + 1)
    }

    def answer(handler: LyingHandler) -> None:
        if "/instances?" in handler.path:
            listed = {uid: {"00080018": [uid], "00200013": [n]} for n, uid in enumerate(files, 1)}
            handler.send_json([study(**tags) for tags in listed.values()])
        elif "/instances/" in handler.path:
            handler.send_part(files[handler.path.rsplit("/", 1)[1]])
        elif handler.path.endswith("/series/1.2.1.1"):
            head = b"--x\r\nContent-Type: application/dicom\r\n\r\n"
            handler.send(b"".join(head + data + b"\r\n" for data in files.values()) + b"--x--",
                         kind='multipart/related; type="application/dicom"; boundary=x')  # fmt: skip
        else:
            handler.send_json([study()])

    with asking(answer) as (archive, _):
        refs = archive.instances("1.2.1", "1.2.1.1")
        for any_order in (False, True):
            archive.told.clear()  # type: ignore[attr-defined]
            arrived = [ref.number for ref, _ in archive.fetch(refs, any_order=any_order)]
            assert sorted(arrived) == [n for n in range(1, count + 1) if n != 3]
            assert archive.told == [Foreign(1, "1.2.1", "A0001")]  # type: ignore[attr-defined]


@pytest.mark.parametrize("changed", [{"PatientID": "T0002"}, {"StudyInstanceUID": "1.2.9"}, {"SOPInstanceUID": "1.2.9"},
                                     {"PatientID": ""}])  # fmt: skip
def test_case_15_an_object_of_somebody_else_is_refused(changed: dict[str, str]) -> None:
    with asking(with_instance(ct_image("1.2.1", "1.2.1.1", "1.2.1.1.1", 1, **changed))) as (archive, server):
        assert fault_of(lambda: list(archive.fetch([REF]))).code is FaultCode.WRONG_PATIENT
    assert len([p for p in server.requests if "/instances/" in p]) == 1


def test_case_15_what_is_no_dicom_is_refused() -> None:
    with asking(with_instance(b"%PDF-1.4 not DICOM" * 100)) as (archive, _):
        assert fault_of(lambda: list(archive.fetch([REF]))).code in (
            FaultCode.OBJECT_UNREADABLE,
            FaultCode.WRONG_PATIENT,
        )


def test_case_19_a_length_of_four_gigabytes_is_refused_before_it_is_read() -> None:
    def answer(handler: LyingHandler) -> None:
        if "/instances/" not in handler.path:
            return handler.send_json([study()])
        head = b"--x\r\nContent-Length: 4294967296\r\n\r\n" + bytes(1000)
        return handler.send(head, kind="multipart/related; boundary=x", Content_Length="4294967400")

    with asking(answer) as (archive, _):
        assert fault_of(lambda: list(archive.fetch([REF]))).code is FaultCode.TOO_LARGE


def test_case_19_a_gzip_bomb_is_cut_off() -> None:
    bomb = gzip.compress(bytes(200 * MIB), 9)

    def answer(handler: LyingHandler) -> None:
        handler.send(bomb, kind="application/dicom+json", Content_Encoding="gzip")

    with asking(answer) as (archive, _):
        assert fault_of(lambda: archive.exams(ASKED)).code is FaultCode.TOO_LARGE


def test_case_19_honest_compression_is_read() -> None:
    def answer(handler: LyingHandler) -> None:
        handler.send(gzip.compress(b"[]"), kind="application/dicom+json", Content_Encoding="gzip")

    with asking(answer) as (archive, _):
        assert archive.exams(ASKED) == []


def test_case_19_an_endless_answer_is_cut_off() -> None:
    def answer(handler: LyingHandler) -> None:
        if "/instances/" not in handler.path:
            return handler.send_json([study()])
        handler.send_response(200)
        handler.send_header("Content-Type", "multipart/related; boundary=x")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.wfile.write(b"9\r\n--x\r\n\r\n\r\n\r\n")
        for _ in range(1000):
            handler.wfile.write(b"10000\r\n" + bytes(0x10000) + b"\r\n")
        return None

    with asking(answer) as (archive, _):
        assert fault_of(lambda: list(archive.fetch([REF]))).code is FaultCode.TOO_LARGE


def test_case_19_a_report_has_a_smaller_limit() -> None:
    data = pdf_report("1.2.1", "1.2.1.1", "1.2.1.1.1", bytes(600_000))
    with asking(with_instance(data)) as (archive, _):
        assert fault_of(lambda: list(archive.fetch([REF]))).code is FaultCode.TOO_LARGE


def test_case_19_a_study_has_a_limit() -> None:
    def answer(handler: LyingHandler) -> None:
        if "/instances/" not in handler.path:
            return handler.send_json([study()])
        number = int(handler.path.rsplit(".", 1)[1])
        return handler.send_part(ct_image("1.2.1", "1.2.1.1", f"1.2.1.1.{number}", number, 700))

    refs = [InstanceRef("1.2.1", "1.2.1.1", f"1.2.1.1.{n}", "") for n in range(1, 9)]
    with asking(answer) as (archive, _):
        assert fault_of(lambda: list(archive.fetch(refs))).code is FaultCode.TOO_LARGE


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("target", ["http://127.0.0.1:1/dicom-web", "file:///etc/passwd"])
def test_case_20_redirects_are_not_followed(status: int, target: str) -> None:
    with asking(always(b"", status, Location=target)) as (archive, server):
        fault = fault_of(lambda: archive.exams(ASKED))
    assert fault.code is FaultCode.ARCHIVE_ERROR and "redirect" in fault.detail
    assert len(server.requests) == 1


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://pacs/x", "http://user:pw@pacs/x", "pacs/dicom-web", ""])
def test_case_20_only_plain_web_addresses_are_configured(url: str) -> None:
    assert fault_of(lambda: Transport(url, Credentials(), Patience())).code is FaultCode.CONFIG_INVALID


AUTHORITY = """[ca]
default_ca = own
[own]
database = index.txt
rand_serial = yes
new_certs_dir = .
default_md = sha256
policy = any
copy_extensions = copy
[any]
commonName = supplied
"""


def certificate(folder: Path, names: str, until: str) -> tuple[Path, Path]:
    """A self-signed certificate, valid from 2020 to a day, and its key."""
    openssl = shutil.which("openssl")
    assert openssl, "openssl is missing: apt-get install openssl"
    (folder / "ca.cnf").write_text(AUTHORITY)
    (folder / "index.txt").touch()
    request = ["req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "server.key", "-out", "server.csr"]
    signing = ["ca", "-batch", "-selfsign", "-config", "ca.cnf", "-keyfile", "server.key", "-in", "server.csr"]
    validity = ["-out", "server.pem", "-startdate", "20200101000000Z", "-enddate", f"{until}000000Z"]
    for command in ([*request, "-subj", "/CN=test", "-addext", f"subjectAltName={names}"], [*signing, *validity]):
        made = subprocess.run([openssl, *command], cwd=folder, capture_output=True, check=False)
        assert made.returncode == 0, made.stderr.decode()
    return folder / "server.pem", folder / "server.key"


@pytest.mark.parametrize(("names", "until", "trusted", "newest", "good"), [
    ("IP:127.0.0.1", "20490101", True, ssl.TLSVersion.TLSv1_3, True),
    ("IP:127.0.0.1", "20490101", False, ssl.TLSVersion.TLSv1_3, False),
    ("DNS:elsewhere", "20490101", True, ssl.TLSVersion.TLSv1_3, False),
    ("IP:127.0.0.1", "20200102", True, ssl.TLSVersion.TLSv1_3, False),
    ("IP:127.0.0.1", "20490101", True, ssl.TLSVersion.TLSv1_1, False),
])  # fmt: skip
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_case_21_only_the_hospitals_own_certificates_are_believed(
    tmp_path: Path, names: str, until: str, trusted: bool, newest: ssl.TLSVersion, good: bool
) -> None:
    pem, key = certificate(tmp_path, names, until)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    if newest is ssl.TLSVersion.TLSv1_1:
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = newest
    with lying(always(b"[]", kind="application/dicom+json"), context) as server:
        archive = DicomWebArchive(
            Transport(server.url, Credentials(), Patience(2, 2), pem if trusted else None), READING, LIMITS
        )
        if good:
            assert archive.probe()
        else:
            assert fault_of(archive.probe).code is FaultCode.ARCHIVE_UNREACHABLE
        archive.close()


def test_case_21_verification_is_never_switched_off() -> None:
    sources = [
        p for p in Path("kiosk").rglob("*.py") if "verify=False" in p.read_text() or "CERT_NONE" in p.read_text()
    ]
    assert sources == []


@pytest.mark.parametrize("uid", ["../../system", "1.2%0d%0aX: y", "1" * 65, "", "1.2.3/../4", "1.2 .3", "１.2"])
def test_case_71_only_uids_reach_an_address(uid: str) -> None:
    with asking(always(b"[]", kind="application/dicom+json")) as (archive, server):
        for call in (
            lambda: archive.instances(uid, "1.2"),
            lambda: archive.instances("1.2", uid),
            lambda: list(archive.fetch([InstanceRef("1.2", "1.2", uid, "")])),
        ):
            assert fault_of(call).code is FaultCode.ARCHIVE_ERROR
        assert server.requests == []


@pytest.mark.parametrize("value", ["*", "A?", "a\\b", "**??1*2", "a\r\nb", "a\0", "x" * 65])
def test_case_49_wildcards_never_reach_the_archive(value: str) -> None:
    refusals = (FaultCode.CODE_UNKNOWN, FaultCode.CODE_UNSEARCHABLE)
    with asking(always(b"[]", kind="application/dicom+json")) as (archive, server):
        assert fault_of(lambda: archive.exams(StudyQuery(patient_id=value))).code in refusals
        assert server.requests == []


def test_wrong_credentials_are_told_by_a_real_server(tmp_path: Path) -> None:
    with orthanc.running(tmp_path, "kiosk", SECRET) as server:
        good = Transport(server.dicomweb, Credentials("kiosk", SecretStr(SECRET)), Patience())
        bad = Transport(server.dicomweb, Credentials("kiosk", SecretStr("wrong")), Patience())
        archives = [DicomWebArchive(t, READING, LIMITS) for t in (good, bad)]
        assert archives[0].probe()
        assert fault_of(archives[1].probe).code is FaultCode.ARCHIVE_DENIED
        for archive in archives:
            archive.close()
