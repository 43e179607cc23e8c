"""The whole: a visit with reports and orders from views, images by C-GET, film by DICOM Print, receipts written back.

The configuration is the one in docs/connectors.md; only addresses are replaced.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
import pytest

from kiosk.config import load
from kiosk.gateway.imager import RehearsalImager
from tests.support import orthanc, ris
from tests.support.documents import pdf
from tests.support.hl7 import MllpClient, oru
from tests.support.hospital import ANSWER, ROOT, journey
from tests.support.imagers import sheets
from tests.support.postgres import Cluster
from tests.support.servers import Server, free_port, wait_until
from tests.support.studies import ct_image

STUDY = "1.2.826.0.1.3680043.8.498.77"


@dataclass
class Place:
    """What runs, and the kiosk's configuration."""

    config: Path
    ris: ris.Ris
    imager: Path
    ports: tuple[int, int]
    pacs: orthanc.Orthanc

    def journey(self, *arguments: str) -> tuple[int, dict[str, object]]:
        return journey(self.config, "--answer", ANSWER, *arguments)

    def doctor(self) -> dict[str, dict[str, object]]:
        command = [sys.executable, "-m", "kiosk", "doctor", "--config", str(self.config), "--json"]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=120)
        return {finding["probe"]: finding for finding in json.loads(done.stdout)["findings"]}


def documented(number: int) -> str:
    """A configuration of the page."""
    text = (ROOT / "docs" / "connectors.md").read_text(encoding="utf-8")
    return re.findall(r"```toml\n(.*?)```", text, re.DOTALL)[number]  # type: ignore[no-any-return]


def placed(text: str, addresses: dict[str, str], ports: tuple[int, int]) -> str:
    """The same with the addresses of what runs here: the archive's port and the imager's."""
    assert text.count("port = 104") == 2
    for port in ports:
        text = text.replace("port = 104", f"port = {port}", 1)
    for name, address in addresses.items():
        assert name in text
        text = text.replace(name, address)
    tomllib.loads(text)
    return text


def images(accession: str, study: str, patient: str = "P1") -> list[bytes]:
    """A study of 王秀英 without any report, as modalities send it."""
    who = {"PatientID": patient, "PatientName": "Wang^Xiuying=王^秀英", "PatientBirthDate": "19491231",
           "AccessionNumber": accession, "SpecificCharacterSet": "GB18030", "BodyPartExamined": "CHEST"}  # fmt: skip
    return [ct_image(study, f"{study}.1", f"{study}.1.{n}", n, side=64, **who) for n in range(1, 6)]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, cluster: Cluster) -> Iterator[Place]:
    home = tmp_path_factory.mktemp("connectors")
    made = ris.filled(cluster.database())
    report = pdf(home / "report.pdf", 2).read_bytes()
    made.report("R1", PDF=report)
    made.order("ACC1")
    made.person()
    made.report("R2", SQDH="ACC2", BRID="P2", PDF=report)
    made.order("ACC2", BRID="P2", ZT="40")
    made.person(BRID="P2")
    imager = RehearsalImager(home / "imager")
    with orthanc.dimse(home / "pacs") as (server, port):
        server.upload([*images("ACC1", STUDY), *images("ACC2", f"{STUDY}.2", "P2")])
        ports, here = (port, imager.port), dict.fromkeys(("pacs.hospital", "imager.hospital"), "127.0.0.1")
        addresses = here | {"postgresql+psycopg://kiosk@ris.hospital/ris": made.url}
        config = home / "kiosk.toml"
        config.write_text(placed(documented(0), addresses, ports), encoding="utf-8")
        yield Place(config, made, home / "imager", ports, server)
    imager.close()


def test_the_doctor_sees_every_system(place: Place) -> None:
    found = place.doctor()
    for probe in ("archive", "reports", "orders", "directory", "receipts", "printer film"):
        assert found[probe]["ok"], found[probe]
    assert "C-GET" in str(found["archive"]["said"]) and "view of reports" in str(found["reports"]["said"])


def test_a_visit_hands_out_report_and_film_and_tells_the_hospital(place: Place) -> None:
    code, told = place.journey("--code", "ACC1", "--reports", "--film", "surgery")
    assert (code, told["outcome"]) == (0, "delivered"), told
    tasks = {task["document"]: task for task in told["tasks"]}  # type: ignore[attr-defined]
    assert set(tasks) == {"report", "film"} and tasks["film"]["queue"] == "IMAGER"
    printed = list((place.config.parent / "printed" / "report").glob("*.pdf"))
    assert len(printed) == 1 and len(pypdfium2.PdfDocument(printed[0])) == 2
    (sheet,) = sheets(place.imager)
    assert (sheet["FilmSizeID"], sheet["bits"]) == ("14INX17IN", 12)
    rows = place.ris.run("SELECT KIND, BGDH, SQDH, BRID, SHEETS, SERIAL FROM PRINTED ORDER BY KIND")
    assert [tuple(row)[:5] for row in rows] == [("film", "", "ACC1", "P1", 1), ("report", "R1", "ACC1", "P1", 2)]
    assert {row[5] for row in rows} == {task["serial"] for task in tasks.values()}


def test_nothing_comes_twice(place: Place) -> None:
    code, told = place.journey("--code", "ACC1", "--reports", "--film", "surgery")
    assert code != 0 and told["tasks"] == []
    assert len(sheets(place.imager)) == 1


def test_a_report_that_the_order_calls_unfinished_is_not_printed(place: Place) -> None:
    code, told = place.journey("--code", "ACC2", "--reports")
    assert code != 0 and told["tasks"] == []


def test_another_person_in_the_view_sends_the_exam_to_the_desk(place: Place) -> None:
    place.ris.run("UPDATE V_SQ SET ZT = '50' WHERE SQDH = 'ACC2'")
    place.ris.run("UPDATE V_BG SET XM = '李四' WHERE SQDH = 'ACC2'")
    code, told = place.journey("--code", "ACC2", "--reports", "--film", "surgery")
    assert code != 0 and not [t for t in told["tasks"] if t["sheets_printed"]]  # type: ignore[attr-defined]
    assert len(sheets(place.imager)) == 1
    place.ris.run("UPDATE V_BG SET XM = '王秀英' WHERE SQDH = 'ACC2'")
    assert place.journey("--code", "ACC2", "--reports")[0] == 0


def test_the_same_with_hl7_through_the_gateway(place: Place, cluster: Cluster, tmp_path: Path) -> None:
    place.pacs.upload(images("ACC3", f"{STUDY}.3", "P3"))
    key = tmp_path / "inbox.key"
    key.write_text("0123456789abcdef" * 4)
    key.chmod(0o600)
    addresses = {
        "pacs.hospital": "127.0.0.1",
        "imager.hospital": "127.0.0.1",
        "postgresql+psycopg://kiosk@gateway.hospital/inbox": cluster.database(),
        "/etc/kiosk/inbox.key": str(key),
        "hl7_port = 2575": f"hl7_port = {free_port()}",
    }
    config, log, before = tmp_path / "kiosk.toml", tmp_path / "log", len(sheets(place.imager))
    config.write_text(placed(documented(1), addresses, place.ports), encoding="utf-8")
    program = Server([sys.executable, "-m", "kiosk", "gateway", "--config", str(config), "run"], log,
                     {"PYTHONPATH": str(ROOT)})  # fmt: skip
    program.start()
    try:
        wait_until(lambda: "HL7 on port" in log.read_text(errors="replace"), "start of the gateway")
        report = pdf(tmp_path / "report.pdf", 2).read_bytes()
        with MllpClient(load(config).gateway.hl7_port) as client:
            first = oru("c1", "ACC3", "P3", status="P", document=report, number="R3", charset="GB 18030-2000")
            assert client.send(first)[0] == "AA"
            code, told = journey(config, "--code", "ACC3", "--answer", ANSWER, "--reports")
            assert (code, told["outcome"], told["tasks"]) == (4, "nothing-ready", []), "a preliminary report"
            final = oru("c2", "ACC3", "P3", document=report, number="R3", charset="GB 18030-2000")
            assert client.send(final)[0] == "AA"
        code, told = journey(config, "--code", "ACC3", "--answer", ANSWER, "--reports", "--film", "surgery")
        assert (code, told["outcome"]) == (0, "delivered"), told
    finally:
        program.stop(30)
    assert {task["document"] for task in told["tasks"]} == {"report", "film"}
    assert len(sheets(place.imager)) == before + 1


def test_nothing_personal_lies_in_the_kiosks_state(place: Place) -> None:
    state = place.config.parent / "state"
    kept = [file for file in state.rglob("*") if file.is_file()]
    assert kept
    for canary in ("王秀英", "11010519491231002X", "ACC1", "13800135678"):
        assert not [file for file in kept if canary.encode() in file.read_bytes()], canary
