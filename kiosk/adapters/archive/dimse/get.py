"""Objects by C-GET (PS3.4 C.4.3), in the order they are wanted, as they arrived on the wire.

An archive sends what it was asked for in its own order; so few objects are asked for at a time, and memory holds no
more than these. What arrives is never decoded here: the bytes of the request become a PS3.10 file.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from pydicom.dataset import Dataset
from pydicom.uid import UID
from pynetdicom import evt
from pynetdicom.presentation import PresentationContext, build_context

from kiosk.adapters.archive.dicom_records import ENCAPSULATED_PDF, SR_DOCUMENTS
from kiosk.adapters.archive.dimse.link import PENDING, SUCCESS, UNCOMPRESSED, DimseLink, broken
from kiosk.adapters.archive.limits import MIB, ByteLimits
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.imaging.dicom.codecs import COMPRESSED
from kiosk.ports.archive import InstanceRef

GET = UID("1.2.840.10008.5.1.4.1.2.2.3")  # the study root's
CHUNK = 32  # objects asked for at a time: a sheet of film and a little
AHEAD = 8  # objects that may wait for whoever takes them
MOST_CONTEXTS = 120  # of 128 (PS3.8 9.3.2.2)
_OVERHEAD = 1 * MIB
_WARNINGS = (0xB000,)
_REFUSED = 0xA702  # no resources: the transfer was given up
_STORAGE = "1.2.840.10008.5.1.4.1.1."
USUAL_CLASSES = tuple(_STORAGE + end for end in (
    "2", "2.1", "4", "4.1", "1", "1.1", "1.2", "6.1", "3.1", "12.1", "12.2", "20", "128", "7", "7.2", "7.4", "11.1",
    "88.59", "104.1", "88.11", "88.22", "88.33",
))  # fmt: skip
USUAL_SYNTAXES = tuple(f"1.2.840.10008.1.2.4.{number}" for number in (50, 70, 80, 90, 91))
DOCUMENTS = (ENCAPSULATED_PDF, *SR_DOCUMENTS)


def get_contexts(classes: Sequence[str]) -> list[PresentationContext]:
    """C-GET, and for each class one context a syntax, so that every object can come as it is kept.

    Where a class is not known (dcmqrscp tells none), those that a hospital has are proposed, with the usual syntaxes.
    """
    contexts = [build_context(GET, list(UNCOMPRESSED))]
    for sop_class in wanted_classes(classes):
        contexts.append(build_context(sop_class, list(UNCOMPRESSED)))
        if sop_class not in DOCUMENTS:
            syntaxes = COMPRESSED if all(classes) else USUAL_SYNTAXES
            contexts += [build_context(sop_class, syntax) for syntax in syntaxes]
    return contexts[:MOST_CONTEXTS]


def wanted_classes(classes: Sequence[str]) -> list[str]:
    """Each class once; the usual ones where one is not known."""
    told = [one for one in classes if one]
    return list(dict.fromkeys(told if all(classes) else [*told, *USUAL_CLASSES]))


@dataclass
class _Arrival:
    """What the receiving thread tells: an object, the end of a chunk, or the end of all with what went wrong."""

    uid: str = ""
    data: bytes = b""
    chunk_over: bool = False
    over: bool = False
    fault: KioskError | None = None


@dataclass
class Retrieval:
    """One association that fetches objects of known classes. Used by one thread; another one receives."""

    link: DimseLink
    limits: ByteLimits
    deadline: float  # monotonic
    read_s: float
    _arrivals: queue.Queue[_Arrival] = field(default_factory=lambda: queue.Queue(AHEAD))
    _stopped: threading.Event = field(default_factory=threading.Event)
    _received: int = 0
    _too_large: bool = False

    def objects(self, refs: Sequence[InstanceRef]) -> Iterator[tuple[InstanceRef, bytes | None]]:
        """In the order asked for; None for one that did not come. Raises KioskError where the transfer broke."""
        thread = threading.Thread(target=self._receive, args=(list(refs),), name="c-get", daemon=True)
        thread.start()
        try:
            for chunk in chunked(refs):
                yield from self._in_order(chunk)
        finally:
            self._stopped.set()
            with contextlib.suppress(queue.Empty):
                while True:
                    self._arrivals.get_nowait()
            thread.join(self.read_s)

    def _in_order(self, chunk: Sequence[InstanceRef]) -> Iterator[tuple[InstanceRef, bytes | None]]:
        waiting: dict[str, bytes] = {}
        chunk_over = False
        for ref in chunk:
            while ref.instance_uid not in waiting and not chunk_over:
                arrival = self._next()
                chunk_over = arrival.chunk_over
                if arrival.uid:
                    waiting[arrival.uid] = arrival.data
            yield ref, waiting.pop(ref.instance_uid, None)
        while not chunk_over:
            chunk_over = self._next().chunk_over

    def _next(self) -> _Arrival:
        left = self.deadline - time.monotonic()
        try:
            arrival = self._arrivals.get(timeout=max(0.0, min(left, self.read_s + 1)))
        except queue.Empty as error:
            raise KioskError(FaultCode.ARCHIVE_TIMEOUT, "objects stopped arriving") from error
        if arrival.over:
            raise arrival.fault or KioskError(FaultCode.ARCHIVE_ERROR, "transfer ended early")
        return arrival

    # --- on the receiving thread ------------------------------------------------------------------------------------
    def _receive(self, refs: list[InstanceRef]) -> None:
        fault: KioskError | None = None
        try:
            self._transfer(refs)
        except KioskError as error:
            fault = KioskError(FaultCode.TOO_LARGE, "object over its limit") if self._too_large else error
        except Exception as error:  # noqa: BLE001 - whatever the library raises, somebody waits for a word
            fault = KioskError(FaultCode.ARCHIVE_ERROR, type(error).__name__)
        self._put(_Arrival(over=True, fault=fault))

    def _transfer(self, refs: list[InstanceRef]) -> None:
        classes = [ref.sop_class for ref in refs]
        roles = wanted_classes(classes)
        handlers = [(evt.EVT_C_STORE, self._store), (evt.EVT_DATA_RECV, self._count)]
        with self.link.association(get_contexts(classes), roles, handlers) as association:
            for chunk in chunked(refs):
                for status, _ in association.send_c_get(identifier_of(chunk), GET):
                    if self._stopped.is_set():
                        association.abort()
                        return
                    if not status:
                        raise broken(association)
                    _check(status.Status)
                self._put(_Arrival(chunk_over=True))

    def _store(self, event: Any) -> int:
        self._received = 0
        arrival = _Arrival(str(event.request.AffectedSOPInstanceUID), event.encoded_dataset())
        return SUCCESS if self._put(arrival) else _REFUSED

    def _count(self, event: Any) -> None:
        """An object without end is given up before it fills the memory."""
        self._received += len(event.data)
        if self._received > self.limits.instance + _OVERHEAD and not self._too_large:
            self._too_large = True
            event.assoc.abort()

    def _put(self, arrival: _Arrival) -> bool:
        while not self._stopped.is_set():
            with contextlib.suppress(queue.Full):
                self._arrivals.put(arrival, timeout=0.1)
                return True
        return False


def chunked(refs: Sequence[InstanceRef]) -> Iterator[list[InstanceRef]]:
    """In lots of one series, in order."""
    for _, group in groupby(refs, key=lambda ref: (ref.study_uid, ref.series_uid)):
        members = list(group)
        for start in range(0, len(members), CHUNK):
            yield members[start : start + CHUNK]


def identifier_of(chunk: Sequence[InstanceRef]) -> Dataset:
    """What a lot is asked for by (PS3.4 C.4.2.1.4, C.4.3.1.3)."""
    identifier = Dataset()
    identifier.QueryRetrieveLevel = "IMAGE"
    identifier.StudyInstanceUID, identifier.SeriesInstanceUID = chunk[0].study_uid, chunk[0].series_uid
    identifier.SOPInstanceUID = [ref.instance_uid for ref in chunk]
    return identifier


def _check(status: int) -> None:
    """Single objects that fail are missing, which is found out by counting; anything else is a fault."""
    if status in (SUCCESS, *PENDING, *_WARNINGS) or status == 0xA702:
        return
    raise KioskError(FaultCode.ARCHIVE_ERROR, f"C-GET status {status:04X}")
