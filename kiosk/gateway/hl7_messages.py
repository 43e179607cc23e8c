"""From an HL7 v2 message to inbox items: ORU^R01, MDM^T02, ORM^O01, OMG^O19, ADT^A08 and A40 (HL7 v2.5.1).

What is not there is empty; what contradicts itself takes the less ready word.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

import hl7

from kiosk.adapters.archive.dicom_records import national_number
from kiosk.adapters.archive.dicom_values import calendar_day, moment
from kiosk.domain.exam import ReportStatus
from kiosk.domain.orders import OrderStage
from kiosk.domain.person.identity import IdentityFacts
from kiosk.domain.waiting.inbox import InboxItem, ItemKind, ItemState, ItemWhy
from kiosk.imaging.dicom.charset import safe

_FINAL, _CANCELLED = ("F", "C"), ("X", "D")  # HL7 tables 0123 and 0085
_SIGNED = ("AU", "LA")  # table 0271, TXA-17
_CONTROL = dict.fromkeys(("CA", "OC", "DC", "CR"), OrderStage.CANCELLED)  # table 0119, ORC-1
_ORDER_STATUS = {  # table 0038, ORC-5
    "SC": OrderStage.REGISTERED,
    "IP": OrderStage.ARRIVED,
    "A": OrderStage.SCANNED,
    "CM": OrderStage.COMPLETE,
    "CA": OrderStage.CANCELLED,
    "DC": OrderStage.CANCELLED,
}
_WORDS = ("TX", "FT", "ST")
_CHARSETS = {"UNICODE UTF-8": "utf-8", "UTF-8": "utf-8", "GB 18030-2000": "gb18030", "GB18030": "gb18030"}


class BadMessageError(Exception):
    """Not a message, or one of a kind that nothing can be done with. The text holds nothing personal."""


@dataclass(frozen=True)
class MessagePlaces:
    """Where this hospital keeps its numbers, and how its messages are written."""

    accession: Sequence[str]
    study: Sequence[str]
    charset: str
    zone: tzinfo


@dataclass(frozen=True)
class Received:
    """A message, understood. `merged`: the old and the new patient number (A40)."""

    sender: str
    control: str
    version: str
    items: tuple[InboxItem, ...]
    merged: tuple[str, str] | None = None

    @property
    def key(self) -> str:
        """What tells a repeated message from another one: MSH-3, MSH-4, MSH-10."""
        return f"{self.sender}|{self.control}"


def understood(untrusted: bytes, places: MessagePlaces) -> Received:
    """Parse a message. Raises BadMessageError."""
    try:
        message = hl7.parse(_decoded(untrusted, places.charset).replace("\r\n", "\r").replace("\n", "\r").strip("\r"))
        return _Reader(message, places).received()
    except (hl7.HL7Exception, LookupError, ValueError, RecursionError) as error:
        raise BadMessageError(f"not understood: {type(error).__name__}") from error


def _decoded(untrusted: bytes, usual: str) -> str:
    if not untrusted.startswith(b"MSH") or len(untrusted) < 8:
        raise BadMessageError("no MSH segment")
    head = untrusted.split(b"\r", 1)[0].split(untrusted[3:4])
    named = head[17].decode("ascii", "replace").split("~")[0].strip().upper() if len(head) > 17 else ""
    try:
        return untrusted.decode(_CHARSETS.get(named, usual))
    except UnicodeDecodeError as error:
        raise BadMessageError("not in the character set it names") from error


class _Reader:
    def __init__(self, message: hl7.Message, places: MessagePlaces) -> None:
        self._message, self._places = message, places

    def received(self) -> Received:
        sender = f"{self._at('MSH-3')}|{self._at('MSH-4')}"
        control, kind = self._at("MSH-10"), self._at("MSH-9.1")
        if not control:
            raise BadMessageError("no message control id")
        trigger = self._at("MSH-9.2")
        key = f"{sender}|{control}"
        merged = None
        if kind == "ORU":
            items: tuple[InboxItem, ...] = (self._report(key, self._result_status()),)
        elif kind == "MDM":
            items = (self._report(key, self._document_status()),)
        elif kind in ("ORM", "OMG", "OMI"):
            items = (self._order(key),)
        elif kind == "ADT":
            items = (InboxItem(key, ItemKind.PERSON, identity=self._identity()),)
            old = self._at("MRG-1.1") if trigger == "A40" else ""
            if old and old != self._at("PID-3.1"):
                merged = old, self._at("PID-3.1")
                items += (InboxItem(f"{key}|merge", ItemKind.MERGE, accession=old, identity=self._identity()),)
        else:
            raise BadMessageError(f"messages of kind {kind[:8] or 'none'} are not taken")
        if not items[0].identity.patient_id:
            raise BadMessageError("no patient number in PID-3")
        return Received(sender, control, self._at("MSH-12") or "2.5.1", items, merged)

    # --- what stands where ------------------------------------------------------------------------------------------
    def _at(self, place: str, segment: hl7.Segment | None = None) -> str:
        """The first repetition's value at SEG-field or SEG-field.component."""
        name, _, rest = place.partition("-")
        number, _, component = rest.partition(".")
        found = segment if segment is not None else next(iter(_segments(self._message, name)), None)
        if found is None or len(found) <= int(number):
            return ""
        return safe(self._component(found[int(number)], int(component or 1)), 256)

    def _component(self, value: object, number: int) -> str:
        """A component of a field's first repetition, unescaped."""
        while isinstance(value, hl7.Field) and len(value):
            value = value[0]
        if isinstance(value, hl7.Repetition):
            value = value[number - 1] if len(value) >= number else ""
        elif number > 1:
            value = ""
        while isinstance(value, hl7.Container) and len(value):
            value = value[0]
        text = str(value) if not isinstance(value, hl7.Container) else ""
        return str(hl7.parser.unescape(self._message, text)) if "\\" in text else text

    def _first(self, places: Sequence[str]) -> str:
        return next((value for place in places if (value := self._at(place))), "")

    def _identity(self) -> IdentityFacts:
        pid = next(iter(_segments(self._message, "PID")), None)
        numbers = [str(one) for one in (self._at("PID-19"), *self._numbers(pid)) if one]
        name = " ".join(part for part in (self._at("PID-5.1"), self._at("PID-5.2")) if part)
        return IdentityFacts(
            patient_id=self._at("PID-3.1"),
            name=name if name.isascii() else name.replace(" ", ""),
            national_id=national_number(numbers),
            birth_date=calendar_day(self._at("PID-7")[:8]),
            telephone=self._at("PID-13.1") or self._at("PID-13.12"),
        )

    def _numbers(self, pid: hl7.Segment | None) -> list[str]:
        """All numbers of PID-3, whichever of them is the citizen's."""
        if pid is None or len(pid) <= 3:
            return []
        field = pid[3]
        return [safe(self._component(one, 1), 64) for one in field] if isinstance(field, hl7.Field) else [str(field)]

    def _when(self, *places: str) -> datetime | None:
        told = self._first(places)
        return moment(told[:8], told[8:14], self._places.zone) if told else None

    # --- reports ----------------------------------------------------------------------------------------------------
    def _report(self, key: str, status: ReportStatus) -> InboxItem:
        return InboxItem(
            message=key,
            kind=ItemKind.REPORT,
            accession=self._first(self._places.accession),
            study_uid=self._first(self._places.study),
            identity=self._identity(),
            number=self._first(("TXA-12", "OBR-3", "OBR-2", "ORC-3")) or self._at("MSH-10"),
            status=status,
            written=self._when("OBR-22", "TXA-4", "MSH-7"),
            title=self._at("OBR-4.2") or self._at("TXA-2"),
            modality=self._at("OBR-24"),
            document=self._document(),
        )

    def _result_status(self) -> ReportStatus:
        """OBR-25, and no part may be less (OBX-11)."""
        told = self._at("OBR-25")
        parts = {self._at("OBX-11", obx) for obx in _segments(self._message, "OBX")} - {""}
        if told in _CANCELLED or parts & set(_CANCELLED):
            return ReportStatus.CANCELLED
        return ReportStatus.FINAL if told in _FINAL and parts <= set(_FINAL) else ReportStatus.PRELIMINARY

    def _document_status(self) -> ReportStatus:
        if self._at("TXA-19") in ("CA", "OB"):  # table 0273: deleted, obsolete
            return ReportStatus.CANCELLED
        return ReportStatus.FINAL if self._at("TXA-17") in _SIGNED else ReportStatus.PRELIMINARY

    def _document(self) -> bytes:
        """The first encapsulated document, else all words, a line a segment."""
        words: list[str] = []
        for obx in _segments(self._message, "OBX"):
            kind = self._at("OBX-2", obx)
            if kind in ("ED", "RP"):
                return self._encapsulated(obx)
            if kind in _WORDS and len(obx) > 5:
                words += [safe(line, 2000) for line in self._lines(obx[5])]
        return "\n".join(words).strip().encode()

    def _lines(self, field: object) -> list[str]:
        repeated = list(field) if isinstance(field, hl7.Field) else [field]
        told = [self._component(one, 1) for one in repeated]
        return [line for text in told for line in text.replace("\\.br\\", "\n").splitlines()]

    def _encapsulated(self, obx: hl7.Segment) -> bytes:
        """ED: source, type, subtype, encoding, data (HL7 2.A.24)."""
        if len(obx) <= 5 or self._component(obx[5], 4).upper() != "BASE64":
            raise BadMessageError("OBX-5 is no base 64 document")
        try:
            return base64.b64decode("".join(self._component(obx[5], 5).split()), validate=True)
        except binascii.Error as error:
            raise BadMessageError("OBX-5: damaged base 64") from error

    def _order(self, key: str) -> InboxItem:
        """An order that names neither an accession number nor a study is found by nothing: staff have to say whose."""
        control, status = self._at("ORC-1"), self._at("ORC-5")
        registered = OrderStage.REGISTERED if control in ("NW", "XO") else None
        named = self._first(self._places.accession) or self._first(self._places.study)
        return InboxItem(
            message=key,
            kind=ItemKind.ORDER,
            accession=self._first(self._places.accession),
            study_uid=self._first(self._places.study),
            identity=self._identity(),
            stage=_CONTROL.get(control) or _ORDER_STATUS.get(status) or registered,
            written=self._when("ORC-9", "MSH-7"),
            title=self._at("OBR-4.2"),
            modality=self._at("OBR-24"),
            patient_type=self._at("PV1-2"),
            state=ItemState.NEW if named else ItemState.UNMATCHED,
            why=None if named else ItemWhy.NO_NUMBER,
        )


def _segments(message: hl7.Message, name: str) -> list[hl7.Segment]:
    try:
        return list(message.segments(name))
    except KeyError:
        return []
