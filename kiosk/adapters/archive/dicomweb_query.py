"""The questions put to a DICOMweb archive (QIDO-RS, PS3.18 10.6; metadata, 10.4.1.1.2), each bounded, none believed."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kiosk.adapters.archive import dicom_records
from kiosk.adapters.archive.dicom_records import Record
from kiosk.adapters.archive.dicomweb_http import Transport
from kiosk.adapters.archive.limits import MIB
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.imaging.dicom import attributes as known
from kiosk.imaging.dicom.attributes import Attribute

INSTANCE_PAGE = 1000
MOST_SERIES = 500
_QUERY_LIMIT = 4 * MIB
_LISTING_LIMIT = 16 * MIB
_UID = re.compile(r"[0-9]+(\.[0-9]+)*")
_IN_EVERY_INDEX = frozenset(dicom_records.key(a) for a in (known.ACCESSION, known.PATIENT_ID, known.STUDY_UID))


def checked_uid(uid: str) -> str:
    """The UID, if it is one (PS3.5 9); nothing else gets into an address (case 71)."""
    if not is_uid(uid):
        raise KioskError(FaultCode.ARCHIVE_ERROR, "not a UID")
    return uid


def is_uid(uid: str) -> bool:
    """True where it is one."""
    return len(uid) <= 64 and _UID.fullmatch(uid) is not None


def tags(*attributes: Attribute) -> str:
    """Attributes as a list of tags, for includefield."""
    return ",".join(dicom_records.key(a) for a in attributes)


class Questions:
    """Asks one archive. Raises KioskError ARCHIVE_*, TOO_LARGE."""

    def __init__(self, transport: Transport, query_s: float) -> None:
        self._http = transport
        self._query_s = query_s

    def studies(self, asked: Mapping[str, str], size: int, number: int) -> list[Record]:
        """What the index does not hold itself costs it a look into a file: asked for only where it decides."""
        more = {} if asked.keys() & _IN_EVERY_INDEX else {"includefield": tags(*dicom_records.STUDY_LEVEL)}
        return self.query("/studies", {**more, **asked}, size, number * size)

    def unless_refused(self, path: str, asked: Mapping[str, str] | None = None) -> list[Record]:
        """The headers; nothing where the archive has an error for just these objects."""
        try:
            return self.metadata(path, asked)
        except KioskError as fault:
            if fault.code is not FaultCode.ARCHIVE_ERROR:
                raise
            return []

    def metadata(self, path: str, asked: Mapping[str, str] | None = None) -> list[Record]:
        """The headers of the objects below a path; nothing where they are beyond all measure (thousands of frames)."""
        try:
            found = self._http.json(path, _LISTING_LIMIT, self._query_s, asked)
        except KioskError as fault:
            if fault.code is not FaultCode.TOO_LARGE:
                raise
            return []
        return [dicom_records.from_json(item) for item in found]

    def query(self, path: str, asked: Mapping[str, str], limit: int, offset: int) -> list[Record]:
        """One page of results."""
        parameters = {**asked, "limit": str(limit), **({"offset": str(offset)} if offset else {})}
        allowed = _QUERY_LIMIT if limit <= MOST_SERIES else _LISTING_LIMIT
        items = self._http.json(path, allowed, self._query_s, parameters)
        return [dicom_records.from_json(item) for item in items[:limit]]
