"""A film of images that are still arriving: each sheet is made as soon as its images are there.

What the plan of the whole study will be is forecast from the images that have come and the numbers that the archive
told. When all have come the real plan is made, and must begin with the very sheets that were printed; so a forecast
that was wrong costs time and never makes a wrong sheet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.imaging.dicom.facts import Vector
from kiosk.imaging.film.gather import Gathered, Picture, Reader, present, take
from kiosk.imaging.film.making import CachedReader, OnSheet, Press, finish, ignore, prepare
from kiosk.imaging.film.plan import FilmPlan, Sheet, plan
from kiosk.imaging.film.spec import FilmSpec, FilmTally
from kiosk.imaging.pdf.fonts import FontBook
from kiosk.imaging.pdf.writer import PdfWriter

_PLACE_TOLERANCE_MM = 0.05
_TELLING = ("is_scout", "raw", "modality", "body_part", "patient_id", "patient_name", "study_uid")


@dataclass(frozen=True)
class ExpectedSeries:
    """What the archive says of a series whose objects are to come; in the order in which they come."""

    series_uid: str
    modality: str
    number: int
    images: int


class Forecast:
    """The plan of a study of which a part has come. It gives up (`lost`) where it cannot know what is to come."""

    def __init__(self, expected: Sequence[ExpectedSeries], spec: FilmSpec) -> None:
        self._spec = spec
        self._slots = [series for series in expected for _ in range(series.images)]
        self._came: list[Picture] = []
        self._guessed: list[Picture] = []
        self._plan: FilmPlan | None = None
        self._enough = 2  # images before which no further sheet can be complete
        self.printed: list[Sheet] = []
        self.lost = False

    def add(self, pictures: Sequence[Picture]) -> None:
        """Take note of the frames of the next object; none where it cannot be read."""
        place = len(self._came)
        slot = self._slots[place] if place < len(self._slots) else None
        if len(pictures) != 1 or slot is None or pictures[0].facts.series_uid != slot.series_uid:
            self.lost = True
            return
        self._came.append(pictures[0])
        if self._plan and not _alike(self._guessed[place], pictures[0]):
            self._plan = None

    def ready(self) -> Iterator[Sheet]:
        """The sheets that can be made now, each once."""
        while not self.lost and len(self._came) >= min(self._enough, len(self._slots)):
            sheet = self._next()
            if sheet is None:
                return
            self.printed.append(sheet)
            yield sheet

    def _next(self) -> Sheet | None:
        if self._plan is None:
            self._guessed = [*self._came, *self._to_come()]
            self._plan = plan(self._guessed, self._spec)
            self.lost = not _begins_with(self._plan.sheets, self.printed) or _needs_all(self._plan)
        if self.lost or len(self.printed) >= len(self._plan.sheets):
            self._enough = len(self._slots) + 1
            return None
        sheet = self._plan.sheets[len(self.printed)]
        first = self._came[0].source
        last = max(self._complete(item.picture, item.picture.source - first) for item in sheet.placements)
        self._enough = last + 1
        return self._real(sheet, first) if last < len(self._came) else None

    def _complete(self, picture: Picture, place: int) -> int:
        """The place of the last image that must be there to print this one: its own, or its series' for a window."""
        if not picture.auto:
            return place
        uid = self._slots[place].series_uid
        return max(number for number, slot in enumerate(self._slots) if slot.series_uid == uid)

    def _real(self, sheet: Sheet, first: int) -> Sheet:
        placements = tuple(replace(item, picture=self._as_came(item.picture, first)) for item in sheet.placements)
        return replace(sheet, placements=placements)

    def _as_came(self, planned: Picture, first: int) -> Picture:
        return replace(self._came[planned.source - first], choice=planned.choice)

    def _to_come(self) -> Iterator[Picture]:
        """Stand-ins: the series goes on as it began."""
        before, last = (self._came[-2:] * 2)[:2]
        for slot in self._slots[len(self._came):]:
            before, last = last, _following(before, last, slot)
            yield last


def _following(before: Picture, last: Picture, slot: ExpectedSeries) -> Picture:
    same_series = last.facts.series_uid == slot.series_uid
    stepped = same_series and before is not last and before.facts.series_uid == slot.series_uid
    there, here = before.geometry.position, last.geometry.position
    position = here
    if here and there and stepped:
        position = _vector(2 * b - a for a, b in zip(there, here, strict=True))
    elif here and last.geometry.normal:
        step = last.geometry.thickness or 1.0
        position = _vector(place + step * along for place, along in zip(here, last.geometry.normal, strict=True))
    facts = replace(
        last.facts, series_uid=slot.series_uid, modality=slot.modality or last.facts.modality,
        series_number=last.facts.series_number if same_series else slot.number,
        instance_number=(last.facts.instance_number or 0) + 1, sop_uid="", is_scout=same_series and last.facts.is_scout,
    )  # fmt: skip
    return replace(last, source=last.source + 1, facts=facts, geometry=replace(last.geometry, position=position))


def _vector(values: Iterable[float]) -> Vector:
    x, y, z = values
    return x, y, z


def _alike(guess: Picture, real: Picture) -> bool:
    """Whether a stand-in and the image in whose place it stood lead to the same plan, as far as one can see."""
    facts, expected = real.facts, guess.facts
    return (
        (real.source, real.rows, real.columns, real.colour, real.spacing, real.aspect, real.auto)
        == (guess.source, guess.rows, guess.columns, guess.colour, guess.spacing, guess.aspect, guess.auto)
        and all(getattr(facts, name) == getattr(expected, name) for name in _TELLING)
        and real.geometry.orientation == guess.geometry.orientation
        and real.geometry.thickness == guess.geometry.thickness
        and _near(real.geometry.position, guess.geometry.position)
    )  # fmt: skip


def _near(one: Vector | None, other: Vector | None) -> bool:
    if one is None or other is None:
        return one is other
    return all(abs(a - b) <= _PLACE_TOLERANCE_MM for a, b in zip(one, other, strict=True))


def _needs_all(made: FilmPlan) -> bool:
    """Lines of slices on a scout, and notes on what was left out, wait for the last image."""
    return any(sheet.cut_by for sheet in made.sheets)


def _mark(sheet: Sheet) -> tuple[object, ...]:
    """All that decides what is printed but for the pixels."""
    placed = tuple((item.picture.key, item.picture.state, item.cell, item.box, item.after_gap)
                   for item in sheet.placements)  # fmt: skip
    cuts = tuple(picture.key for picture in sheet.cut_by)
    return (sheet.protocol.name, sheet.media, sheet.landscape, sheet.number, sheet.total, sheet.notes, placed, cuts)


def _begins_with(sheets: Sequence[Sheet], printed: Sequence[Sheet]) -> bool:
    return list(map(_mark, sheets[: len(printed)])) == list(map(_mark, printed))


def compose_arriving(
    arriving: Iterable[int],
    expected: Sequence[ExpectedSeries],
    reader: Reader,
    spec: FilmSpec,
    pdf: PdfWriter,
    book: FontBook,
    *,
    pool: Executor | None = None,
    on_sheet: OnSheet = ignore,
) -> FilmTally | None:
    """Print the objects of one study, whose places in the reader are given as they arrive, companions first.

    Only the pixels of a row of tiles are held. None: sheets were printed that are not those of the whole study; the
    document must be thrown away and the film made by `making.compose`. Raises KioskError WRONG_PATIENT
    where an image is of another patient or study than the first: such a document must not be printed.
    """
    library, found = CachedReader(reader), Gathered()
    forecast, press = Forecast(expected, spec), Press(spec, pdf, book, pool, on_sheet)
    for place in arriving:
        skips, news = len(found.skipped), take(library, place, found)
        _check(found, news)
        if news or found.skipped[skips].code is not FaultCode.NOTHING_TO_SHOW:
            forecast.add(news)
        forecast.lost |= bool(found.companions.selected)
        for sheet in forecast.ready():
            library.agree_windows([item.picture for item in sheet.placements], found.pictures)
            press.put(sheet, library.frame, sheet.total)
    present(library, found)
    library.agree_windows(found.pictures, found.pictures)
    made = prepare(library, found, spec)
    if press.failed or not _begins_with(made.sheets, forecast.printed):
        return None
    return finish(press, library, found, made, len(forecast.printed))


def _check(found: Gathered, news: Sequence[Picture]) -> None:
    if not news:
        return
    own, other = found.pictures[0].facts, news[0].facts
    if (own.patient_id, own.study_uid) != (other.patient_id, other.study_uid):
        raise KioskError(FaultCode.WRONG_PATIENT, "an image of another patient or study")
