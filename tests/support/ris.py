"""A hospital's information system in tests: tables as hospitals have them, in whatever database is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import create_engine, text

from kiosk.domain.exam import Exam
from kiosk.domain.person.identity import IdentityFacts

NATIONAL = "11010519491231002X"
SELECT_REPORTS = """
    SELECT BGDH AS report_id, BBH AS version, ZT AS status, SQDH AS accession, BRID AS patient_id, XM AS patient_name,
           CSRQ AS birth_date, SFZH AS national_id, STUDYUID AS study_uid, BGSJ AS written, BT AS title,
           PDF AS pdf, PDFURL AS pdf_url, PDFPATH AS pdf_path, ZDYJ AS text
    FROM V_BG WHERE SQDH = :accession OR STUDYUID = :study
"""
SELECT_ORDERS = """
    SELECT SQDH AS accession, BRID AS patient_id, XM AS patient_name, STUDYUID AS study_uid, ZT AS stage, SJ AS since,
           BZ AS hold, SBLX AS modality, MS AS description
    FROM V_SQ WHERE SQDH = :accession OR BRID = :patient OR STUDYUID = :study
"""
SELECT_PEOPLE = "SELECT BRID AS patient_id, XM AS patient_name, SFZH AS national_id, CSRQ AS birth_date, DH AS telephone FROM V_BR WHERE BRID = :patient"  # noqa: E501
INSERT_RECEIPT = (
    "INSERT INTO PRINTED (SERIAL, KIND, BGDH, SQDH, BRID, SHEETS, KIOSK, SJ) "
    "VALUES (:serial, :kind, :report, :accession, :patient, :sheets, :kiosk, :printed_at)"
)
STATUS = {"1": "preliminary", "3": "final", "9": "cancelled"}
STAGES = {"10": "registered", "30": "scanned", "40": "reading", "50": "signed", "99": "cancelled"}


@dataclass(frozen=True)
class Ris:
    """A database with the tables."""

    url: str

    def run(self, statement: str, **values: Any) -> list[Any]:
        """One statement as the hospital's own user."""
        engine = create_engine(self.url)
        try:
            with engine.begin() as connection:
                done = connection.execute(text(statement), values)
                return list(done.fetchall()) if done.returns_rows else []
        finally:
            engine.dispose()

    def report(self, number: str, **values: Any) -> None:
        """One row of the view of reports: signed, of 王秀英, unless told otherwise."""
        row = {
            "BGDH": number, "BBH": 1, "ZT": "3", "SQDH": "ACC1", "BRID": "P1", "XM": "王秀英", "CSRQ": "1949-12-31",
            "SFZH": NATIONAL, "STUDYUID": None, "BGSJ": "2026-11-24 09:30:00", "BT": "CT 报告", "PDF": None,
            "PDFURL": None, "PDFPATH": None, "ZDYJ": None, **values,
        }  # fmt: skip
        self._insert("V_BG", row)

    def order(self, accession: str, **values: Any) -> None:
        """One row of the view of orders."""
        row = {
            "SQDH": accession, "BRID": "P1", "XM": "王秀英", "STUDYUID": None, "ZT": "50", "SJ": "2026-11-24 08:00:00",
            "BZ": None, "SBLX": "CT", "MS": "胸部平扫", **values,
        }  # fmt: skip
        self._insert("V_SQ", row)

    def person(self, **values: Any) -> None:
        """One row of the view of persons."""
        row = {"BRID": "P1", "XM": "王秀英", "SFZH": NATIONAL, "CSRQ": "19491231", "DH": "13800135678", **values}
        self._insert("V_BR", row)

    def _insert(self, table: str, row: dict[str, Any]) -> None:
        names, binds = ", ".join(row), ", ".join(f":{name}" for name in row)
        self.run(f"INSERT INTO {table} ({names}) VALUES ({binds})", **row)  # noqa: S608 - the tests' own names


def filled(url: str) -> Ris:
    """Make the tables."""
    blob = {"postgresql": "BYTEA", "mariadb": "LONGBLOB"}.get(url.partition("+")[0].partition(":")[0], "BLOB")
    ris = Ris(url)
    ris.run(
        "CREATE TABLE V_BG (BGDH VARCHAR(32), BBH INTEGER, ZT VARCHAR(8), SQDH VARCHAR(32), BRID VARCHAR(32), "
        "XM VARCHAR(64), CSRQ VARCHAR(10), SFZH VARCHAR(18), STUDYUID VARCHAR(64), BGSJ VARCHAR(32), BT VARCHAR(64), "
        f"PDF {blob}, PDFURL VARCHAR(500), PDFPATH VARCHAR(500), ZDYJ {blob})"
    )
    ris.run(
        "CREATE TABLE V_SQ (SQDH VARCHAR(32), BRID VARCHAR(32), XM VARCHAR(64), STUDYUID VARCHAR(64), ZT VARCHAR(8), "
        "SJ VARCHAR(32), BZ VARCHAR(64), SBLX VARCHAR(8), MS VARCHAR(64))"
    )
    ris.run("CREATE TABLE V_BR (BRID VARCHAR(32), XM VARCHAR(64), SFZH VARCHAR(18), CSRQ VARCHAR(10), DH VARCHAR(20))")
    ris.run(
        "CREATE TABLE PRINTED (SERIAL VARCHAR(32), KIND VARCHAR(16), BGDH VARCHAR(32), SQDH VARCHAR(32), "
        "BRID VARCHAR(32), SHEETS INTEGER, KIOSK VARCHAR(32), SJ TIMESTAMP)"
    )
    return ris


def exam(accession: str = "ACC1", study: str = "1.2.3", **values: Any) -> Exam:
    """The exam that the archive knows."""
    who = {"patient_id": "P1", "name": "王秀英", "national_id": NATIONAL, **values}
    return Exam(study, accession, IdentityFacts(**who), "CT", "CHEST", "", None)
