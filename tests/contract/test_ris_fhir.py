"""What every source of reports, orders and facts keeps to, asked of a FHIR R4 server (@medplum/fhir-router) with the
configuration of docs/connectors.md; then a server that lies."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from kiosk.domain.exam import ReportStatus
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.orders import OrderStage
from kiosk.domain.person.identity import IdentityFacts
from kiosk.imaging.paper.source import read_report
from kiosk.ports.archive import StudyQuery
from tests.contract.test_ris_web import PDF, TOKEN, Site, documented, wired
from tests.support import counterparts
from tests.support.ris import NATIONAL, exam
from tests.support.web_service import Sent, WebService, as_gbk, late, serving

Resource = dict[str, Any]


@dataclass
class Server:
    """A FHIR server, filled by its own interface."""

    url: str

    def put(self, *resources: Resource) -> None:
        for one in resources:
            path = f"{self.url}/fhir/{one['resourceType']}/{one['id']}"
            self._send("PUT", path, json.dumps(one).encode(), "application/fhir+json")

    def binary(self, ident: str, data: bytes) -> None:
        self._send("PUT", f"{self.url}/fhir/Binary/{ident}", data, "application/pdf")

    def clear(self) -> None:
        self._send("DELETE", f"{self.url}/fhir/", b"", "text/plain")

    @staticmethod
    def _send(method: str, url: str, body: bytes, kind: str) -> None:
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": kind}
        answer = requests.request(method, url, data=body, headers=headers, timeout=30)
        assert answer.ok, answer.text


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("fhir") / "log"
    with counterparts.node("fhir_server.mjs", log, TOKEN) as url:
        yield Server(url)


@pytest.fixture
def site(server: Server, tmp_path: Path) -> Iterator[Site]:
    server.clear()
    made = wired(WebService(url=server.url), documented("FHIR"), tmp_path)
    yield made
    made.made.close()


def patient(ident: str = "p1", number: str = "P1", name: str = "王秀英", **more: Any) -> Resource:
    return {
        "resourceType": "Patient", "id": ident, "birthDate": "1949-12-31",
        "identifier": [{"system": f"urn:oid:1.2.3.{n}", "value": value} for n, value in ((4, number), (5, NATIONAL))],
        "name": [{"use": "official", "text": name}, {"family": "Wang", "given": ["Xiuying"]}],
        "telecom": [{"system": "email", "value": "a@b"}, {"system": "phone", "value": "13800135678"}], **more,
    }  # fmt: skip


def request(ident: str = "o1", accession: str = "ACC1", whose: str = "p1", status: str = "completed") -> Resource:
    kind = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "ACSN"}]}
    return {
        "resourceType": "ServiceRequest", "id": ident, "status": status, "intent": "order",
        "subject": {"reference": f"Patient/{whose}"}, "code": {"text": "胸部平扫"},
        "authoredOn": "2026-11-24T08:00:00+08:00",
        "identifier": [{"value": f"HIS-{accession}"}, {"type": kind, "value": accession}],
    }  # fmt: skip


def study(ident: str = "s1", uid: str = "1.2.3", request: str = "o1", whose: str = "p1") -> Resource:
    return {
        "resourceType": "ImagingStudy", "id": ident, "status": "available",
        "identifier": [{"system": "urn:dicom:uid", "value": f"urn:oid:{uid}"}],
        "subject": {"reference": f"Patient/{whose}"}, "basedOn": [{"reference": f"ServiceRequest/{request}"}],
        "modality": [{"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "CT"}],
    }  # fmt: skip


def report(ident: str = "r1", status: str = "final", whose: str = "p1", **more: Any) -> Resource:
    return {
        "resourceType": "DiagnosticReport", "id": ident, "status": status, "code": {"text": "CT 报告"},
        "subject": {"reference": f"Patient/{whose}"}, "basedOn": [{"reference": "ServiceRequest/o1"}],
        "issued": "2026-11-24T01:30:00Z",
        "presentedForm": [{"contentType": "application/pdf", "data": base64.b64encode(PDF).decode()}], **more,
    }  # fmt: skip


class TestFhir:
    """The contracts of kiosk.ports.reports and directory."""

    def test_reports_with_their_status_and_moment(self, server: Server, site: Site) -> None:
        server.put(patient(), request(), study(), report("r1"), report("r2", "amended"), report("r3", "preliminary"),
                   report("r4", "entered-in-error"), report("r5", "unknown"))  # fmt: skip
        found = {r.number: r for r in site.found()}
        assert {number: r.status for number, r in found.items()} == {
            "r1": ReportStatus.FINAL, "r2": ReportStatus.FINAL, "r3": ReportStatus.PRELIMINARY,
            "r4": ReportStatus.CANCELLED, "r5": ReportStatus.PRELIMINARY,
        }  # fmt: skip
        assert found["r1"].written == datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
        identity = found["r1"].identity
        assert identity == IdentityFacts("P1", "王秀英", NATIONAL, date(1949, 12, 31), "13800135678")
        assert site.audit.told == []

    def test_only_the_exams_own(self, server: Server, site: Site) -> None:
        other = report("r2", basedOn=[{"reference": "ServiceRequest/o2"}])
        loose = report("r3", basedOn=[])
        by_study = report("r4", basedOn=[], imagingStudy=[{"reference": "ImagingStudy/s1"}])
        server.put(patient(), request(), request("o2", "ACC2"), study(), report(), other, loose, by_study)
        assert {r.number for r in site.found()} == {"r1", "r4"}
        assert {r.number for r in site.found(accession="ACC2", study="9.9")} == {"r2"}
        assert site.audit.told == []

    def test_a_document_inside_and_in_a_binary(self, server: Server, site: Site) -> None:
        server.binary("b1", PDF + b"2")
        inside = report("r1")
        there = report("r2", presentedForm=[{"contentType": "application/pdf", "url": "Binary/b1"}])
        words = report("r3", presentedForm=[], conclusion="两肺未见异常")
        server.put(patient(), request(), inside, there, words)
        found = {r.number: r for r in site.found()}
        one = read_report(site.made.reports.document(exam(), found["r1"]))
        assert (one.pdf, one.patient_id, one.patient_name) == (PDF, "P1", "王秀英")
        assert read_report(site.made.reports.document(exam(), found["r2"])).pdf == PDF + b"2"
        with pytest.raises(KioskError, match="report-unreadable"):  # a conclusion is no report
            site.made.reports.document(exam(), found["r3"])

    def test_orders_by_every_number(self, server: Server, site: Site) -> None:
        server.put(patient(), request("o1", "ACC1"), request("o2", "ACC2", status="revoked"),
                   request("o3", "ACC3", status="active"), request("o4", "ACC4", status="on-hold"),
                   study("s1", "1.2.3", "o1"), study("s3", "1.2.5", "o3"), report(status="preliminary"))  # fmt: skip
        (one,) = site.orders.orders(StudyQuery(accession="ACC1"))
        assert (one.study_uid, one.stage, one.description) == ("1.2.3", OrderStage.READING, "胸部平扫")
        assert one.modality == "CT"
        stages = {o.accession: o.stage for o in site.orders.orders(StudyQuery(patient_id="P1"))}
        assert stages == {"ACC1": OrderStage.READING, "ACC2": OrderStage.CANCELLED, "ACC3": OrderStage.SCANNED,
                          "ACC4": OrderStage.REGISTERED}  # fmt: skip
        server.put(report(status="final"))
        (signed,) = site.orders.orders(StudyQuery(study_uid="1.2.3"))
        assert (signed.accession, signed.stage) == ("ACC1", OrderStage.SIGNED)
        assert len(site.orders.orders(StudyQuery(national_id=NATIONAL))) == 4
        assert [o.hold for o in site.orders.orders(StudyQuery(accession="ACC4"))] == ["on-hold"]
        assert site.orders.orders(StudyQuery(accession="NONE")) == []

    def test_facts_and_a_patient_who_is_no_longer_used(self, server: Server, site: Site) -> None:
        server.put(patient(), patient("p0", name="李四", active=False))
        facts = site.made.directory.facts("P1", IdentityFacts("P1", "WANG XIUYING", birth_date=date(1949, 12, 31)))
        assert (facts.national_id, facts.telephone) == (NATIONAL, "13800135678")
        assert site.audit.told == []

    def test_two_people_under_one_number_leave_nothing_to_ask(self, server: Server, site: Site) -> None:
        server.put(patient(), patient("p0", name="李四"))
        assert site.made.directory.facts("P1", IdentityFacts("P1", "王秀英", NATIONAL)) == IdentityFacts("P1")
        assert site.audit.told

    def test_the_doctor(self, server: Server, site: Site) -> None:
        assert site.probe("reports").ok and "FHIR R4" in site.probe("orders").said


def bundle(*resources: Resource, link: str = "") -> bytes:
    links = [{"relation": "next", "url": link}] if link else []
    return json.dumps({"resourceType": "Bundle", "link": links, "entry": [{"resource": r} for r in resources]}).encode()


@dataclass
class LyingFhir(WebService):
    """Answers each search with what it is told to, whatever was asked."""

    def __post_init__(self) -> None:
        self.kinds: dict[str, bytes] = {}

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> Sent:
        self.asked.append((target, dict(headers), body))
        kind = target.removeprefix("/fhir/").partition("?")[0].partition("/")[0]
        return 200, "application/fhir+json", self.kinds.get(kind, bundle())


@pytest.fixture
def liar(tmp_path: Path) -> Iterator[Site]:
    with serving(LyingFhir()) as service:
        made = wired(service, documented("FHIR"), tmp_path)
        service.kinds = {"Patient": bundle(patient()), "ServiceRequest": bundle(request()),
                         "DiagnosticReport": bundle(report())}  # fmt: skip
        assert [r.number for r in made.found()] == ["r1"]
        yield made
        made.made.close()


LIES: dict[str, tuple[Any, FaultCode]] = {
    "slow": (late, FaultCode.ARCHIVE_TIMEOUT),
    "hangs up": (lambda sent: None, FaultCode.ARCHIVE_UNREACHABLE),
    "cut off": (lambda sent: (*sent[:2], sent[2][: len(sent[2]) // 2]), FaultCode.ARCHIVE_ERROR),
    "another resource": (lambda sent: (200, sent[1], b'{"resourceType": "OperationOutcome"}'), FaultCode.ARCHIVE_ERROR),
    "token refused": (lambda sent: (401, sent[1], b""), FaultCode.ARCHIVE_DENIED),
    "64 MB": (lambda sent: (200, sent[1], sent[2] + b" " * (64 << 20)), FaultCode.TOO_LARGE),
}


class TestLyingFhir:
    """Nothing that is not the exam's own gets through, and nothing without end."""

    @pytest.mark.parametrize("lie", LIES)
    def test_what_is_no_answer_is_a_fault(self, liar: Site, lie: str) -> None:
        liar.service.lie, expected = LIES[lie]
        with pytest.raises(KioskError) as caught:
            liar.found()
        assert caught.value.code is expected

    def test_somebody_elses_report_in_a_patients_search(self, liar: Site) -> None:
        liar.service.kinds["DiagnosticReport"] = bundle(report(), report("r9", whose="p9"))
        assert [r.number for r in liar.found()] == ["r1"]
        assert liar.audit.told

    def test_a_patient_who_was_not_asked_for(self, liar: Site) -> None:
        liar.service.kinds["Patient"] = bundle(patient("p9", "P9"))
        assert liar.found() == ()

    def test_somebody_elses_order_under_the_same_accession_number(self, liar: Site) -> None:
        liar.service.kinds["ServiceRequest"] = bundle(request(), request("o9", "ACC1", "p9"))
        orders = liar.orders.orders(StudyQuery(patient_id="P1"))
        assert [o.identity.patient_id for o in orders] == ["P1"] and liar.audit.told

    def test_ten_thousand_reports(self, liar: Site) -> None:
        liar.service.kinds["DiagnosticReport"] = bundle(*(report(f"r{n}", presentedForm=[]) for n in range(10_000)))
        with pytest.raises(KioskError, match="archive-truncated"):
            liar.found()

    def test_pages_without_end_and_pages_elsewhere(self, liar: Site) -> None:
        """A page that points to itself ends; one on another server never sees the token."""
        again = f"{liar.service.url}/fhir/DiagnosticReport?page=2"
        liar.service.kinds["DiagnosticReport"] = bundle(report(), link=again)
        assert [r.number for r in liar.found()] == ["r1"]
        liar.service.kinds["DiagnosticReport"] = bundle(report(), link="http://127.0.0.1:1/fhir/DiagnosticReport")
        with pytest.raises(KioskError, match="archive-error"):
            liar.found()

    def test_an_attachment_elsewhere_or_broken_is_unreadable(self, liar: Site) -> None:
        forms: list[Resource] = [{"url": "http://127.0.0.1:1/x.pdf"}, {"data": "!!!"}, {"data": "PGh0bWw+"}]
        for form in forms:
            one = report(presentedForm=[{"contentType": "application/pdf", **form}])
            liar.service.kinds["DiagnosticReport"] = bundle(one)
            (found,) = liar.found()
            with pytest.raises(KioskError, match="report-unreadable"):
                liar.made.reports.document(exam(), found)

    def test_names_in_another_character_set_are_read(self, liar: Site) -> None:
        liar.service.kinds["Patient"] = json.dumps(json.loads(bundle(patient())), ensure_ascii=False).encode()
        liar.service.lie = as_gbk
        (one,) = liar.found()
        assert one.identity and one.identity.name == "王秀英"

    def test_the_doctor_names_what_the_server_does_not_offer(self, liar: Site) -> None:
        searches = {"Patient": ["identifier"], "ServiceRequest": ["identifier", "patient"]}
        offered = [{"type": kind, "searchParam": [{"name": n} for n in names]} for kind, names in searches.items()]
        told = {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "rest": [{"resource": offered}]}
        liar.service.kinds["metadata"] = json.dumps(told).encode()
        finding = liar.probe("reports")
        assert not finding.ok and "DiagnosticReport?subject" in finding.said and "ServiceRequest" not in finding.said
        liar.service.kinds["metadata"] = json.dumps({**told, "fhirVersion": "5.0.0"}).encode()
        assert "not R4" in liar.probe("reports").said
