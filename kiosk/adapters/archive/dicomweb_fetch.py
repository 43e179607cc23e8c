"""Fetching objects by WADO-RS, as fast as the archive can send, in the order they are wanted or as they come.

One request for a whole series is many times faster than one for each object, but it comes in the archive's order. Who
can take that is given the stream as it is. For who cannot, what comes early waits; when the stream does not begin with
the first image wanted, the first ones are asked for object by object meanwhile. After a broken connection the rest is
fetched one by one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence, Set
from concurrent.futures import Executor, Future
from contextlib import closing
from dataclasses import dataclass, field
from itertools import groupby

from kiosk.adapters.archive import dicom_file
from kiosk.adapters.archive.dicomweb_http import RETRIED, Deadline, Transport, once_more
from kiosk.adapters.archive.limits import MIB, ByteLimits, Tally
from kiosk.adapters.archive.multipart import MultipartReader
from kiosk.adapters.archive.owners import Owners
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.ports.archive import InstanceRef

_ACCEPT = 'multipart/related; type="application/dicom"; transfer-syntax=*'
_MULTIPART_OVERHEAD = 1 * MIB
HEAD = 32  # objects fetched ahead one by one: a sheet of film and a little
STREAM_FROM = 12  # so many objects of a series at least make a stream worth while
AHEAD = 6  # objects asked for before they are wanted
MOST_WAITING = 192 * MIB


@dataclass
class _Task:
    """One call of fetch: its clock, its bytes, and what has come before its turn."""

    deadline: Deadline
    tally: Tally
    waiting: dict[str, bytes] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)
    foreign: set[str] = field(default_factory=set)  # what came under these UIDs is somebody else's
    yielded: int = 0

    @property
    def held(self) -> int:
        """Bytes that wait for their turn."""
        return sum(map(len, self.waiting.values()))


class Fetcher:
    """Fetches; `owner_of` tells the digest of a study's patient and may ask the archive for it.

    `suspicious` is told how many objects of a study were somebody else's.
    """

    def __init__(
        self, transport: Transport, pool: Executor, limits: ByteLimits, study_s: float, owners: Owners,
        owner_of: Callable[[str], str], suspicious: Callable[[int, str], None],
    ) -> None:  # fmt: skip
        self._http, self._pool, self._limits, self._study_s = transport, pool, limits, study_s
        self._owners, self._owner_of, self._suspicious = owners, owner_of, suspicious

    def fetch(self, refs: Sequence[InstanceRef], *, any_order: bool = False) -> Iterator[tuple[InstanceRef, bytes]]:
        """The objects in the order of `refs` (of its series, with `any_order`), without those that are somebody else's.

        Raises WRONG_PATIENT where nothing is left.
        """
        task = _Task(Deadline(self._study_s), Tally(self._limits))
        for (_, series_uid), group in groupby(refs, key=lambda ref: (ref.study_uid, ref.series_uid)):
            members = list(group)
            whole = self._owners.size_of(series_uid)
            worth = len(members) >= STREAM_FROM and 0 < whole <= 1.5 * len(members)
            way = (self._as_sent if any_order else self._in_order) if worth else self._singly
            for ref, data in way(members, task):
                task.tally.add(len(data))
                task.yielded += 1
                yield ref, data
        if task.foreign:
            self._suspicious(len(task.foreign), refs[0].study_uid)
            if not task.yielded:
                raise KioskError(FaultCode.WRONG_PATIENT, "archive answered with another patient's objects")

    def _singly(self, refs: Sequence[InstanceRef], task: _Task) -> Iterator[tuple[InstanceRef, bytes]]:
        """One request an object, a few under way at a time; what waits already is not asked for again."""
        queue: deque[tuple[InstanceRef, Future[bytes] | None]] = deque()
        pending = (ref for ref in refs if ref.instance_uid not in task.foreign)
        try:
            while True:
                while len(queue) < AHEAD and (ref := next(pending, None)):
                    known = ref.instance_uid in task.waiting
                    queue.append((ref, None if known else self._pool.submit(self._single, ref, task.deadline)))
                if not queue:
                    return
                ref, future = queue.popleft()
                data = task.waiting.pop(ref.instance_uid) if future is None else _own(future, ref, task)
                task.done.add(ref.instance_uid)
                if data is not None:
                    yield ref, data
        finally:
            for _, future in queue:
                if future:
                    future.cancel()

    def _single(self, ref: InstanceRef, deadline: Deadline) -> bytes:
        return once_more(lambda: self._get(ref, deadline), deadline)

    def _get(self, ref: InstanceRef, deadline: Deadline) -> bytes:
        path = f"/studies/{ref.study_uid}/series/{ref.series_uid}/instances/{ref.instance_uid}"
        limit = self._limits.of(ref.sop_class)
        with self._http.get(path, _ACCEPT, limit + _MULTIPART_OVERHEAD, deadline) as answer:
            data = next(iter(MultipartReader(answer.body.read, answer.content_type, limit)), None)
        if data is None:
            raise KioskError(FaultCode.ARCHIVE_ERROR, "answer holds no object")
        found = dicom_file.identifiers(data)
        own = self._is_own(found, ref.study_uid, len(data))
        dicom_file.refuse_foreign(found, ref.study_uid, ref.instance_uid, is_own=own)
        return data

    def _is_own(self, found: dicom_file.Identifiers, study_uid: str, size: int) -> bool:
        """True for an object of this study and its patient. Raises TOO_LARGE where that is a report without end."""
        if found.study_uid != study_uid or self._owners.digest(found.patient_id) != self._owner_of(study_uid):
            return False
        if size > self._limits.of(found.sop_class):
            raise KioskError(FaultCode.TOO_LARGE, f"report of {size} bytes")
        return True

    def _as_sent(self, refs: Sequence[InstanceRef], task: _Task) -> Iterator[tuple[InstanceRef, bytes]]:
        left = {ref.instance_uid: ref for ref in refs}
        with closing(self._stream(refs[0], task)) as stream:
            while left and self._take(stream, left.keys(), task):
                while task.waiting:
                    uid, data = task.waiting.popitem()
                    task.done.add(uid)
                    yield left.pop(uid), data
        yield from self._singly(list(left.values()), task)

    def _in_order(self, refs: Sequence[InstanceRef], task: _Task) -> Iterator[tuple[InstanceRef, bytes]]:
        wanted, place, ahead = {ref.instance_uid for ref in refs}, 0, min(HEAD, len(refs))
        with closing(self._stream(refs[0], task)) as stream:
            while place < len(refs):
                uid = refs[place].instance_uid
                if uid in task.foreign:
                    place += 1
                    continue
                if uid not in task.waiting and self._take(stream, wanted, task) and uid not in task.waiting:
                    if place < ahead:  # not in our order: the rest of the first sheet comes faster one by one
                        yield from self._singly(refs[place:ahead], task)
                        place = ahead
                        continue
                    while uid not in task.waiting and task.held < MOST_WAITING and self._take(stream, wanted, task):
                        pass
                if uid in task.foreign:
                    continue
                if uid not in task.waiting:
                    break
                task.done.add(uid)
                place += 1
                yield refs[place - 1], task.waiting.pop(uid)
        yield from self._singly(refs[place:], task)

    def _take(self, stream: Iterator[tuple[str, bytes | None]], wanted: Set[str], task: _Task) -> bool:
        """Read one more object of the stream; False where it has ended, broken off or was refused.

        Orthanc refuses a series that two patients share (404), but not its objects one by one.
        """
        try:
            uid, data = next(stream, ("", None))
        except KioskError as fault:
            if fault.code not in (*RETRIED, FaultCode.ARCHIVE_ERROR):
                raise
            return False
        if data is None:
            task.foreign |= {uid} - {""}
        elif uid in wanted and uid not in task.done:
            task.waiting[uid] = data
        return bool(uid)

    def _stream(self, ref: InstanceRef, task: _Task) -> Generator[tuple[str, bytes | None], None, None]:
        """All objects of the series with their UIDs, in the archive's order; None for one that is somebody else's."""
        path = f"/studies/{ref.study_uid}/series/{ref.series_uid}"
        limit = self._limits.study + _MULTIPART_OVERHEAD
        with self._http.get(path, _ACCEPT, limit, task.deadline) as answer:
            for data in MultipartReader(answer.body.read, answer.content_type, self._limits.instance):
                found = dicom_file.identifiers(data)
                yield found.instance_uid, data if self._is_own(found, ref.study_uid, len(data)) else None


def _own(future: Future[bytes], ref: InstanceRef, task: _Task) -> bytes | None:
    """The object, or None where it is somebody else's."""
    try:
        return future.result()
    except KioskError as fault:
        if fault.code is not FaultCode.WRONG_PATIENT:
            raise
        task.foreign.add(ref.instance_uid)
        return None
