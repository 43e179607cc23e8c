"""An exam from the archive to a sealed version: images, key pictures, report, film sheets, and what a person reads.

Whatever cannot be shown is left out and named; the rest is published.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from kiosk.adapters.documents.phone_pages import phone_pages
from kiosk.adapters.sandbox import Workers
from kiosk.cloud.publisher.choosing import KeyFrame, key_frames, presets
from kiosk.cloud.publisher.images import THREADS, ImageMaker, Images
from kiosk.cloud.publisher.seal import Parcel
from kiosk.cloud.publisher.series import exam_facts, ordered, series_facts
from kiosk.cloud.wire.envelope import Envelope
from kiosk.cloud.wire.manifest import ExamManifest, KeyPicture, PictureRef, ReportFacts
from kiosk.cloud.wire.objects import Kind, digest_of
from kiosk.domain.exam import Exam, Report
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.orders import DeliveryMode
from kiosk.imaging.phone.work import key_pictures
from kiosk.ports.archive import Archive
from kiosk.ports.rendering import FilmOrder, PageStamp, Renderer
from kiosk.ports.reports import ReportSource

PRELOAD = ("kiosk.imaging.phone.work", "kiosk.adapters.documents.report_pdf", "kiosk.adapters.documents.phone_pages")
KEY_SIDE, KEY_BYTES = 768, 30_000
THUMB_SIDE, THUMB_BYTES = 160, 6_000
PAGE_PX, PAGE_BYTES = 1240, 120_000
SHEET_PX, SHEET_BYTES, SHEET_DPI = 1400, 300_000, 100
PAGES_S, KEYS_S = 120.0, 60.0
_FATAL = (FaultCode.DISK_FULL, FaultCode.STORE_UNAVAILABLE, FaultCode.CANCELLED)
Percent = Callable[[int], None]


@dataclass(frozen=True)
class MakingRules:
    """What the hospital wants: its name on film and in lists, the language of sheets, and whether sheets are made."""

    hospital: str
    language: str
    escrow: bytes  # public half of the hospital's pair
    films: bool = True


class Maker:
    """Makes versions, one at a time. Its workers see one exam and are wiped after it."""

    def __init__(
        self, archive: Archive, source: ReportSource, renderer: Renderer, workers: Workers, rules: MakingRules
    ) -> None:
        self._archive, self._source, self._renderer = archive, source, renderer
        self._workers, self._rules = workers, rules

    def make(self, exam: Exam, parcel: Parcel, work: Path, percent: Percent = lambda _: None) -> Envelope:
        """Everything of the exam, sealed; `work`: where private files may lie meanwhile.

        Raises KioskError: ARCHIVE_*, NOTHING_TO_SHOW where neither report nor image can be shown, DISK_FULL.
        """
        total = max(1, exam.images)
        try:
            with tempfile.TemporaryDirectory(dir=work, prefix="making-", ignore_cleanup_errors=True) as folder:
                private = Path(folder)
                left_out: list[tuple[str, str]] = []
                report = self._report(exam, parcel, private, left_out)
                images = ImageMaker(
                    self._workers, exam, parcel, private, lambda came: percent(min(90, came * 90 // total))
                ).take(self._archive)
                manifest = self._manifest(exam, parcel, private, images, report, left_out)
        finally:
            self._workers.wipe()
            self._renderer.wipe()
        return parcel.close(manifest, self._rules.escrow)

    def _manifest(
        self,
        exam: Exam,
        parcel: Parcel,
        private: Path,
        images: Images,
        report: ReportFacts | None,
        left_out: list[tuple[str, str]],
    ) -> ExamManifest:
        series = ordered(exam, images)
        if report is None and not series:
            raise KioskError(FaultCode.NOTHING_TO_SHOW, f"{len(images.left_out)} objects cannot be shown")
        chosen = key_frames(series, images.companions.selected)
        with ThreadPoolExecutor(THREADS, thread_name_prefix="publish") as pool:
            keys = list(pool.map(lambda one: self._key(images, one), chosen))
        thumbs: dict[int, PictureRef] = {}
        kept = [self._kept(parcel, one, made, thumbs) for one, made in zip(chosen, keys, strict=True) if made]
        films = self._films(exam, parcel, private, images, left_out)
        return ExamManifest(
            exam=exam_facts(exam, images, self._rules.hospital),
            report=report,
            keys=tuple(kept),
            films=tuple(films),
            series=tuple(series_facts(one, thumbs.get(number)) for number, one in enumerate(series)),
            instances=tuple(images.instances),
            left_out=(*images.left_out, *left_out),
            objects=parcel.places(),
        )

    # --- key pictures ------------------------------------------------------------------------------------------------
    def _key(self, images: Images, key: KeyFrame) -> list[tuple[str, bytes, int, int]]:
        """The pictures of one key frame by the names of their windows; the last one is its thumbnail, if wanted."""
        shown, path = key.shown, images.files[key.shown.place]
        states = images.companions.states_for(shown.facts.sop_uid, shown.made.number)
        state = images.files[states[-1]] if states else None
        windows = presets(shown, presented=state is not None)
        asked = tuple(window for _, window in windows)

        def made(side: int, most: int, which: tuple[tuple[float, float] | None, ...]) -> list[tuple[bytes, int, int]]:
            return self._workers.call(key_pictures, path, shown.made.number, which, state, side, most,
                                      deadline_s=KEYS_S)  # fmt: skip

        try:
            pictures = made(KEY_SIDE, KEY_BYTES, asked)
            thumb = made(THUMB_SIDE, THUMB_BYTES, asked[:1]) if key.thumbnail else []
        except KioskError as fault:
            if fault.code in _FATAL:
                raise
            return []
        names = [name for name, _ in windows]
        return [(name, *one) for name, one in zip([*names, *[""] * len(thumb)], [*pictures, *thumb], strict=True)]

    def _kept(
        self, parcel: Parcel, key: KeyFrame, made: list[tuple[str, bytes, int, int]], thumbs: dict[int, PictureRef]
    ) -> KeyPicture:
        refs = [(name, _picture(parcel, data, width, height)) for name, data, width, height in made]
        if key.thumbnail:
            thumbs[key.series] = refs.pop()[1]
        return KeyPicture(series=key.series, frame=key.frame, label=key.label, pictures=tuple(refs))

    # --- paper -------------------------------------------------------------------------------------------------------
    def _report(
        self, exam: Exam, parcel: Parcel, private: Path, left_out: list[tuple[str, str]]
    ) -> ReportFacts | None:
        """All final reports as one; one that cannot be read is left out."""
        final = exam.final_reports
        made = [one for report in final for one in self._printable(exam, report, parcel, private, left_out)]
        if not made:
            return None
        pdf, pages, text = self._pages([one for _, one in made], PAGE_PX, PAGE_BYTES)
        newest = made[-1][0]
        return ReportFacts(
            version=newest.version,
            status=str(newest.status),
            written=newest.written.isoformat() if newest.written else "",
            pages=tuple(_picture(parcel, *page) for page in pages),
            pdf=parcel.add(Kind.REPORT, pdf),
            text=text,
            digest=digest_of(pdf),
        )

    def _printable(
        self, exam: Exam, report: Report, parcel: Parcel, private: Path, left_out: list[tuple[str, str]]
    ) -> Iterator[tuple[Report, bytes]]:
        out = private / "report.pdf"
        try:
            self._renderer.report(self._source.document(exam, report), exam, PageStamp(parcel.exam[:8]), out)
            yield report, out.read_bytes()
        except KioskError as fault:
            if fault.code in _FATAL or fault.code.startswith("archive"):
                raise
            left_out.append((f"report {report.instance_uid}", fault.detail or str(fault.code)))

    def _pages(
        self, documents: Sequence[bytes], width: int, most: int
    ) -> tuple[bytes, list[tuple[bytes, int, int]], str]:
        return self._workers.call(phone_pages, tuple(documents), width, most, deadline_s=PAGES_S)

    def _films(
        self, exam: Exam, parcel: Parcel, private: Path, images: Images, left_out: list[tuple[str, str]]
    ) -> list[PictureRef]:
        """The film sheets as pictures, made as the kiosk would print them, of the files that are here."""
        if not (self._rules.films and images.shown) or exam.mode is DeliveryMode.REPORT:
            return []
        rules, out = self._rules, private / "film.pdf"
        order = FilmOrder(parcel.exam[:8], rules.hospital, dpi=SHEET_DPI, language=rules.language)
        arriving = ((place, path.read_bytes()) for place, path in zip(images.places, images.files, strict=True))
        try:
            self._renderer.film(arriving, exam, order, out, lambda done, total: None)
            _, pages, _ = self._pages([out.read_bytes()], SHEET_PX, SHEET_BYTES)
        except KioskError as fault:
            if fault.code in _FATAL:
                raise
            left_out.append(("film sheets", fault.detail or str(fault.code)))
            return []
        return [_picture(parcel, *page) for page in pages]


def _picture(parcel: Parcel, data: bytes, width: int, height: int) -> PictureRef:
    return PictureRef(picture=parcel.add(Kind.PICTURE, data), width=width, height=height)
