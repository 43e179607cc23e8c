"""What every source of reports, orders and facts keeps to, asked of views in PostgreSQL, MariaDB and SQLite; then views
that lie, and servers that go away."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.dialects import mssql, oracle

from kiosk.adapters.ris import row_sources as sql
from kiosk.adapters.ris.outbox import SealedOutbox
from kiosk.adapters.ris.row_documents import RowDocuments
from kiosk.adapters.ris.sql_receipts import SqlReceipts
from kiosk.adapters.ris.sql_views import HospitalDatabase, HospitalView
from kiosk.config.ris import DatabaseSettings
from kiosk.domain.exam import ReportStatus
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.orders import OrderStage
from kiosk.domain.person.identity import IdentityFacts
from kiosk.imaging.paper.source import read_report
from kiosk.ports.archive import Foreign, StudyQuery
from kiosk.ports.receipts import PrintReceipt
from tests.support import ris as hospital
from tests.support.mariadb import MariaDb, let_go_of_refused
from tests.support.postgres import Cluster
from tests.support.ris import NATIONAL, Ris, exam

ZONE = ZoneInfo("Asia/Shanghai")
PDF = b"%PDF-1.4 nobody's\n%%EOF"
STATUS = {word: ReportStatus(meaning) for word, meaning in hospital.STATUS.items()}


@dataclass
class Connection:
    """The views of one database, and who was told of strangers."""

    ris: Ris
    database: HospitalDatabase
    files: Path
    foreign: list[Foreign] = field(default_factory=list)

    def reports(self, select: str = hospital.SELECT_REPORTS) -> sql.RowReports:
        view = HospitalView(self.database, select, sql.RowReports.needed, sql.RowReports.read)
        documents = RowDocuments(("http://127.0.0.1:1/pdf/",), {"\\\\ris\\pdf": self.files}, 10_000, 2)
        return sql.RowReports(view, STATUS, documents, ZONE, self.foreign.append)

    def orders(self) -> sql.RowOrders:
        stages = {word: OrderStage(meaning) for word, meaning in hospital.STAGES.items()}
        view = HospitalView(self.database, hospital.SELECT_ORDERS, sql.RowOrders.needed, sql.RowOrders.read)
        return sql.RowOrders(view, stages, ZONE, self.foreign.append)

    def directory(self) -> sql.RowDirectory:
        view = HospitalView(self.database, hospital.SELECT_PEOPLE, sql.RowDirectory.needed, sql.RowDirectory.read)
        return sql.RowDirectory(view, self.foreign.append)


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def connection(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connection]:
    """A fresh database of each kind."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/ris.db"
    else:
        server = request.getfixturevalue("cluster" if request.param == "postgresql" else "mariadb")
        url = server.database()
    made = hospital.filled(url)
    database = HospitalDatabase(DatabaseSettings(url=url, query_s=2, rows=100), "")
    files = tmp_path / "pdf"
    files.mkdir()
    yield Connection(made, database, files)
    database.close()


class TestReports:
    """The contract of kiosk.ports.reports."""

    def test_versions_come_oldest_first_with_their_status(self, connection: Connection) -> None:
        connection.ris.report("R1", BBH=2, ZT="3", PDF=PDF)
        connection.ris.report("R1", BBH=1, ZT="1")
        connection.ris.report("R2", ZT="9", BGSJ="2026-11-24 12:00:00")
        found = connection.reports().find(exam())
        assert [(r.number, r.version, r.status) for r in found] == [
            ("R1", 1, ReportStatus.PRELIMINARY), ("R2", 2, ReportStatus.CANCELLED), ("R1", 3, ReportStatus.FINAL),
        ]  # fmt: skip
        assert found[0].chain == found[2].chain != found[1].chain
        assert found[0].instance_uid != found[2].instance_uid
        assert found[2].written and found[2].written.isoformat() == "2026-11-24T09:30:00+08:00"
        identity = found[2].identity
        assert identity and (identity.name, identity.birth_date) == ("王秀英", date(1949, 12, 31))
        assert connection.foreign == []

    def test_a_document_out_of_a_blob_a_path_or_words(self, connection: Connection) -> None:
        (connection.files / "2026").mkdir()
        (connection.files / "2026" / "r2.pdf").write_bytes(PDF + b"2")
        connection.ris.report("R1", PDF=PDF)
        connection.ris.report("R2", PDFPATH="\\\\RIS\\pdf\\2026\\r2.pdf")
        connection.ris.report("R3", ZDYJ="两肺未见异常".encode("gbk"))
        reports = connection.reports()
        found = {r.number: r for r in reports.find(exam())}
        one = read_report(reports.document(exam(), found["R1"]))
        assert (one.pdf, one.patient_id, one.study_uid, one.patient_name) == (PDF, "P1", "1.2.3", "王秀英")
        assert read_report(reports.document(exam(), found["R2"])).pdf == PDF + b"2"
        words = read_report(reports.document(exam(), found["R3"])).words
        assert words is not None and "两肺未见异常" in str(words.sections)

    def test_gone_or_changed_meanwhile_is_no_document(self, connection: Connection) -> None:
        connection.ris.report("R1", PDF=PDF)
        reports = connection.reports()
        (report,) = reports.find(exam())
        connection.ris.run("UPDATE V_BG SET ZT = '9'")
        with pytest.raises(KioskError, match="report-unreadable"):
            reports.document(exam(), report)
        connection.ris.run("DELETE FROM V_BG")
        with pytest.raises(KioskError, match="report-unreadable"):
            reports.document(exam(), report)

    def test_the_doctor_runs_it_and_names_what_is_missing(self, connection: Connection) -> None:
        assert "columns" in connection.reports().probe()
        bad = "SELECT BGDH AS report_id, SQDH AS accession, PDF AS pdf FROM V_BG WHERE SQDH = :accession"
        with pytest.raises(KioskError, match="status, patient_id"):
            connection.reports(bad).probe()


class TestLyingView:
    """Nothing that is not the exam's own gets through, and nothing without end."""

    def test_another_patient_under_the_same_accession_number(self, connection: Connection) -> None:
        connection.ris.report("R1", BRID="P2", XM="李四")
        connection.ris.report("R2")
        assert [r.number for r in connection.reports().find(exam())] == ["R2"]
        assert [(f.dropped, f.accession) for f in connection.foreign] == [(1, "ACC1")]

    def test_a_view_that_ignores_its_binds(self, connection: Connection) -> None:
        connection.ris.report("R1", SQDH="OTHER", BRID="P7")
        all_rows = hospital.SELECT_REPORTS.replace("WHERE", "WHERE 1 = 1 OR")
        assert connection.reports(all_rows).find(exam()) == ()
        assert connection.foreign

    def test_another_person_in_the_document_row(self, connection: Connection) -> None:
        connection.ris.report("R1", PDF=PDF)
        reports = connection.reports()
        (report,) = reports.find(exam())
        connection.ris.run("UPDATE V_BG SET XM = '李四'")
        with pytest.raises(KioskError, match="wrong-patient"):
            reports.document(exam(), report)

    def test_more_rows_than_are_believable(self, connection: Connection) -> None:
        connection.ris.report("R1", PDF=PDF)
        for _ in range(8):
            connection.ris.run("INSERT INTO V_BG SELECT * FROM V_BG")
        with pytest.raises(KioskError, match="archive-truncated"):
            connection.reports().find(exam())

    def test_a_status_that_nobody_explained_is_not_ready(self, connection: Connection) -> None:
        connection.ris.report("R1", ZT="4")
        connection.ris.report("R2", ZT=None)
        assert {r.status for r in connection.reports().find(exam())} == {ReportStatus.PRELIMINARY}

    def test_an_empty_number_matches_nothing(self, connection: Connection) -> None:
        connection.ris.report("R1", SQDH="", BRID="P1")
        assert connection.reports().find(exam(accession="")) == ()

    def test_too_large_a_document_and_one_outside_its_places(self, connection: Connection) -> None:
        (connection.files.parent / "secret.pdf").write_bytes(PDF)
        (connection.files / "link.pdf").symlink_to(connection.files.parent / "secret.pdf")
        cases = {
            "R1": ({"PDF": PDF + b" " * 10_000}, FaultCode.TOO_LARGE),
            "R2": ({"PDFPATH": "\\\\ris\\pdf\\..\\secret.pdf"}, FaultCode.REPORT_UNREADABLE),
            "R3": ({"PDFPATH": "/etc/passwd"}, FaultCode.REPORT_UNREADABLE),
            "R4": ({"PDFURL": "http://127.0.0.1:2/pdf/a.pdf"}, FaultCode.REPORT_UNREADABLE),
            "R5": ({"PDFURL": "http://127.0.0.1:1/pdf/%2e%2e/a.pdf"}, FaultCode.REPORT_UNREADABLE),
            "R6": ({"PDFPATH": "\\\\ris\\pdf\\link.pdf"}, FaultCode.REPORT_UNREADABLE),
            "R7": ({}, FaultCode.REPORT_UNREADABLE),
            "R8": ({"PDFURL": "http://127.0.0.1:1/pdf/a.pdf"}, FaultCode.ARCHIVE_UNREACHABLE),
        }
        for number, (values, _) in cases.items():
            connection.ris.report(number, **values)
        reports = connection.reports()
        for report in reports.find(exam()):
            with pytest.raises(KioskError) as caught:
                reports.document(exam(), report)
            assert (report.number, caught.value.code) == (report.number, cases[report.number][1])

    def test_bytes_of_another_character_set_are_read(self, connection: Connection) -> None:
        latin = "王秀英".encode("gbk").decode("latin-1")
        connection.ris.report("R1", XM=latin)
        (report,) = connection.reports().find(exam())
        assert report.identity and report.identity.name == "王秀英"

    def test_only_reading(self, connection: Connection) -> None:
        with pytest.raises(KioskError):
            connection.database.write("DELETE FROM V_BG", {})
        for written in ("DELETE FROM V_BG", "SELECT 1; DROP TABLE V_BG", "SELECT * FROM V_BG WHERE BGDH = :what"):
            with pytest.raises(KioskError, match="config-invalid"):
                connection.reports(written)


class TestOrders:
    """The contract of kiosk.ports.orders."""

    def test_by_accession_and_by_patient(self, connection: Connection) -> None:
        connection.ris.order("ACC1", ZT="40", BZ="VIP")
        connection.ris.order("ACC2", ZT="88")
        connection.ris.order("ACC3", BRID="P2")
        orders = connection.orders()
        (one,) = orders.orders(StudyQuery(accession="ACC1"))
        assert (one.stage, one.hold, one.description) == (OrderStage.READING, "VIP", "胸部平扫")
        assert one.since and one.since.hour == 8
        both = {o.accession: o.stage for o in orders.orders(StudyQuery(patient_id="P1"))}
        assert both == {"ACC1": OrderStage.READING, "ACC2": None}
        assert orders.orders(StudyQuery(visit_number="V1")) == []


class TestDirectory:
    """The contract of kiosk.ports.directory."""

    def test_blanks_are_filled(self, connection: Connection) -> None:
        connection.ris.person()
        facts = connection.directory().facts("P1", IdentityFacts("P1", "WANG XIUYING", birth_date=date(1949, 12, 31)))
        assert (facts.national_id, facts.telephone) == (NATIONAL, "13800135678")

    def test_somebody_else_under_the_number_leaves_nothing_to_ask(self, connection: Connection) -> None:
        connection.ris.person(XM="李四", SFZH="")
        hint = IdentityFacts("P1", "王秀英", NATIONAL)
        assert connection.directory().facts("P1", hint) == IdentityFacts("P1")
        assert connection.foreign


def test_a_receipt_is_written(connection: Connection) -> None:
    database = HospitalDatabase(DatabaseSettings(url=connection.ris.url), "", writes=True)
    sink = SqlReceipts(database, hospital.INSERT_RECEIPT, ZONE)
    sink.printed(PrintReceipt("S1", "report", "ACC1", "1.2.3", "P1", "R1", 2, "k1", 1_795_000_000.0))
    sink.close()
    ((serial, number, sheets, at),) = connection.ris.run("SELECT SERIAL, BGDH, SHEETS, SJ FROM PRINTED")
    assert (serial, number, sheets) == ("S1", "R1", 2) and str(at).startswith("2026-11-18 19:06:40")


def slow(select: str, wait: str) -> str:
    return f"{select} AND {wait}" if "OR" not in select else select.replace("WHERE", f"WHERE {wait} AND (") + ")"


@pytest.mark.parametrize(("server", "wait"), [("cluster", "pg_sleep(30) IS NULL"), ("mariadb", "SLEEP(30) = 1")])
def test_a_slow_view_ends_in_time(server: str, wait: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    url = request.getfixturevalue(server).database()
    made = hospital.filled(url)
    made.report("R1")
    database = HospitalDatabase(DatabaseSettings(url=url, query_s=1), "")
    connection = Connection(made, database, tmp_path)
    reports = connection.reports(slow(hospital.SELECT_REPORTS, wait))
    with pytest.raises(KioskError, match="archive-timeout"):
        reports.find(exam())
    database.close()


@pytest.fixture(params=["postgresql", "mariadb"])
def own_server(request: pytest.FixtureRequest) -> Iterator[Cluster | MariaDb]:
    """A server that a test may stop."""
    server = Cluster() if request.param == "postgresql" else MariaDb()
    server.start()
    yield server
    server.remove()
    let_go_of_refused()


def test_a_server_restarted_in_a_query(own_server: Cluster | MariaDb, tmp_path: Path) -> None:
    """The query under way fails with a word for it, the next one finds the server again."""
    url = own_server.database()
    made = hospital.filled(url)
    made.report("R1")
    database = HospitalDatabase(DatabaseSettings(url=url, query_s=30), "")
    connection, faults = Connection(made, database, tmp_path), []
    wait = "pg_sleep(25) IS NULL" if isinstance(own_server, Cluster) else "SLEEP(25) = 1"
    assert len(connection.reports().find(exam())) == 1

    def ask() -> None:
        with pytest.raises(KioskError) as caught:
            connection.reports(slow(hospital.SELECT_REPORTS, wait)).find(exam())
        faults.append(caught.value.code)

    asking = threading.Thread(target=ask)
    asking.start()
    asking.join(1.0)
    own_server.stop()
    asking.join(60)
    with pytest.raises(KioskError, match="archive-unreachable"):
        connection.reports().find(exam())
    own_server.start()
    assert len(connection.reports().find(exam())) == 1
    assert faults and faults[0] in (FaultCode.ARCHIVE_UNREACHABLE, FaultCode.ARCHIVE_ERROR)
    database.close()


def test_other_dialects_are_asked_in_their_own_words(tmp_path: Path) -> None:
    """Oracle and SQL Server: what is compiled for them; no server of theirs was asked."""
    database = HospitalDatabase(DatabaseSettings(url=f"sqlite:///{tmp_path}/x.db"), "")
    view = HospitalView(database, hospital.SELECT_REPORTS, sql.RowReports.needed, ())
    assert "SELECT TOP " in view.compiled(mssql.dialect())
    compiled = view.compiled(oracle.dialect())
    assert "FETCH FIRST" in compiled
    assert ":accession" in compiled and "ACC1" not in compiled


def test_what_waits_is_sealed_and_survives(tmp_path: Path) -> None:
    receipt = PrintReceipt("S1", "report", "ACC1", "1.2.3", "PATIENT7", "R1", 2, "k1", 1.0)
    outbox = SealedOutbox(tmp_path / "receipts.db", b"k" * 64)
    outbox.put(receipt)
    outbox.put(receipt)
    assert SealedOutbox(tmp_path / "receipts.db", b"k" * 64).waiting() == [receipt]
    assert b"PATIENT7" not in (tmp_path / "receipts.db").read_bytes()
    with pytest.raises(KioskError, match="another key"):
        SealedOutbox(tmp_path / "receipts.db", b"x" * 64).waiting()
    outbox.done("S1")
    assert outbox.waiting() == []
