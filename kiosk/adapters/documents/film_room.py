"""Where a visit's film is made: objects arrive on one thread, workers decode, sheets are composed on the caller's."""

from __future__ import annotations

import queue
import tempfile
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from kiosk.adapters.archive import dicom_file
from kiosk.adapters.documents.film_reader import SandboxReader
from kiosk.adapters.sandbox import Workers
from kiosk.domain.exam import Exam
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.imaging.film.arriving import ExpectedSeries, compose_arriving
from kiosk.imaging.film.gather import Picture
from kiosk.imaging.film.making import OnSheet, SheetDone, compose, ignore
from kiosk.imaging.film.spec import FilmSpec, FilmTally
from kiosk.imaging.pdf import fonts
from kiosk.imaging.pdf.writer import PdfWriter
from kiosk.ports.rendering import Progress

_THREADS = 3  # one more than workers: while two wait for pixels, one has pixels to compose
_SLICE_S = 0.05  # how soon a cancellation is noticed
_AHEAD = 32  # objects that may wait for a sheet to be made; more of them would only take its processor time
_FAREWELL_S = 1.0  # how long a cancelled film waits for the archive to let go


@dataclass(frozen=True)
class FilmRoom:
    """One film to be made."""

    workers: Workers
    spec: FilmSpec
    exam: Exam
    progress: Progress
    cancelled: Callable[[], bool] = lambda: False
    on_sheet: OnSheet = ignore


def make(room: FilmRoom, untrusted: Iterable[tuple[int, bytes]], out: Path) -> FilmTally:
    """The film as a PDF that appears under its name when it is whole.

    Raises KioskError: what the arriving objects raise, WRONG_PATIENT, NOTHING_TO_SHOW without any object, CANCELLED.
    """
    partial = out.with_name(f".{out.name}.part")
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".film-", ignore_cleanup_errors=True) as folder:
        delivery = FilmIntake(room, untrusted, Path(folder))
        try:
            made = _printed(room, delivery, partial)
            if not delivery.files:
                raise KioskError(FaultCode.NOTHING_TO_SHOW, "no images")
            partial.replace(out)
        finally:
            delivery.stop()
            with suppress(FileNotFoundError):
                partial.unlink()
    return made


class FilmIntake:
    """Takes the objects as they arrive, refuses foreign ones, keeps them as private files, has their headers read.

    They come in any order and are handed on in that of their places: one that is early waits as a file, not in memory.
    A place that nothing came for is passed over at the end.
    """

    def __init__(self, room: FilmRoom, untrusted: Iterable[tuple[int, bytes]], folder: Path) -> None:
        self._room, self._untrusted, self._folder = room, untrusted, folder
        self.files: list[Path] = []
        self._early: dict[int, Path] = {}
        self._next = 0
        self._came: queue.Queue[int | BaseException | None] = queue.Queue(_AHEAD)
        self._headers = ThreadPoolExecutor(2, thread_name_prefix="film-headers")
        self.reader = ReadAhead(SandboxReader(room.workers, self.files, room.spec.limits, cancelled=self._unwanted))
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._take, name="film-delivery", daemon=True)
        self._thread.start()

    def places(self, arrived: Callable[[int], None]) -> Iterator[int]:
        """The numbers of the files, each when it is there; meanwhile tells how many objects have come."""
        given = 0
        while True:
            arrived(given + len(self._early))
            if self._room.cancelled():
                raise KioskError(FaultCode.CANCELLED)
            with suppress(queue.Empty):
                came = self._came.get(timeout=_SLICE_S)
                if came is None:
                    return
                if isinstance(came, BaseException):
                    raise came
                given += 1
                yield came

    def _unwanted(self) -> bool:
        return self._stopped.is_set() or self._room.cancelled()

    def _take(self) -> None:
        end: BaseException | None = None
        try:
            for place, data in self._untrusted:
                if self._unwanted():
                    break
                self._keep(place, data)
            for place in sorted(self._early):
                self._hand_on(self._early[place])
            if isinstance(self._untrusted, Generator):
                self._untrusted.close()
        except BaseException as error:  # noqa: BLE001 (raised again on the thread that makes the film)
            end = error
        self._tell(end)

    def _keep(self, place: int, data: bytes) -> None:
        if data:  # nothing came of an object that was withheld; it counts as one that cannot be shown
            self._refuse_foreign(data)
        path = self._early[place] = self._folder / f"{place:05d}"
        write(path, data)
        while self._next in self._early:
            self._hand_on(self._early.pop(self._next))
            self._next += 1

    def _hand_on(self, path: Path) -> None:
        place = len(self.files)
        self.files.append(path)
        self.reader.ask(place, self._headers)
        self._tell(place)

    def _refuse_foreign(self, data: bytes) -> None:
        exam, found = self._room.exam, dicom_file.identifiers(data)
        own = found.patient_id == exam.identity.patient_id
        dicom_file.refuse_foreign(found, exam.study_uid, found.instance_uid, is_own=own)

    def _tell(self, news: int | BaseException | None) -> None:
        while not self._unwanted():
            with suppress(queue.Full):
                self._came.put(news, timeout=_SLICE_S)
                return

    def stop(self) -> None:
        """Nothing more is wanted."""
        self._stopped.set()
        self._headers.shutdown(wait=False, cancel_futures=True)
        self._thread.join(_FAREWELL_S)


@dataclass
class ReadAhead:
    """A reader that has headers read before they are asked for."""

    reader: SandboxReader
    _asked: dict[int, Future[Sequence[Picture]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.name, self.companion, self.frame = self.reader.name, self.reader.companion, self.reader.frame

    def ask(self, place: int, pool: ThreadPoolExecutor) -> None:
        """Begin to read a header."""
        with suppress(RuntimeError):  # the pool is shut once nobody wants the film any more
            self._asked[place] = pool.submit(self.reader.pictures, place)

    def pictures(self, place: int, state: int | None = None) -> Sequence[Picture]:
        """See `kiosk.imaging.film.gather.Reader`."""
        asked = self._asked.pop(place, None) if state is None else None
        return asked.result() if asked else self.reader.pictures(place, state)


def _printed(room: FilmRoom, delivery: FilmIntake, partial: Path) -> FilmTally:
    """On arrival; once more from all objects where that came out differently."""
    book, count, reader = fonts.discover(), _Count(room), delivery.reader
    expected = [ExpectedSeries(s.series_uid, s.modality, s.number, s.images) for s in room.exam.series]
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="film") as pool, _created(partial) as stream:
        pdf = PdfWriter(stream, book, pool)
        made = compose_arriving(delivery.places(count.arrived), expected, reader, room.spec, pdf, book,
                                pool=pool, on_sheet=count.sheet)  # fmt: skip
        if made is None:
            stream.seek(0)
            stream.truncate()
            pdf = PdfWriter(stream, book, pool)
            made = compose(delivery.files, room.spec, pdf, book, pool=pool, on_sheet=count.sheet, reader=reader)
        pdf.close()
    return made


@contextmanager
def _created(path: Path) -> Iterator[BinaryIO]:
    try:
        path.touch(mode=0o600)
        with path.open("wb") as stream:
            yield stream
    except OSError as error:
        raise KioskError(FaultCode.DISK_FULL, f"private folder: {error.strerror}") from error


def write(path: Path, data: bytes) -> None:
    """Write a private file. Raises KioskError DISK_FULL."""
    with _created(path) as stream:
        stream.write(data)


class _Count:
    """Progress in images: one that has come is half done, one that is on a finished sheet is done."""

    def __init__(self, room: FilmRoom) -> None:
        self._room, self._total = room, room.exam.images
        self._companions = sum(series.images for series in room.exam.companions)
        self._came, self._printed, self._told = 0, 0.0, -1

    def arrived(self, objects: int) -> None:
        """So many have come."""
        self._came = max(0, objects - self._companions)
        self._tell()

    def sheet(self, done: SheetDone) -> None:
        """One more sheet is made."""
        if self._room.cancelled():
            raise KioskError(FaultCode.CANCELLED)
        self._printed = done.number / max(1, done.sheets)
        self._tell()
        self._room.on_sheet(done)

    def _tell(self) -> None:
        total = max(self._total, self._came)
        ready = int((self._came + total * self._printed) / 2)
        if ready > self._told:
            self._told = ready
            self._room.progress(ready, total)
