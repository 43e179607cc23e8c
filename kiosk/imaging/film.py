"""The use: DICOM objects in, film sheets out.

    outcome = compose([Path("study/")...], FilmSpec(dpi=320), pdf)

`compose` reads all headers, plans, and then makes sheet after sheet; each is in the document before the next begins.
`compose_series` prints a series that is still arriving in display order. Memory follows a row of tiles, never the
number of images.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from itertools import islice

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.film import SizeClaim
from kiosk.imaging.filmplan import FilmPlan, Sheet, lay_sheet, plan
from kiosk.imaging.filmspec import FilmOutcome, FilmSpec
from kiosk.imaging.fonts import FontBook
from kiosk.imaging.frame import Frame
from kiosk.imaging.gather import Gathered, Picture, Reader, Shelf, Skipped, Source, gather, skipped
from kiosk.imaging.pdf import PdfWriter
from kiosk.imaging.protocols import protocol_for
from kiosk.imaging.sheet import Load, SheetMaker

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
OpenReader = Callable[[Source], Reader]


def _ignore(_: object) -> None:
    return


class Press:
    """Makes the sheets of one document and counts what became of every image."""

    def __init__(
        self,
        spec: FilmSpec,
        pdf: PdfWriter,
        book: FontBook,
        pool: Executor | None,
        on_sheet: OnSheet,
        on_maker: OnMaker = _ignore,
    ) -> None:
        self._spec, self._pdf, self._book, self._pool = spec, pdf, book, pool
        self._on_sheet, self._on_maker = on_sheet, on_maker
        self.placed = 0
        self.true_size = False
        self.failed: list[tuple[Picture, KioskError]] = []

    def put(self, sheet: Sheet, load: Load, sheets: int) -> None:
        """Make one sheet; one on which nothing could be shown is not printed."""
        maker = SheetMaker(sheet, self._spec, self._book, load, self._spec.dpi, self._pool)
        if maker.find_first():
            maker.write(self._pdf)
            self.placed += len(sheet.placements) - len(maker.failed)
            self.true_size |= any(item.fit.claim is SizeClaim.LIFE_SIZE and item.picture.key not in maker.failed
                                  for item in sheet.placements)  # fmt: skip
            self._on_sheet(SheetDone(self._pdf.pages, sheets, sheet))
            self._on_maker(SheetMaker(sheet, self._spec, self._book, load, self._spec.dpi, self._pool))
        self.failed += [(item.picture, maker.failed[item.picture.key])
                        for item in sheet.placements if item.picture.key in maker.failed]  # fmt: skip

    def outcome(self, left_out: int, skipped: Iterable[Skipped]) -> FilmOutcome:
        """The answer; raises KioskError NOTHING_TO_SHOW nowhere: an empty document is an answer too."""
        missing = frozenset(self._pdf.encoder.missing)
        return FilmOutcome(self._pdf.pages, self.placed, left_out, tuple(skipped), self.true_size, missing)


def compose(
    instances: Sequence[Source],
    spec: FilmSpec,
    pdf: PdfWriter,
    book: FontBook,
    *,
    pool: Executor | None = None,
    on_sheet: OnSheet = _ignore,
    on_maker: OnMaker = _ignore,
    reader: Reader | None = None,
) -> FilmOutcome:
    """Print all images of the given files or objects. The caller closes the document.

    `reader` decodes elsewhere, in a sandbox; without one it happens here. `on_maker` gets a maker of each printed
    sheet, to make other pictures of it.
    """
    library = _Cached(reader or Shelf(instances, spec.limits))
    found = gather(library, range(len(instances)))
    made = prepare(library, found, spec)
    press = Press(spec, pdf, book, pool, on_sheet, on_maker)
    for sheet in made.sheets:
        press.put(sheet, library.frame, len(made.sheets))
    late = [skipped(library, picture.source, fault, _frame_number(picture)) for picture, fault in press.failed]
    return press.outcome(made.left_out, [*found.skipped, *late])


def _frame_number(picture: Picture) -> int | None:
    return picture.frame + 1 if picture.frames > 1 else None


class _Cached:
    """A reader that keeps frames which were decoded only to see whether they can be, within a budget."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._frames: dict[tuple[int, int], Frame] = {}
        self.name, self.pictures, self.companion = reader.name, reader.pictures, reader.companion

    def frame(self, picture: Picture) -> Frame:
        """Decode, or hand out what is kept."""
        return self._frames.pop(picture.key, None) or self._reader.frame(picture)

    def probe(self, picture: Picture) -> KioskError | None:
        """Why a picture cannot be decoded, None if it can."""
        try:
            frame = self._reader.frame(picture)
        except KioskError as fault:
            return fault
        if sum(kept.codes.nbytes for kept in self._frames.values()) + frame.codes.nbytes <= _KEPT_FRAMES_BYTES:
            self._frames[picture.key] = frame
        return None


def prepare(reader: _Cached, found: Gathered, spec: FilmSpec) -> FilmPlan:
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


def compose_series(
    arriving: Iterable[Source],
    expected: int,
    spec: FilmSpec,
    pdf: PdfWriter,
    book: FontBook,
    *,
    pool: Executor | None = None,
    on_sheet: OnSheet = _ignore,
    open_reader: OpenReader | None = None,
) -> FilmOutcome:
    """Print one series whose single-frame images arrive in display order: a sheet is made as soon as it is full.

    Only the images of one sheet are held. `open_reader` makes a reader of one source, in a sandbox; without it decoding
    happens here. Raises KioskError WRONG_PATIENT where an image is of another patient or
    study than the first: such a document must not be printed.
    """
    press = Press(spec, pdf, book, pool, on_sheet)
    unreadable: list[Skipped] = []
    stream = _readable(arriving, open_reader or _shelf_opener(spec), unreadable)
    first = next(stream, None)
    if first is None:
        return press.outcome(0, unreadable)
    facts = first[0].facts
    protocol = spec.protocol or protocol_for(spec.protocols, facts.modality, facts.body_part)
    grid = spec.grid or protocol.grid_for(expected)
    total = -(-expected // grid.tiles)
    held = [first, *islice(stream, grid.tiles - 1)]
    number = 0
    while held:
        number += 1
        load = _checked_loader(held, facts.patient_id, facts.study_uid)
        sheet = lay_sheet([picture for picture, _ in held], grid, protocol, spec)
        press.put(_numbered(sheet, number, max(total, number)), load, total)
        held = list(islice(stream, grid.tiles))
    late = [Skipped(picture.source, f"object {picture.source + 1}", fault.detail, fault.code)
            for picture, fault in press.failed]  # fmt: skip
    return press.outcome(0, [*unreadable, *late])


def _shelf_opener(spec: FilmSpec) -> OpenReader:
    return lambda source: Shelf([source], spec.limits)


def _numbered(sheet: Sheet, number: int, total: int) -> Sheet:
    return replace(sheet, number=number, total=total)


def _readable(
    arriving: Iterable[Source], open_reader: OpenReader, unreadable: list[Skipped]
) -> Iterator[tuple[Picture, Reader]]:
    for place, source in enumerate(arriving):
        reader = open_reader(source)
        try:
            pictures = [replace(picture, source=place) for picture in reader.pictures(0)]
        except KioskError as fault:
            unreadable.append(Skipped(place, f"object {place + 1}", fault.detail, fault.code))
            continue
        yield from ((picture, reader) for picture in pictures)


def _checked_loader(held: Sequence[tuple[Picture, Reader]], patient_id: str, study_uid: str) -> Load:
    readers = {picture.key: reader for picture, reader in held}
    for picture, _ in held:
        if (picture.facts.patient_id, picture.facts.study_uid) != (patient_id, study_uid):
            raise KioskError(FaultCode.WRONG_PATIENT, "an image of another patient or study in the series")
    return lambda picture: readers[picture.key].frame(replace(picture, source=0))
