"""Fetching objects by WADO-RS, in the order they are wanted, as fast as the archive can send.

One request for a whole series is many times faster than one for each object, but it comes in the archive's order. So
the series is streamed, and what comes early waits; when the stream does not begin with the first image wanted, the
first sheet's worth is asked for object by object while another thread goes on reading the stream. After a broken
connection the rest is fetched one by one.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import groupby

from kiosk.adapters import dicom_file
from kiosk.adapters.archive_limits import MIB, ByteLimits, Tally
from kiosk.adapters.dicomweb_http import RETRIED, Deadline, Transport, once_more
from kiosk.adapters.multipart import MultipartReader
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.ports.archive import InstanceRef

_ACCEPT = 'multipart/related; type="application/dicom"; transfer-syntax=*'
_MULTIPART_OVERHEAD = 1 * MIB
_REMEMBERED = 4096
HEAD = 32  # objects fetched ahead one by one: a sheet of film and a little
STREAM_FROM = 12  # so many objects of a series at least make a stream worth while
AHEAD = 6  # objects asked for before they are wanted
MOST_WAITING = 192 * MIB


class Owners:
    """Which patient a study belongs to (as a keyed digest: no number is kept after the visit), and series sizes."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._owners: OrderedDict[str, str] = OrderedDict()
        self._counts: OrderedDict[str, int] = OrderedDict()

    def digest(self, patient_id: str) -> str:
        """What stands for a patient here."""
        return hashlib.blake2b(patient_id.encode(), key=self._key, digest_size=16).hexdigest()

    def of(self, study_uid: str) -> str | None:
        """The owner's digest, if it was ever told."""
        with self._lock:
            return self._owners.get(study_uid)

    def remember(self, study_uid: str, patient_id: str) -> str:
        """Note whose study it is; returns the digest."""
        owner = self.digest(patient_id)
        with self._lock:
            self._owners[study_uid] = owner
            self._trim(self._owners)
        return owner

    def counted(self, series_uid: str, objects: int) -> None:
        """Note how many objects a series has."""
        with self._lock:
            self._counts[series_uid] = objects
            self._trim(self._counts)

    def size_of(self, series_uid: str) -> int:
        """How many objects the series has; 0 where nobody asked yet."""
        with self._lock:
            return self._counts.get(series_uid, 0)

    @staticmethod
    def _trim(kept: OrderedDict[str, str] | OrderedDict[str, int]) -> None:
        while len(kept) > _REMEMBERED:
            kept.popitem(last=False)


@dataclass
class _Task:
    """One call of fetch: its clock, its bytes, and what has come before its turn."""

    deadline: Deadline
    tally: Tally
    held: int = 0  # bytes that wait for their turn
    _waiting: dict[str, bytes] = field(default_factory=dict)
    _done: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, uid: str, data: bytes) -> None:
        """Let an object wait, if its turn is still to come."""
        with self._lock:
            if uid not in self._done and uid not in self._waiting:
                self._waiting[uid] = data
                self.held += len(data)

    def has(self, uid: str) -> bool:
        """True while the object waits."""
        return uid in self._waiting

    def take(self, uid: str) -> bytes | None:
        """The object, if it waits; its turn is over in any case."""
        with self._lock:
            self._done.add(uid)
            data = self._waiting.pop(uid, None)
            self.held -= len(data or b"")
            return data


class Fetcher:
    """Fetches; `owner_of` tells the digest of a study's patient and may ask the archive for it."""

    def __init__(
        self, transport: Transport, pool: Executor, limits: ByteLimits, study_s: float, owners: Owners,
        owner_of: Callable[[str], str],
    ) -> None:  # fmt: skip
        self._http, self._pool, self._limits, self._study_s = transport, pool, limits, study_s
        self._owners, self._owner_of = owners, owner_of

    def fetch(self, refs: Sequence[InstanceRef]) -> Iterator[tuple[InstanceRef, bytes]]:
        """The objects in the order of `refs`."""
        task = _Task(Deadline(self._study_s), Tally(self._limits))
        for (_, series_uid), group in groupby(refs, key=lambda ref: (ref.study_uid, ref.series_uid)):
            members = list(group)
            whole = self._owners.size_of(series_uid)
            streamed = len(members) >= STREAM_FROM and 0 < whole <= 1.5 * len(members)
            for ref, data in self._streamed(members, task) if streamed else self._singly(members, task):
                task.tally.add(len(data))
                yield ref, data

    def _singly(self, refs: Sequence[InstanceRef], task: _Task) -> Iterator[tuple[InstanceRef, bytes]]:
        """One request an object, a few under way at a time; what waits already is not asked for again."""
        queue: deque[tuple[InstanceRef, Future[bytes] | None]] = deque()
        pending = iter(refs)
        try:
            while True:
                while len(queue) < AHEAD and (ref := next(pending, None)):
                    known = task.has(ref.instance_uid)
                    queue.append((ref, None if known else self._pool.submit(self._single, ref, task.deadline)))
                if not queue:
                    return
                ref, future = queue.popleft()
                came = task.take(ref.instance_uid)
                if came is not None and future:
                    future.cancel()  # the stream was faster
                yield ref, came if came is not None else self._result(future)
        finally:
            for _, future in queue:
                if future:
                    future.cancel()

    @staticmethod
    def _result(future: Future[bytes] | None) -> bytes:
        assert future is not None  # noqa: S101 - nothing is asked for only where it waits already
        return future.result()

    def _single(self, ref: InstanceRef, deadline: Deadline) -> bytes:
        return once_more(lambda: self._get(ref, deadline), deadline)

    def _get(self, ref: InstanceRef, deadline: Deadline) -> bytes:
        path = f"/studies/{ref.study_uid}/series/{ref.series_uid}/instances/{ref.instance_uid}"
        limit = self._limits.of(ref.sop_class)
        with self._http.get(path, _ACCEPT, limit + _MULTIPART_OVERHEAD, deadline) as answer:
            data = next(iter(MultipartReader(answer.body.read, answer.content_type, limit)), None)
        if data is None:
            raise KioskError(FaultCode.ARCHIVE_ERROR, "answer holds no object")
        found = self._checked(data, ref.study_uid)
        dicom_file.refuse_foreign(found, ref.study_uid, ref.instance_uid, is_own=True)
        return data

    def _checked(self, data: bytes, study_uid: str) -> dicom_file.Identifiers:
        """The identifiers of an object, which must be of this study and its patient."""
        found = dicom_file.identifiers(data)
        own = self._owners.digest(found.patient_id) == self._owner_of(study_uid)
        dicom_file.refuse_foreign(found, study_uid, found.instance_uid, is_own=own)
        if len(data) > self._limits.of(found.sop_class):
            raise KioskError(FaultCode.TOO_LARGE, f"report of {len(data)} bytes")
        return found

    def _streamed(self, refs: Sequence[InstanceRef], task: _Task) -> Iterator[tuple[InstanceRef, bytes]]:
        wanted, place, ahead = {ref.instance_uid for ref in refs}, 0, min(HEAD, len(refs))
        with closing(self._stream(refs[0], task)) as stream:
            while place < len(refs):
                uid = refs[place].instance_uid
                if not task.has(uid) and self._take(stream, wanted, task) and not task.has(uid):
                    if place < ahead:  # not in our order: the rest of the first sheet comes faster one by one
                        with self._read_on(stream, wanted, task):
                            yield from self._singly(refs[place:ahead], task)
                        place = ahead
                        continue
                    while not task.has(uid) and task.held < MOST_WAITING and self._take(stream, wanted, task):
                        pass
                data = task.take(uid)
                if data is None:
                    break
                place += 1
                yield refs[place - 1], data
        yield from self._singly(refs[place:], task)

    @contextmanager
    def _read_on(self, stream: Iterator[tuple[str, bytes]], wanted: set[str], task: _Task) -> Iterator[None]:
        """Meanwhile another thread reads the stream; what went wrong there is raised at the end."""
        enough = threading.Event()

        def read() -> None:
            while not enough.is_set() and task.held < MOST_WAITING and self._take(stream, wanted, task):
                pass

        with ThreadPoolExecutor(1, thread_name_prefix="archive-stream") as reader:
            reading = reader.submit(read)
            try:
                yield
            finally:
                enough.set()
        reading.result()

    def _take(self, stream: Iterator[tuple[str, bytes]], wanted: set[str], task: _Task) -> bool:
        """Read one more object of the stream; False where it has ended or broken off."""
        try:
            uid, data = next(stream, ("", b""))
        except KioskError as fault:
            if fault.code not in RETRIED:
                raise
            return False
        if uid in wanted:
            task.keep(uid, data)
        return bool(uid)

    def _stream(self, ref: InstanceRef, task: _Task) -> Generator[tuple[str, bytes], None, None]:
        """All objects of the series with their UIDs, in the archive's order."""
        path = f"/studies/{ref.study_uid}/series/{ref.series_uid}"
        limit = self._limits.study + _MULTIPART_OVERHEAD
        with self._http.get(path, _ACCEPT, limit, task.deadline) as answer:
            for data in MultipartReader(answer.body.read, answer.content_type, self._limits.instance):
                yield self._checked(data, ref.study_uid).instance_uid, data
