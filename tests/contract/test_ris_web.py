"""What every source of reports, orders and facts keeps to, asked of web services that speak SOAP and JSON, with the
configurations of docs/connectors.md; then services that lie."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kiosk.bootstrap.ris import connected
from kiosk.bootstrap.ris_rows import Connected
from kiosk.config import load
from kiosk.domain.exam import Report, ReportStatus
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.orders import OrderStage
from kiosk.domain.person.identity import IdentityFacts
from kiosk.imaging.paper.source import read_report
from kiosk.ports.archive import StudyQuery
from kiosk.ports.receipts import PrintReceipt
from kiosk.services.joining.records import JoinedRecords
from tests.support import counterparts
from tests.support.hospital import ROOT
from tests.support.ris import NATIONAL, exam
from tests.support.web_service import Sent, WebService, as_gbk, late, serving

PDF = b"%PDF-1.4 nobody's\n%%EOF"
TOKEN = "s3cret-t0ken"


def documented(heading: str) -> str:
    """The configuration below these words of the page."""
    text = (ROOT / "docs" / "connectors.md").read_text(encoding="utf-8")
    _, _, rest = text.partition(f"\n{heading}:\n```toml\n")
    assert rest, heading
    return rest.partition("```")[0]


@dataclass
class Listening:
    """Who is told of strangers."""

    told: list[Any] = field(default_factory=list)

    def foreign(self, one: Any, *_: str) -> None:
        self.told.append(one)


@dataclass
class Site:
    """A hospital's service and the kiosk's sources of it."""

    service: WebService
    made: Connected
    audit: Listening

    @property
    def orders(self) -> Any:
        assert isinstance(self.made.archive, JoinedRecords)
        return self.made.archive._orders

    def found(self, **values: Any) -> tuple[Report, ...]:
        return self.made.reports.find(exam(**values))

    def probe(self, name: str) -> Any:
        return next(probe for probe in self.made.probes if probe.name == name).check()


def wired(service: WebService, text: str, folder: Path) -> Site:
    """As the kiosk wires it."""
    token = folder / "ris.token"
    token.write_text(TOKEN)
    token.chmod(0o600)
    text = text.replace("http://ris.hospital", service.url).replace("/etc/kiosk/ris.token", str(token))
    config = folder / "kiosk.toml"
    config.write_text(text.replace("query_s = 5", "query_s = 1\nconnect_s = 1"), encoding="utf-8")
    settings, audit = load(config), Listening()
    made = connected(settings, NoArchive(), audit, Now(settings.hospital.time_zone))  # type: ignore[arg-type]
    return Site(service, made, audit)


class NoArchive:
    """Is not asked."""


class Now:
    """A clock with a zone."""

    def __init__(self, zone: str) -> None:
        from kiosk.adapters.machine.system import SystemClock

        self._clock = SystemClock(zone)

    def now(self) -> Any:
        return self._clock.now()


@pytest.fixture(params=["SOAP", "JSON"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    with serving(WebService()) as service:
        made = wired(service, documented(request.param), tmp_path)
        yield made
        made.made.close()


class TestAnswers:
    """The contracts of kiosk.ports.reports, directory and receipts."""

    def test_versions_come_oldest_first_with_their_status(self, site: Site) -> None:
        site.service.report("R1", BBH=2, ZT="3")
        site.service.report("R1", BBH=1, ZT="1")
        site.service.report("R2", ZT="9", BGSJ="2026-11-24 12:00:00")
        found = site.found()
        assert [(r.number, r.version, r.status) for r in found] == [
            ("R1", 1, ReportStatus.PRELIMINARY), ("R2", 2, ReportStatus.CANCELLED), ("R1", 3, ReportStatus.FINAL),
        ]  # fmt: skip
        assert found[0].chain == found[2].chain != found[1].chain
        assert found[2].written and found[2].written.isoformat() == "2026-11-24T09:30:00+08:00"
        identity = found[2].identity
        assert identity and (identity.name, identity.birth_date) == ("王秀英", date(1949, 12, 31))
        assert site.audit.told == []

    def test_a_document_by_a_request_of_its_own(self, site: Site) -> None:
        site.service.report("R1", PDF=PDF)
        site.service.report("R2", PDF=PDF + b"2")
        found = {r.number: r for r in site.found()}
        one = read_report(site.made.reports.document(exam(), found["R2"]))
        assert (one.pdf, one.patient_id, one.patient_name) == (PDF + b"2", "P1", "王秀英")

    def test_gone_or_changed_meanwhile_is_no_document(self, site: Site) -> None:
        site.service.report("R1", PDF=PDF)
        (report,) = site.found()
        site.service.tables["report"][0]["ZT"] = "9"
        with pytest.raises(KioskError, match="report-unreadable"):
            site.made.reports.document(exam(), report)

    def test_orders_by_accession_and_by_patient(self, site: Site) -> None:
        site.service.order("ACC1", ZT="40", BZ="VIP")
        site.service.order("ACC2", ZT="88")
        site.service.order("ACC3", BRID="P2")
        (one,) = site.orders.orders(StudyQuery(accession="ACC1"))
        assert (one.stage, one.hold, one.description) == (OrderStage.READING, "VIP", "胸部平扫")
        both = {o.accession: o.stage for o in site.orders.orders(StudyQuery(patient_id="P1"))}
        assert both == {"ACC1": OrderStage.READING, "ACC2": None}
        assert site.orders.orders(StudyQuery(visit_number="V1")) == []

    def test_facts_fill_blanks_and_somebody_else_leaves_none(self, site: Site) -> None:
        site.service.person()
        facts = site.made.directory.facts("P1", IdentityFacts("P1", "WANG XIUYING", birth_date=date(1949, 12, 31)))
        assert (facts.national_id, facts.telephone) == (NATIONAL, "13800135678")
        site.service.tables["person"] = []
        site.service.person(XM="李四", SFZH="")
        assert site.made.directory.facts("P1", IdentityFacts("P1", "王秀英", NATIONAL)) == IdentityFacts("P1")
        assert site.audit.told

    def test_a_receipt_is_told_once_it_was_taken(self, site: Site) -> None:
        receipts = site.made.receipts
        assert receipts is not None
        sink = receipts._sink
        sink.printed(PrintReceipt("S1", "report", "ACC1", "1.2.3", "P1", 'R"1<&', 2, "k1", 1_795_000_000.0))
        assert site.service.receipts == [
            {"SERIAL": "S1", "BGDH": 'R"1<&', "SHEETS": "2", "SJ": "2026-11-18 19:06:40"}
        ]
        site.service.lie = lambda sent: (sent[0], sent[1], re.sub(rb'(ResultCode&gt;|"code": )0', rb"\g<1>7", sent[2]))
        with pytest.raises(KioskError, match="archive-error"):
            sink.printed(PrintReceipt("S2", "report", "ACC1", "1.2.3", "P1", "R1", 2, "k1", 1_795_000_000.0))

    def test_a_number_cannot_become_a_part_of_the_request(self, site: Site) -> None:
        """With a configured alphabet numbers hold such characters."""
        number = "A]]>&<x>'\"/?=1"
        site.service.report("R1", SQDH=number)
        assert [r.number for r in site.found(accession=number)] == ["R1"]

    def test_an_empty_number_is_not_asked_for(self, site: Site) -> None:
        site.service.report("R1", SQDH="")
        assert site.found(accession="") == () and site.service.asked == []

    def test_the_doctor_asks_and_says_what_was_proved(self, site: Site) -> None:
        finding = site.probe("reports")
        assert finding.ok and "not proved" in finding.said
        site.service.report("R1", SQDH="0", BRID=None)
        finding = site.probe("reports")
        assert not finding.ok and "patient_id" in finding.said and "sample answer" in finding.advice


LIES: dict[str, tuple[Any, FaultCode]] = {
    "slow": (late, FaultCode.ARCHIVE_TIMEOUT),
    "hangs up": (lambda sent: None, FaultCode.ARCHIVE_UNREACHABLE),
    "cut off": (lambda sent: (*sent[:2], sent[2][: len(sent[2]) // 2]), FaultCode.ARCHIVE_ERROR),
    "a web page": (lambda sent: (200, "text/html", b"<!DOCTYPE html><p>Please log in"), FaultCode.ARCHIVE_ERROR),
    "words": (lambda sent: (200, "text/plain", b"OK"), FaultCode.ARCHIVE_ERROR),
    "nothing": (lambda sent: (200, "text/plain", b""), FaultCode.ARCHIVE_ERROR),
    "refused": (lambda sent: (401, "text/plain", b""), FaultCode.ARCHIVE_DENIED),
    "a fault": (lambda sent: (500, "text/xml", b"<Fault/>"), FaultCode.ARCHIVE_UNREACHABLE),
    "elsewhere": (lambda sent: (302, "text/plain", b""), FaultCode.ARCHIVE_ERROR),
    "64 MB": (lambda sent: (200, sent[1], sent[2] + b" " * (64 << 20)), FaultCode.TOO_LARGE),
    "bombs": (
        lambda sent: (200, "text/xml", b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>'),
        FaultCode.ARCHIVE_ERROR,
    ),
    "deep": (lambda sent: (200, "application/json", b"[" * 100_000), FaultCode.ARCHIVE_ERROR),
}


class TestLyingService:
    """Nothing that is not the exam's own gets through, and nothing without end."""

    @pytest.mark.parametrize("lie", LIES)
    def test_what_is_no_answer_is_a_fault(self, site: Site, lie: str) -> None:
        site.service.report("R1")
        site.service.lie, expected = LIES[lie]
        with pytest.raises(KioskError) as caught:
            site.found()
        assert caught.value.code is expected
        site.service.lie = lambda sent: sent
        assert len(site.found()) == 1

    def test_another_patient_under_the_same_accession_number(self, site: Site) -> None:
        site.service.report("R1", BRID="P2", XM="李四")
        site.service.report("R2")
        assert [r.number for r in site.found()] == ["R2"]
        assert [(f.dropped, f.accession) for f in site.audit.told] == [(1, "ACC1")]

    def test_another_person_in_the_document_row(self, site: Site) -> None:
        site.service.report("R1", PDF=PDF)
        (report,) = site.found()
        site.service.tables["report"][0]["XM"] = "李四"
        with pytest.raises(KioskError, match="wrong-patient"):
            site.made.reports.document(exam(), report)

    def test_ten_thousand_rows(self, site: Site) -> None:
        for number in range(10_000):
            site.service.report(f"R{number}")
        with pytest.raises(KioskError, match="archive-truncated"):
            site.found()

    def test_a_status_that_nobody_explained_is_not_ready(self, site: Site) -> None:
        site.service.report("R1", ZT="4")
        site.service.report("R2", ZT=None)
        assert {r.status for r in site.found()} == {ReportStatus.PRELIMINARY}

    def test_bytes_of_another_character_set_are_read(self, site: Site) -> None:
        site.service.report("R1")
        site.service.lie = as_gbk
        (report,) = site.found()
        assert report.identity and report.identity.name == "王秀英"

    @pytest.mark.parametrize("document", [b"", b"\xff\xfe no pdf", "<html>内部错误</html>".encode()])
    def test_what_is_no_pdf_is_never_printed_as_words(self, site: Site, document: bytes) -> None:
        site.service.report("R1", PDF=document)
        (report,) = site.found()
        with pytest.raises(KioskError, match="report-unreadable"):
            site.made.reports.document(exam(), report)

    def test_too_large_a_document(self, site: Site) -> None:
        site.service.report("R1", PDF=PDF)
        (report,) = site.found()

        def huge(sent: Sent) -> Sent:
            return 200, sent[1], b" " * (64 << 20)

        site.service.lie = lambda sent: huge(sent) if PDF in sent[2] or b"PDF" in sent[2] else sent
        with pytest.raises(KioskError, match="too-large"):
            site.made.reports.document(exam(), report)


def test_a_service_with_a_wsdl_of_its_own(tmp_path: Path) -> None:
    """npm's soap parses what the template sends by its WSDL, and answers as its library does."""
    data = tmp_path / "reports.json"
    row = {"BGDH": "R1", "BBH": 1, "ZT": "3", "SQDH": "ACC1", "BRID": "P1", "XM": "王秀英 <&>", "SFZH": NATIONAL}
    data.write_text(json.dumps([{**row, "PDF": base64.b64encode(PDF).decode()}, {**row, "BGDH": "R2", "SQDH": "ACC2"}]))
    with counterparts.node("soap_service.mjs", tmp_path / "log", str(data)) as url:
        made = wired(WebService(url=url), documented("SOAP"), tmp_path)
        (report,) = made.found(name="王秀英 <&>")
        assert (report.number, report.status) == ("R1", ReportStatus.FINAL)
        document = made.made.reports.document(exam(name="王秀英 <&>"), report)
        assert read_report(document).pdf == PDF
        made.made.close()


def test_the_token_is_sent_and_said_nowhere(tmp_path: Path) -> None:
    with serving(WebService()) as service:
        made = wired(service, documented("JSON"), tmp_path)
        made.service.lie = lambda sent: (403, "text/plain", b"")
        finding = made.probe("reports")
        made.made.close()
    assert service.asked[0][1]["Authorization"] == f"Bearer {TOKEN}"
    assert not finding.ok and TOKEN not in f"{finding.said}{finding.advice}" and "token" in finding.advice


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("{accession}", "{acession}", "nobody fills acession"),
        ('rows = "//Row"', 'rows = "//Row["', "ris.reports.requests.rows"),
        ('report_id = "BGDH", ', "", "lacks report_id"),
    ],
)
def test_what_is_misspelled_is_named_at_start(before: str, after: str, said: str, tmp_path: Path) -> None:
    text = documented("SOAP").replace(before, after, 1)
    with pytest.raises(KioskError, match="config-invalid") as caught:
        wired(WebService(url="http://127.0.0.1:1"), text, tmp_path)
    assert said in caught.value.detail
