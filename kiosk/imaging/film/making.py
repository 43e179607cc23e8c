"""The use: DICOM objects in, film sheets out.

    outcome = compose([Path("study/")...], FilmSpec(dpi=320), pdf)

`compose` reads all headers, plans, and then makes sheet after sheet; each is in the document before the next begins.
`kiosk.imaging.film.arriving` prints what is still arriving. Memory follows a row of tiles, never the number of images.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

from kiosk.domain.faults import KioskError
from kiosk.domain.sheets.film import SizeClaim
from kiosk.imaging.film.gather import (
    Gathered,
    Picture,
    Reader,
    Shelf,
    Skipped,
    Source,
    Warned,
    gather,
    skipped,
    unless_cancelled,
)
from kiosk.imaging.film.plan import FilmPlan, Sheet, plan
from kiosk.imaging.film.sheet import Load, SheetMaker
from kiosk.imaging.film.spec import FilmSpec, FilmTally
from kiosk.imaging.film.windows import common_windows
from kiosk.imaging.pdf.fonts import FontBook
from kiosk.imaging.pdf.writer import PdfWriter
from kiosk.imaging.pixels.frame import Frame

_PROBED = 4  # the images of sheets with so few are decoded before sheets are numbered
_KEPT_FRAMES_BYTES = 48 << 20


@dataclass(frozen=True)
class SheetDone:
    """A sheet that is in the document."""

    number: int
    sheets: int
    sheet: Sheet


OnSheet = Callable[[SheetDone], None]
OnMaker = Callable[[SheetMaker], None]


def ignore(_: object) -> None:
    """Nobody wants to know."""


class Press:
    """Makes the sheets of one document and counts what became of every image."""

    def __init__(
        self,
        spec: FilmSpec,
        pdf: PdfWriter,
        book: FontBook,
        pool: Executor | None,
        on_sheet: OnSheet,
        on_maker: OnMaker = ignore,
    ) -> None:
        self._spec, self._pdf, self._book, self._pool = spec, pdf, book, pool
        self._on_sheet, self._on_maker = on_sheet, on_maker
        self.placed = 0
        self.true_size = False
        self.failed: list[tuple[Picture, KioskError]] = []
        self.warned: list[tuple[Picture, str]] = []

    def put(self, sheet: Sheet, load: Load, sheets: int) -> None:
        """Make one sheet; one on which nothing could be shown is not printed."""
        maker = SheetMaker(sheet, self._spec, self._book, load, self._spec.dpi, self._pool)
        if maker.find_first():
            maker.write(self._pdf)
            self.placed += len(sheet.placements) - len(maker.failed)
            self.warned += maker.warnings
            self.true_size |= any(item.fit.claim is SizeClaim.LIFE_SIZE and item.picture.key not in maker.failed
                                  for item in sheet.placements)  # fmt: skip
            self._on_sheet(SheetDone(self._pdf.pages, sheets, sheet))
            self._on_maker(SheetMaker(sheet, self._spec, self._book, load, self._spec.dpi, self._pool))
        self.failed += [(item.picture, maker.failed[item.picture.key])
                        for item in sheet.placements if item.picture.key in maker.failed]  # fmt: skip

    def outcome(self, left_out: int, skipped: Iterable[Skipped], warnings: Iterable[Warned]) -> FilmTally:
        """The answer; raises KioskError NOTHING_TO_SHOW nowhere: an empty document is an answer too."""
        missing = frozenset(self._pdf.encoder.missing)
        return FilmTally(self._pdf.pages, self.placed, left_out, tuple(skipped), self.true_size, missing,
                           tuple(warnings))  # fmt: skip


def compose(
    instances: Sequence[Source],
    spec: FilmSpec,
    pdf: PdfWriter,
    book: FontBook,
    *,
    pool: Executor | None = None,
    on_sheet: OnSheet = ignore,
    on_maker: OnMaker = ignore,
    reader: Reader | None = None,
) -> FilmTally:
    """Print all images of the given files or objects. The caller closes the document.

    `reader` decodes elsewhere, in a sandbox; without one it happens here. `on_maker` gets a maker of each printed
    sheet, to make other pictures of it.
    """
    library = CachedReader(reader or Shelf(instances, spec.limits))
    found = gather(library, range(len(instances)))
    library.agree_windows(found.pictures, found.pictures)
    made = prepare(library, found, spec)
    return finish(Press(spec, pdf, book, pool, on_sheet, on_maker), library, found, made)


def finish(
    press: Press, library: CachedReader, found: Gathered, made: FilmPlan, printed: int = 0
) -> FilmTally:
    """Make the sheets that are not printed yet, and count."""
    for sheet in made.sheets[printed:]:
        press.put(sheet, library.frame, len(made.sheets))
    late = [skipped(library, picture.source, fault, _frame_number(picture)) for picture, fault in press.failed]
    warned = [Warned(picture.source, library.name(picture.source), reason, _frame_number(picture))
              for picture, reason in press.warned]  # fmt: skip
    return press.outcome(made.left_out, [*found.skipped, *late], warned)


def _frame_number(picture: Picture) -> int | None:
    return picture.frame + 1 if picture.frames > 1 else None


class CachedReader:
    """A reader that shows series without a window by a common one.

    It keeps frames which were decoded only to see whether they can be, within a budget.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._frames: dict[tuple[int, int], Frame] = {}
        self._windows: dict[str, tuple[float, float]] = {}
        self._agreed: set[str] = set()
        self.name, self.pictures, self.companion = reader.name, reader.pictures, reader.companion

    def agree_windows(self, wanted: Iterable[Picture], pictures: Iterable[Picture]) -> None:
        """Find the common windows of the series of the wanted pictures, whose members are all among `pictures`."""
        series = {picture.facts.series_uid for picture in wanted if picture.auto} - self._agreed
        self._agreed |= series
        members = [picture for picture in pictures if picture.facts.series_uid in series]
        self._windows.update(common_windows(members, self._reader.frame))

    def _windowed(self, picture: Picture) -> Picture:
        window = self._windows.get(picture.facts.series_uid) if picture.auto else None
        return picture if window is None else replace(picture, window=window)

    def frame(self, picture: Picture) -> Frame:
        """Decode, or hand out what is kept."""
        return self._frames.pop(picture.key, None) or self._reader.frame(self._windowed(picture))

    def probe(self, picture: Picture) -> KioskError | None:
        """Why a picture cannot be decoded, None if it can."""
        try:
            frame = self._reader.frame(self._windowed(picture))
        except KioskError as fault:
            unless_cancelled(fault)
            return fault
        if sum(map(_bytes_of, self._frames.values())) + _bytes_of(frame) <= _KEPT_FRAMES_BYTES:
            self._frames[picture.key] = frame
        return None


def _bytes_of(frame: Frame) -> int:
    return frame.codes.nbytes + (0 if frame.table is None else frame.table.nbytes)


def prepare(reader: CachedReader, found: Gathered, spec: FilmSpec) -> FilmPlan:
    """The plan, made again without the pictures that turn out undecodable where that would leave sheets empty."""
    keys = frozenset(found.companions.selected)
    made = plan(found.pictures, spec, found.skipped, keys)
    doubtful = [item.picture for sheet in made.sheets if len(sheet.placements) <= _PROBED for item in sheet.placements]
    faults = {picture.key: fault for picture in doubtful if (fault := reader.probe(picture))}
    if not faults:
        return made
    for picture in doubtful:
        if picture.key in faults:
            found.skipped.append(skipped(reader, picture.source, faults[picture.key], _frame_number(picture)))
    found.pictures = [picture for picture in found.pictures if picture.key not in faults]
    return plan(found.pictures, spec, found.skipped, keys)
