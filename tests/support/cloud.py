"""Sealed exams of real pictures, and a portal that runs: what pages, viewer and attacks are tested on.

`exam_of` seals DICOM files as a publisher does: windowed pictures, HTJ2K frames, headers, a report. pydicom's packaged
CT and MR are the default, so that a stranger's clone needs nothing else.
"""

from __future__ import annotations

import hashlib
import io
import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import cv2
import imagecodecs
import numpy as np
import pydicom
import uvicorn
from numpy.typing import NDArray
from pydicom.data import get_testdata_file

from kiosk.bootstrap.portal import Portal, build_portal
from kiosk.bootstrap.portal_keys import PortalKeys
from kiosk.cloud.wire.checks import Checks
from kiosk.cloud.wire.envelope import Envelope, SealedFor, Segment
from kiosk.cloud.wire.keys import KeyBox, LinkSecret, seal, text_of
from kiosk.cloud.wire.manifest import (
    ExamFacts,
    ExamManifest,
    InstanceFacts,
    KeyPicture,
    PictureRef,
    ReportFacts,
    SeriesFacts,
    StoredFrame,
    WindowFacts,
)
from kiosk.cloud.wire.objects import ContentKey, Kind, Place, Spot, digest_of, seal_object, segmented
from kiosk.config import Settings
from kiosk.domain.person.identity import Question
from kiosk.imaging.dicom.reading import read
from kiosk.imaging.pixels.picture import load_frame, to_picture
from tests.support.servers import free_port, wait_until

ANSWER = "31002X"
ASKED = Question.ID_LAST_SIX
LONG = 4_102_444_800.0
HOSPITAL = "city-people"
CT_WINDOWS = {"软组织": (40.0, 400.0), "肺窗": (-600.0, 1500.0), "骨窗": (600.0, 2800.0)}
PACKAGED = ("693_J2KI.dcm", "J2K_pixelrep_mismatch.dcm", "CT_small.dcm", "MR_small.dcm")


def packaged() -> list[Path]:
    """pydicom's own CT and MR."""
    return [Path(str(get_testdata_file(name, download=False))) for name in PACKAGED]


@dataclass
class Objects:
    """Plain objects by kind, as they are gathered."""

    found: dict[Kind, list[bytes]] = field(default_factory=lambda: {kind: [] for kind in Kind})

    def add(self, kind: Kind, data: bytes) -> int:
        """Its index."""
        self.found[kind].append(data)
        return len(self.found[kind]) - 1

    def picture(self, grey: NDArray[np.uint8], quality: int = 60) -> PictureRef:
        """A WebP picture."""
        done, data = cv2.imencode(".webp", grey, [cv2.IMWRITE_WEBP_QUALITY, quality])
        assert done
        return PictureRef(picture=self.add(Kind.PICTURE, data.tobytes()), width=grey.shape[1], height=grey.shape[0])


@dataclass
class SealedExam:
    """One version of an exam: what a publisher brings, and what it was made of."""

    manifest: ExamManifest
    segments: dict[str, bytes]
    spot: Spot
    exam: str
    version: int
    content: ContentKey
    plain: Objects

    def with_manifest(self, manifest: ExamManifest) -> SealedExam:
        """The same objects under another manifest."""
        place = Place(self.exam, self.version, Kind.MANIFEST, 0)
        last = seal_object(self.content.subs(), place, manifest.packed())
        kept = dict(list(self.segments.items())[:-1])
        segments = {**kept, digest_of(last): last}
        return replace(self, manifest=manifest, segments=segments, spot=Spot(len(kept), 0, len(last)))

    def envelope(self, *links: LinkSecret) -> Envelope:
        """For these links."""
        place = f"keys|{self.exam}|{self.version}"
        packed = self.content.subs().packed()
        sealed = tuple(SealedFor(one.locator, text_of(seal(one.box.public, packed, place))) for one in links)
        escrow = text_of(seal(KeyBox.new().public, packed, place))
        parts = tuple(Segment(digest, len(data)) for digest, data in self.segments.items())
        return Envelope(self.exam, self.version, parts, self.spot, sealed, escrow)


FACTS = ExamFacts(patient="张三丰", sex="M", age="58Y", description="胸部 CT 平扫", modality="CT",
                  performed="2026-11-20T09:41:00+08:00", hospital="市人民医院", accession="A20261120017")  # fmt: skip
TEXT = "影像所见：双肺纹理清晰，未见实变。\n印象：胸部 CT 平扫未见明显异常。"


def exam_of(files: Sequence[Path] = (), facts: ExamFacts = FACTS, *, exam: str = "", version: int = 1, text: str = TEXT,
            pdf: bytes = b"", pages: Sequence[NDArray[np.uint8]] = ()) -> SealedExam:  # fmt: skip
    """Seal these files; each series a series of the manifest."""
    objects, series, instances = Objects(), dict[str, list[StoredFrame]](), list[InstanceFacts]()
    told: dict[str, pydicom.Dataset] = {}
    keys: list[KeyPicture] = []
    for file in files or packaged():
        ds = pydicom.dcmread(file)
        told.setdefault(ds.SeriesInstanceUID, ds)
        frames = series.setdefault(ds.SeriesInstanceUID, [])
        instances.append(_instance(ds, file, objects, frames, len(instances)))
    for place, (uid, frames) in enumerate(series.items()):
        middle = len(frames) // 2
        keys.append(_key(told[uid], frames[middle], place, middle, objects))
    report = _report(objects, text, pdf, pages)
    known = tuple(_series(told[uid], objects, tuple(frames)) for uid, frames in series.items())
    parts = {"exam": facts, "report": report, "keys": tuple(keys), "films": (), "series": known,
             "instances": tuple(instances)}  # fmt: skip
    return _sealed(objects, parts, exam or secrets.token_urlsafe(16), version)


def _instance(ds: Any, file: Path, objects: Objects, frames: list[StoredFrame], number: int) -> InstanceFacts:
    pixels = ds.pixel_array
    stack = pixels if getattr(ds, "NumberOfFrames", 1) and pixels.ndim > 2 else pixels[None]
    numbers = []
    for at, stored in enumerate(stack):
        index = objects.add(Kind.FRAME, imagecodecs.htj2k_encode(np.ascontiguousarray(stored)))
        numbers.append(index)
        frames.append(_frame(ds, file, stored, at, index, number, objects))
    native = b"".join(one.tobytes() for one in stack)
    syntax = str(ds.file_meta.TransferSyntaxUID)
    return InstanceFacts(header=objects.add(Kind.HEADER, _header(ds)), sop_class=str(ds.SOPClassUID),
                         transfer_syntax=syntax, pixel_digest=hashlib.sha256(native).hexdigest(),
                         frames=tuple(numbers))  # fmt: skip


def _frame(
    ds: Any, file: Path, stored: NDArray[Any], at: int, index: int, number: int, objects: Objects
) -> StoredFrame:
    windows = [(name, to_picture(load_frame(read(file), at, window))) for name, window in _windows(ds).items()]
    pictures = tuple(objects.picture(grey).picture for _, grey in windows)
    spacing = tuple(float(one) for one in ds.PixelSpacing) if "PixelSpacing" in ds else None
    facts = tuple(WindowFacts(center=window[0], width=window[1], name=name)
                  for name, window in _windows(ds).items() if window)  # fmt: skip
    return StoredFrame(
        frame=index, instance=number, number=at + 1, rows=stored.shape[0], columns=stored.shape[1],
        bits=int(ds.BitsStored), signed=bool(ds.PixelRepresentation), photometric=ds.PhotometricInterpretation,
        slope=float(ds.get("RescaleSlope", 1)), intercept=float(ds.get("RescaleIntercept", 0)),
        unit="HU" if ds.Modality == "CT" else "", windows=facts, spacing=spacing,  # type: ignore[arg-type]
        digest=hashlib.sha256(stored.tobytes()).hexdigest(), pictures=pictures,
    )  # fmt: skip


def _windows(ds: Any) -> dict[str, tuple[float, float] | None]:
    return dict(CT_WINDOWS) if ds.Modality == "CT" else {"自动": None}


def _key(ds: Any, frame: StoredFrame, series: int, at: int, objects: Objects) -> KeyPicture:
    size = {"width": frame.columns, "height": frame.rows}
    pictures = tuple((name, PictureRef(picture=index, **size))
                     for name, index in zip(_windows(ds), frame.pictures, strict=True))  # fmt: skip
    return KeyPicture(series=series, frame=at, label=f"{ds.Modality} {series + 1}", pictures=pictures)


def _series(ds: Any, objects: Objects, frames: tuple[StoredFrame, ...]) -> SeriesFacts:
    middle = frames[len(frames) // 2]
    grey = cv2.imdecode(np.frombuffer(objects.found[Kind.PICTURE][middle.pictures[0]], np.uint8), cv2.IMREAD_GRAYSCALE)
    small = cv2.resize(grey, (128, 128), interpolation=cv2.INTER_AREA)  # type: ignore[arg-type]
    return SeriesFacts(number=str(ds.get("SeriesNumber", "")), description=str(ds.get("SeriesDescription", "")),
                       modality=str(ds.Modality), thumbnail=objects.picture(small, 50), frames=frames)  # fmt: skip


def _report(objects: Objects, text: str, pdf: bytes, pages: Sequence[NDArray[np.uint8]]) -> ReportFacts:
    made = pages or [_page(text)]
    data = pdf or b"%PDF-1.4\n% of the tests\n%%EOF\n"
    return ReportFacts(version=1, status="final", written="2026-11-20T11:02:00+08:00",
                       pages=tuple(objects.picture(page, 80) for page in made), pdf=objects.add(Kind.REPORT, data),
                       text=text, digest=digest_of(data))  # fmt: skip


def _page(text: str) -> NDArray[np.uint8]:
    page = np.full((1123, 794), 255, np.uint8)
    cv2.putText(page, "RADIOLOGY REPORT", (80, 120), cv2.FONT_HERSHEY_SIMPLEX, 1.2, 0, 2)
    return page


def _header(ds: Any) -> bytes:
    """Everything before the pixel data, as explicit VR little endian."""
    copy = pydicom.dcmread(io.BytesIO(_bytes_of(ds)), stop_before_pixels=True, force=True)
    for element in [one for one in copy if one.tag >= 0x7FE00000]:
        del copy[element.tag]
    copy.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    stream = io.BytesIO()
    copy.save_as(stream, enforce_file_format=True, implicit_vr=False, little_endian=True)
    return stream.getvalue()


def _bytes_of(ds: Any) -> bytes:
    stream = io.BytesIO()
    ds.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def _sealed(objects: Objects, parts: dict[str, Any], exam: str, version: int) -> SealedExam:
    """Two rounds: where objects lie is part of the manifest, which is sealed last."""
    content = ContentKey.new()
    subs = content.subs()
    order = [(kind, n) for kind in Kind if kind is not Kind.MANIFEST for n in range(len(objects.found[kind]))]
    sealed = [seal_object(subs, Place(exam, version, kind, n), objects.found[kind][n]) for kind, n in order]
    segments = list(segmented(sealed))
    spots = [spot for _, found in segments for spot in found]
    places: dict[Kind, list[tuple[int, int, int]]] = {}
    for (kind, _), spot in zip(order, spots, strict=True):
        places.setdefault(kind, []).append((spot.segment, spot.offset, spot.size))
    manifest = ExamManifest(**parts, objects={kind: tuple(found) for kind, found in places.items()})
    last = seal_object(subs, Place(exam, version, Kind.MANIFEST, 0), manifest.packed())
    stored = {digest_of(data): data for data, _ in segments}
    stored[digest_of(last)] = last
    return SealedExam(manifest, stored, Spot(len(segments), 0, len(last)), exam, version, content, objects)


class PortalServer:
    """The portal on a free port of this machine, with its clock in the test's hand."""

    def __init__(self, folder: Path, origin: str = "", settings: dict[str, Any] | None = None,
                 now: Callable[[], float] | None = None, keys: PortalKeys | None = None) -> None:  # fmt: skip
        self.port = free_port()
        self.origin = origin or f"http://127.0.0.1:{self.port}"
        told = {"origin": self.origin, "state_dir": folder, "port": self.port, **(settings or {})}
        self.settings = Settings.model_validate({"portal": told})
        own = keys or PortalKeys.fresh()
        self.portal: Portal = build_portal(self.settings.portal, own, **({"now": now} if now else {}))
        config = uvicorn.Config(self.portal.app, port=self.port, log_level="error", lifespan="off", access_log=False)
        self.server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self.server.run, name="portal")

    def __enter__(self) -> PortalServer:
        self._thread.start()
        wait_until(lambda: self.server.started, "the portal")
        return self

    def __exit__(self, *_: object) -> None:
        self.server.should_exit = True
        self._thread.join()
        self.portal.close()

    def bring(self, sealed: SealedExam, *links: LinkSecret) -> None:
        """As a publisher does, without the way there."""
        for digest, data in sealed.segments.items():
            self.portal.arrivals.segment(digest, data)
        self.portal.arrivals.version(HOSPITAL, sealed.envelope(*links).encoded())

    def link(self, answers: dict[Question, str] | None = None, expires: float = LONG) -> LinkSecret:
        """A fresh one that is known here."""
        secret = LinkSecret.new()
        self.portal.gate.announce(secret.locator, HOSPITAL, Checks.of(answers or {ASKED: ANSWER}), expires)
        return secret
