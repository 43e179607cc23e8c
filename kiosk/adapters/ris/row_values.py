"""Values of a row of somebody else's view: text, days and moments, however the view keeps them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from typing import Any

from kiosk.adapters.archive.dicom_values import calendar_day, moment, repaired
from kiosk.domain.person.identity import IdentityFacts
from kiosk.imaging.dicom.charset import safe
from kiosk.ports.receipts import PrintReceipt

Row = Mapping[str, Any]
RECEIPT = ("serial", "kind", "accession", "study", "patient", "report", "sheets", "kiosk", "printed_at")
_LONGEST = 256
_DAY_AND_TIME = re.compile(r"(\d{4})\D?(\d{2})\D?(\d{2})(?:\D?(\d{2})\D?(\d{2})(?:\D?(\d{2}))?)?", re.ASCII)


def text(row: Row, name: str, longest: int = _LONGEST) -> str:
    """The value as safe text; bytes are UTF-8 or else GB 18030, and GBK taken for Latin-1 is read rightly."""
    value = row.get(name)
    if value is None:
        return ""
    if isinstance(value, bytes | bytearray | memoryview):
        value = decoded(bytes(value))
    lines = (safe(repaired(line), longest) for line in str(value)[:longest].splitlines())
    return "\n".join(lines).strip()


def decoded(untrusted: bytes) -> str:
    """UTF-8 where it is that, else GB 18030; what is neither is replaced."""
    try:
        return untrusted.decode("utf-8")
    except UnicodeDecodeError:
        return untrusted.decode("gb18030", errors="replace")


def day(row: Row, name: str) -> date | None:
    """A date, a moment's date, or a text that begins with one."""
    value = row.get(name)
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    match = _DAY_AND_TIME.match(text(row, name))
    return calendar_day("".join(match.groups()[:3])) if match else None


def when(row: Row, name: str, zone: tzinfo) -> datetime | None:
    """A moment; one without a zone is the hospital's own time."""
    value = row.get(name)
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=zone)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=zone)
    match = _DAY_AND_TIME.match(text(row, name))
    if match is None:
        return None
    parts = [part or "" for part in match.groups()]
    return moment("".join(parts[:3]), "".join(parts[3:]), zone)


def identity(row: Row) -> IdentityFacts:
    """What the row says of its person."""
    return IdentityFacts(
        patient_id=text(row, "patient_id"),
        name=text(row, "patient_name").replace("^", " ").strip(),
        national_id=text(row, "national_id").upper(),
        birth_date=day(row, "birth_date"),
        telephone=text(row, "telephone"),
    )


def receipt_values(receipt: PrintReceipt, zone: tzinfo) -> dict[str, str | int | datetime]:
    """A receipt under the names that statements and templates use. The moment is the hospital's own, without a zone."""
    return {
        "serial": receipt.serial,
        "kind": receipt.kind,
        "accession": receipt.accession,
        "study": receipt.study_uid,
        "patient": receipt.patient_id,
        "report": receipt.report,
        "sheets": receipt.sheets,
        "kiosk": receipt.kiosk,
        "printed_at": datetime.fromtimestamp(receipt.when, zone).replace(tzinfo=None, microsecond=0),
    }
