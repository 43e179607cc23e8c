"""Objects by C-MOVE (PS3.4 C.4.2): the archive sends them to the hospital's gateway, the kiosk reads them there.

For archives that do not offer C-GET. The kiosk listens on nothing; it asks for a few objects at a time, and takes them
from the gateway's shelf once the archive says that they were sent.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from pydicom.uid import UID
from pynetdicom.association import Association
from pynetdicom.presentation import build_context

from kiosk.adapters.archive.dimse.get import chunked, identifier_of
from kiosk.adapters.archive.dimse.link import PENDING, SUCCESS, UNCOMPRESSED, DimseLink, broken
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.ports.archive import InstanceRef

MOVE = UID("1.2.840.10008.5.1.4.1.2.2.2")  # the study root's
_SOME_FAILED, _UNKNOWN_DESTINATION, _PART_FAILED = 0xB000, 0xA801, 0xA702


class MovedObjects(Protocol):
    """Where the gateway puts what archives send. Raises KioskError like a hospital database."""

    def taken(self, uids: Sequence[str]) -> dict[str, bytes]:
        """The objects (PS3.10) that lie there, by SOP instance UID."""
        ...


@dataclass
class MoveRetrieval:
    """One association that has objects sent. Used by one thread."""

    link: DimseLink
    shelf: MovedObjects
    destination: str
    deadline: float  # monotonic

    def objects(self, refs: Sequence[InstanceRef]) -> Iterator[tuple[InstanceRef, bytes | None]]:
        """In the order asked for; None for one that did not come. Raises KioskError where the transfer broke."""
        if not refs:
            return
        with self.link.association([build_context(MOVE, list(UNCOMPRESSED))]) as association:
            for chunk in chunked(refs):
                self._move(association, chunk)  # also what lies there: it may have been corrected since
                there = self.shelf.taken([ref.instance_uid for ref in chunk])
                for ref in chunk:
                    yield ref, there.pop(ref.instance_uid, None)

    def _move(self, association: Association, chunk: Sequence[InstanceRef]) -> None:
        for status, _ in association.send_c_move(identifier_of(chunk), self.destination, MOVE):
            if time.monotonic() > self.deadline:
                association.abort()
                raise KioskError(FaultCode.ARCHIVE_TIMEOUT, "objects stopped arriving")
            if not status:
                raise broken(association)
            if status.Status == _UNKNOWN_DESTINATION:
                raise KioskError(FaultCode.ARCHIVE_DENIED, f"the archive does not know the AE title {self.destination}")
            if status.Status not in (SUCCESS, *PENDING, _SOME_FAILED, _PART_FAILED):
                raise KioskError(FaultCode.ARCHIVE_ERROR, f"C-MOVE status {status.Status:04X}")
