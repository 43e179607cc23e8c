"""The images of an exam on their way into a parcel: fetched, decoded in workers, sealed in the order they came."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import TypeVar

from kiosk.adapters.sandbox import Workers
from kiosk.cloud.publisher.faults import disk
from kiosk.cloud.publisher.seal import Parcel
from kiosk.cloud.wire.manifest import InstanceFacts
from kiosk.cloud.wire.objects import Kind
from kiosk.domain.exam import Exam
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.imaging.dicom.facts import ImageFacts
from kiosk.imaging.dicom.limits import Limits
from kiosk.imaging.film import readjobs
from kiosk.imaging.phone.work import (
    CHUNK,
    PhoneFrame,
    PhoneObject,
    PhoneWindow,
    phone_object,
    pixel_digest,
    stack_picture,
)
from kiosk.imaging.pixels import jobs
from kiosk.imaging.pixels.companions import Companion, Companions
from kiosk.ports.archive import Archive, InstanceRef

THREADS, AHEAD = 3, 8
_SLOW = 4.0  # times what decoding alone may take
Advance = Callable[[int], None]
A = TypeVar("A")
B = TypeVar("B")


@dataclass(frozen=True)
class ShownFrame:
    """A frame that is in the parcel, without its bytes: `frame` and `picture` are its objects."""

    series: str
    place: int  # of its file
    instance: int
    frame: int
    picture: int | None
    facts: ImageFacts
    made: PhoneFrame


@dataclass
class Images:
    """What became of the images."""

    files: list[Path] = field(default_factory=list)
    places: list[int] = field(default_factory=list)  # of `files` among all that the exam has
    shown: list[ShownFrame] = field(default_factory=list)
    instances: list[InstanceFacts] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)
    companions: Companions = field(default_factory=Companions)


class ImageMaker:
    """Makes the images of one exam; `folder` is private and goes afterwards."""

    def __init__(self, workers: Workers, exam: Exam, parcel: Parcel, folder: Path, advance: Advance) -> None:
        self._workers, self._exam, self._parcel = workers, exam, parcel
        self._folder, self._advance = folder, advance
        self.images = Images()
        self._came: set[str] = set()
        self._companions = {one.series_uid for one in exam.companions}

    def take(self, archive: Archive) -> Images:
        """Fetch and make them all. Raises KioskError of the archive and of the disk; a bad object costs itself only."""
        exam = self._exam
        series = (*exam.companions, *exam.series)
        refs = [ref for one in series for ref in archive.instances(exam.study_uid, one.series_uid)]
        with ThreadPoolExecutor(THREADS, thread_name_prefix="publish") as pool:
            coming = ((place, ref, pool.submit(self._made, path, ref))
                      for place, ref, path in self._arriving(archive, refs))  # fmt: skip
            for place, ref, future in _ahead(coming):
                self._keep(place, ref, future)
                self._advance(place + 1)
            self._agree(pool)
        withheld = [ref for ref in refs if ref.instance_uid not in self._came]
        self.images.left_out += [(_name(ref), "withheld by the archive") for ref in withheld]
        return self.images

    def _arriving(self, archive: Archive, refs: list[InstanceRef]) -> Iterator[tuple[int, InstanceRef, Path]]:
        places = {ref: place for place, ref in enumerate(refs)}
        for place, (ref, data) in enumerate(archive.fetch(refs)):
            path = self._folder / f"{place:05d}"
            with disk(self._folder):
                path.touch(mode=0o600)
                path.write_bytes(data)
            self.images.files.append(path)
            self.images.places.append(places[ref])
            self._came.add(ref.instance_uid)
            yield place, ref, path

    def _made(self, path: Path, ref: InstanceRef) -> PhoneObject | Companion:
        if ref.series_uid in self._companions:
            return self._workers.call(readjobs.companion, path, Limits(), deadline_s=jobs.deadline_s(path))
        return self._workers.call(phone_object, path, deadline_s=_SLOW * jobs.deadline_s(path))

    def _keep(self, place: int, ref: InstanceRef, future: Future[PhoneObject | Companion]) -> None:
        try:
            made = future.result()
            if isinstance(made, PhoneObject):
                self._own(made)
                self._image(place, ref, made)
            else:
                self.images.companions.add(place, made)
        except KioskError as fault:
            if fault.code in (FaultCode.DISK_FULL, FaultCode.STORE_UNAVAILABLE, FaultCode.CANCELLED):
                raise
            self.images.left_out.append((_name(ref), fault.detail or str(fault.code)))

    def _own(self, made: PhoneObject) -> None:
        """Once more what the archive has checked: nobody else's picture is ever sealed for this patient."""
        exam = self._exam
        if (made.facts.study_uid, made.facts.patient_id) != (exam.study_uid, exam.identity.patient_id):
            raise KioskError(FaultCode.WRONG_PATIENT, "of another patient or study")

    def _image(self, place: int, ref: InstanceRef, first: PhoneObject) -> None:
        path, instance = self.images.files[place], len(self.images.instances)
        header, objects = self._parcel.add(Kind.HEADER, first.header), list[int]()
        for part in self._parts(path, first):
            self.images.left_out += [(f"{_name(ref)} frame {number + 1}", why) for number, why in part.left_out]
            self.images.left_out += [
                (f"{_name(ref)} frame {one.number + 1}", why) for one in part.frames for why in one.warnings
            ]
            objects += [self._frame(place, instance, ref.series_uid, part.facts, frame) for frame in part.frames]
        digest = first.pixel_digest
        if not digest and len(objects) == first.of:
            digest = self._workers.call(pixel_digest, path, deadline_s=_SLOW * first.of * jobs.deadline_s(path))
        self.images.instances.append(
            InstanceFacts(
                header=header,
                sop_class=first.facts.sop_class,
                transfer_syntax=first.transfer_syntax,
                pixel_digest=digest,
                frames=tuple(objects),
            )
        )

    def _parts(self, path: Path, first: PhoneObject) -> Iterator[PhoneObject]:
        yield first
        for start in range(CHUNK, first.of, CHUNK):
            yield self._workers.call(phone_object, path, start, deadline_s=_SLOW * CHUNK * jobs.deadline_s(path))

    def _frame(self, place: int, instance: int, series: str, facts: ImageFacts, made: PhoneFrame) -> int:
        frame = self._parcel.add(Kind.FRAME, made.stream)
        own = not _to_agree(made, facts)
        picture = self._parcel.add(Kind.PICTURE, made.picture) if own else None
        light = replace(made, stream=b"", picture=b"")
        self.images.shown.append(ShownFrame(series, place, instance, frame, picture, facts, light))
        return frame

    def _agree(self, pool: ThreadPoolExecutor) -> None:
        """One window for all images of a series whose files have none, so that a stack does not flicker."""
        windows = _common(self.images.shown)
        changed = [(at, replace(one, made=replace(one.made, windows=windows[one.series])))
                   for at, one in enumerate(self.images.shown) if one.picture is None]  # fmt: skip
        futures = ((at, one, pool.submit(self._again, one)) for at, one in changed)
        for at, one, future in _ahead(futures):
            try:
                picture = self._parcel.add(Kind.PICTURE, future.result())
            except KioskError as fault:
                if fault.code is not FaultCode.OBJECT_UNREADABLE:
                    raise
                continue  # its lossless frame is there
            self.images.shown[at] = replace(one, picture=picture)

    def _again(self, one: ShownFrame) -> bytes:
        path, window = self.images.files[one.place], one.made.windows[0]
        return self._workers.call(stack_picture, path, one.made.number, (window.center, window.width),
                                  deadline_s=_SLOW * jobs.deadline_s(path))  # fmt: skip


def _ahead(coming: Iterable[tuple[int, A, Future[B]]]) -> Iterator[tuple[int, A, Future[B]]]:
    """The same, each when it is done or enough others wait: so that memory is bounded by a few objects."""
    waiting: deque[tuple[int, A, Future[B]]] = deque()
    for one in coming:
        waiting.append(one)
        while waiting and (waiting[0][2].done() or len(waiting) > AHEAD):
            yield waiting.popleft()
    yield from waiting


def _to_agree(made: PhoneFrame, facts: ImageFacts) -> bool:
    return bool(made.windows) and made.windows[0].found and facts.modality != "CT"


def _common(shown: Sequence[ShownFrame]) -> dict[str, tuple[PhoneWindow, ...]]:
    """By series, the median of lower and upper ends that the images would get by themselves."""
    ends: dict[str, list[tuple[float, float]]] = {}
    for one in shown:
        if one.picture is None:
            window = one.made.windows[0]
            ends.setdefault(one.series, []).append(
                (window.center - window.width / 2, window.center + window.width / 2)
            )
    found: dict[str, tuple[PhoneWindow, ...]] = {}
    for series, pairs in ends.items():
        low, high = median(low for low, _ in pairs), median(high for _, high in pairs)
        found[series] = (PhoneWindow((low + high) / 2, max(high - low, 1e-6), "LINEAR_EXACT", found=True),)
    return found


def _name(ref: InstanceRef) -> str:
    return f"{ref.series_uid}/{ref.number or ref.instance_uid}"
