"""`kiosk journey --qr` against Orthanc, publisher, relay and portal: the link that it prints opens the exam."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pydicom
import pypdfium2
import pytest
import requests
import zxingcpp

from kiosk.domain.person.identity import Question
from tests.support.cloud_programs import CloudPrograms
from tests.support.documents import pdf
from tests.support.hospital import identified, journey
from tests.support.publishing import manifest_of
from tests.support.servers import wait_until
from tests.support.studies import ct_image, pdf_report

ACCESSION, ANSWER = "ACC000007", "31002X"


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CloudPrograms]:
    home = tmp_path_factory.mktemp("cloud")
    files = []
    for number in (1, 2, 3):
        files.append(home / f"{number}.dcm")
        files[-1].write_bytes(ct_image("1.2.3", "1.2.3.1", f"1.2.3.1.{number}", number, side=128))
    with CloudPrograms(home) as running:
        running.pacs.upload(uploaded := identified(files, 7, ACCESSION, pdf(home / "report.pdf", 1).read_bytes()))
        (home / "report.dcm").write_bytes(uploaded[-1])
        running.publisher.start()
        yield running


def test_the_link_of_a_visit_opens_the_exam(programs: CloudPrograms) -> None:
    code, told = journey(programs.config, "--code", ACCESSION, "--answer", ANSWER, "--qr")
    assert code == 0, told
    address, _, secret = told["link"]["url"].partition("#")
    assert address == f"{programs.portal.origin}/l"

    def online() -> bool:
        status = json.loads(programs.said("publish", "status", "--json").stdout)
        return bool(status["states"] == {"online": 1})

    wait_until(online, "the exam in the cloud", 240)
    made = programs.portal.gate.answer(secret, Question.ID_LAST_SIX, ANSWER, "test")
    session = programs.portal.gate.session(made.cookie) if made else None
    assert session is not None and len(session.exams) == 1
    manifest = manifest_of(programs.portal, session)
    assert manifest.exam.accession == ACCESSION and len(manifest.series[0].frames) == 3 and manifest.report
    told = programs.said("publish", "status", "--json")
    assert told.returncode == 0, told.stderr
    status = json.loads(told.stdout)
    assert status["states"] == {"online": 1} and status["stored_bytes"] > 10_000 and status["faults"] == {}


def test_case_93_the_relay_lets_only_signed_publishing_requests_pass(programs: CloudPrograms) -> None:
    relay = f"http://127.0.0.1:{programs.relay_port}"
    assert programs.health().json()["portal"] == "reached"
    for method, path in (("GET", "/"), ("POST", "/open"), ("GET", "/v1/exams"), ("PUT", "/v1/exams/../links"),
                         ("PUT", "/v1/%6cinks"), ("PUT", "/v1/links?x=1"), ("DELETE", "/v1/links/short")):  # fmt: skip
        prepared = requests.Request(method, relay + path, data=b"x").prepare()
        prepared.url = relay + path
        with requests.Session() as session:
            assert session.send(prepared, timeout=30).status_code == 404, path
    assert requests.put(f"{relay}/v1/links", data=b"{}", timeout=30).status_code == 401
    forged = programs.portal.signed("PUT", "/v1/links", b"{}")  # by a key that is on no card
    assert requests.put(f"{relay}/v1/links", data=b"{}", headers=forged, timeout=30).status_code == 401


def test_what_is_withdrawn_is_gone_at_once(programs: CloudPrograms) -> None:
    assert programs.said("publish", "now", ACCESSION).returncode == 0
    done = programs.said("publish", "withdraw", ACCESSION)
    assert done.returncode == 0, done.stderr
    assert list(programs.portal.objects.names()) == []
    assert programs.said("publish", "withdraw", "NOSUCH").returncode == 4


def test_now_publishes_again_beside_the_running_publisher(programs: CloudPrograms) -> None:
    done = programs.said("publish", "now", ACCESSION)
    assert (done.returncode, done.stdout.strip()) == (0, f"{ACCESSION}: online"), done.stderr
    assert list(programs.portal.objects.names())


def test_a_second_publisher_on_the_same_state_is_told_so(programs: CloudPrograms) -> None:
    done = programs.said("publish", "run")
    assert done.returncode == 2 and "running" in done.stderr


def codes_of(document: Path) -> list[str]:
    """What every page's verification code says."""
    found = []
    with pypdfium2.PdfDocument(document) as opened:
        for page in opened:
            picture = page.render(scale=300 / 72, grayscale=True).to_pil()
            found.append(next(one.text for one in zxingcpp.read_barcodes(picture) if "/v/" in one.text))
    return found


def test_a_printed_page_says_whether_it_is_genuine_and_still_holds(programs: CloudPrograms) -> None:
    """From the print, by ledger, publisher and relay, to the page of whoever scans the code; then an amended report."""
    code, told = journey(programs.config, "--code", ACCESSION, "--answer", ANSWER, "--reports", "--film", "surgery")
    assert code == 0, told
    printed = sorted(programs.folder.glob("printed/*/*.pdf"))
    addresses = {address for document in printed for address in codes_of(document)}
    assert len(printed) == len(addresses) == 2, "one code for the report's pages, one for the film"

    def pages() -> list[requests.Response]:
        return [requests.get(one, timeout=30) for one in sorted(addresses)]

    wait_until(lambda: all(one.status_code == 200 for one in pages()), "the portal to know both", 120)
    assert all('data-state="genuine"' in one.text for one in pages())
    assert all("王秀英" not in one.text and ACCESSION not in one.text for one in pages())
    programs.pacs.upload([amended(programs)])
    assert programs.said("publish", "now", ACCESSION).returncode == 0
    wait_until(lambda: sum('data-state="superseded"' in one.text for one in pages()) == 1, "the paper to be replaced")
    assert sum('data-state="genuine"' in one.text for one in pages()) == 1, "the film holds still"


def amended(programs: CloudPrograms) -> bytes:
    """A newer version of the report that is in the archive."""
    who = pydicom.dcmread(programs.folder / "report.dcm")
    text = pdf(programs.folder / "newer.pdf", 1, text="amended").read_bytes()
    return pdf_report(str(who.StudyInstanceUID), str(who.SeriesInstanceUID), "1.2.3.99.2", text,
                      PatientID=str(who.PatientID), PatientName=str(who.PatientName), ContentDate="20991231",
                      AccessionNumber=ACCESSION, SpecificCharacterSet="ISO_IR 192",
                      PatientBirthDate="19491231", OtherPatientIDs="11010519491231002X")  # fmt: skip


def logs_hold_nothing(folder: Path) -> bool:
    return not any(ACCESSION in path.read_text(errors="replace") for path in folder.glob("*.log"))


def test_logs_name_nobody(programs: CloudPrograms) -> None:
    assert logs_hold_nothing(programs.folder)
