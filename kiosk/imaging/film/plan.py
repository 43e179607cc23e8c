"""Which picture goes where: selection by protocol, order, sheets. Pure: headers in, places out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from kiosk.domain.faults import FaultCode
from kiosk.domain.sheets.film import FilmSize, Fit, Grid, Scale, SizeClaim, fit_into
from kiosk.imaging.dicom.facts import ImageFacts
from kiosk.imaging.dicom.order import SeriesFrame, order
from kiosk.imaging.film.annotation import caption_height
from kiosk.imaging.film.gather import Picture, Skipped
from kiosk.imaging.film.layout import Box, Margins, SheetLayout, lay_out, tile_edge
from kiosk.imaging.film.protocols import FilmProtocol, protocol_for
from kiosk.imaging.film.spec import FilmSpec
from kiosk.imaging.film.texts import FilmTexts, film_texts

HEADER_MM = 10.5
FOOTER_MM, RULER_MM, CODES_MM = 9.5, 7.0, 19.5
CODE_EDGE_MM = 17.5
_FEWEST_SCOUTS = 4  # tiles of a sheet that holds scouts only


@dataclass(frozen=True)
class PlacedImage:
    """A picture in its cell; `after_gap`: slices are missing before it."""

    cell: Box
    box: Box
    picture: Picture
    fit: Fit
    after_gap: bool = False


@dataclass(frozen=True)
class Sheet:
    """One sheet to be made. `number` and `total` count the sheets of its study; `notes` tell what is not on it."""

    protocol: FilmProtocol
    media: FilmSize
    landscape: bool
    layout: SheetLayout
    placements: tuple[PlacedImage, ...]
    cut_by: tuple[Picture, ...] = ()
    number: int = 1
    total: int = 1
    notes: tuple[str, ...] = ()

    @property
    def facts(self) -> ImageFacts:
        """Whose and what study it is."""
        return self.placements[0].picture.facts

    @property
    def claims(self) -> tuple[tuple[SizeClaim, float | None], ...]:
        """The different claims about size on it."""
        return tuple(dict.fromkeys((item.fit.claim, item.fit.magnification) for item in self.placements))

    @property
    def has_ruler(self) -> bool:
        """A ruler proves a scale; without any scale there is nothing to prove."""
        return any(claim not in (SizeClaim.UNCALIBRATED, SizeClaim.FITTED) for claim, _ in self.claims)


@dataclass(frozen=True)
class FilmPlan:
    """All sheets of a job, in printing order."""

    sheets: tuple[Sheet, ...]
    left_out: int


@dataclass
class _Study:
    """Pictures of one patient and study that go by one protocol."""

    protocol: FilmProtocol
    pictures: list[Picture] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    gaps: frozenset[tuple[int, int]] = frozenset()
    notes: list[str] = field(default_factory=list)

    def leave_out(self, kept: list[Picture], reason: str) -> None:
        """Keep only these."""
        if dropped := len(self.pictures) - len(kept):
            self.left_out[reason] += dropped
        self.pictures = kept


def plan(
    pictures: Sequence[Picture],
    spec: FilmSpec,
    skipped: Sequence[Skipped] = (),
    key_images: frozenset[str] = frozenset(),
) -> FilmPlan:
    """Choose, order and place. `key_images`: SOP Instance UIDs that key objects select."""
    texts = film_texts(spec.language)
    sheets: list[Sheet] = []
    left_out = 0
    for _, parts in groupby(_studies(pictures, spec), key=lambda part: _study_key(part.pictures[0])):
        study: list[Sheet] = []
        notes: list[str] = []
        for part in parts:
            _select(part, texts, key_images)
            left_out += part.left_out.total()
            notes += part.notes
            rivals = max((picture.states for picture in part.pictures), default=0)
            notes += [texts("newest_state", count=rivals)] if rivals > 1 else []
            notes += [texts("left_out", count=count, reason=reason) for reason, count in part.left_out.items()]
            study += _sheets(part, spec)
        told = (*notes, *skip_notes(skipped, texts))
        sheets += [replace(sheet, number=number, total=len(study), notes=told) for number, sheet in enumerate(study, 1)]
    return FilmPlan(tuple(sheets), left_out)


def skip_notes(skipped: Iterable[Skipped], texts: FilmTexts) -> list[str]:
    """What cannot be shown, by reason; objects that hold no image are not missed on a film."""
    reasons = Counter(item.reason for item in skipped if item.code is not FaultCode.NOTHING_TO_SHOW)
    return [texts("not_shown", count=count, reason=texts.reason(reason)) for reason, count in reasons.most_common()]


def _study_key(picture: Picture) -> tuple[object, ...]:
    """Nothing of two patients or studies ever meets on a sheet; without identifiers each file is on its own."""
    facts = picture.facts
    known = facts.study_uid or facts.series_uid
    return facts.patient_id, facts.patient_name.text, known or picture.source


def _studies(pictures: Sequence[Picture], spec: FilmSpec) -> list[_Study]:
    found: dict[tuple[object, ...], dict[str, _Study]] = {}
    for picture in pictures:
        facts = picture.facts
        protocol = spec.protocol or protocol_for(spec.protocols, facts.modality, facts.body_part)
        parts = found.setdefault(_study_key(picture), {})
        parts.setdefault(protocol.name, _Study(protocol)).pictures.append(picture)
    return [part for parts in found.values() for part in parts.values()]


def _series(pictures: Iterable[Picture]) -> list[list[Picture]]:
    """By series, in the order of their numbers."""
    found: dict[str, list[Picture]] = {}
    for picture in pictures:
        found.setdefault(picture.facts.series_uid, []).append(picture)
    big = 1 << 40
    return sorted(found.values(), key=lambda series: big if series[0].facts.series_number is None
                  else series[0].facts.series_number)  # fmt: skip


def _select(study: _Study, texts: FilmTexts, key_images: frozenset[str]) -> None:
    """Apply the protocol's choice; what falls out is counted with its reason."""
    protocol = study.protocol
    if processed := [p for p in study.pictures if not p.facts.raw]:
        study.leave_out(processed, texts("by_raw"))
    keys = key_images if protocol.key_images != "ignore" else frozenset()
    keys = keys & {picture.facts.sop_uid for picture in study.pictures}
    if keys and protocol.key_images == "only":
        study.leave_out([p for p in study.pictures if p.facts.sop_uid in keys], texts("by_key_images"))
    if protocol.localisers == "leave-out" and not all(p.facts.is_scout for p in study.pictures):
        study.leave_out([p for p in study.pictures if not p.facts.is_scout], texts("by_localisers"))
    least = protocol.series_shorter_than
    long_enough = [p for series in _series(study.pictures) if len(series) >= least for p in series]
    if long_enough:
        study.leave_out(long_enough, texts("by_short_series", n=least))
    arranged = [_arrange(series, protocol) for series in _series(study.pictures)]
    study.pictures = ordered = [picture for series in arranged for picture in series.pictures]
    study.gaps = frozenset().union(*(series.gaps for series in arranged))
    remarks = dict.fromkeys(remark for series in arranged for remark in series.remarks)
    study.notes = [texts(key, value=value) for key, value in remarks]
    if protocol.every > 1:
        kept = _thinned(ordered, keys, lambda plain: plain[:: protocol.every])
        study.leave_out(kept, texts("by_every", n=protocol.every))
    if protocol.at_most and len(study.pictures) > protocol.at_most:
        most = protocol.at_most
        kept = _thinned(study.pictures, keys, lambda plain: _evenly(plain, max(0, most - _count(study.pictures, keys))))
        study.leave_out(kept[:most], texts("by_at_most", n=most))
    study.pictures.sort(key=lambda p: p.facts.sop_uid not in keys)


def _count(pictures: Sequence[Picture], keys: frozenset[str]) -> int:
    return sum(picture.facts.sop_uid in keys for picture in pictures)


def _thinned(
    pictures: Sequence[Picture], keys: frozenset[str], choose: Callable[[list[Picture]], list[Picture]]
) -> list[Picture]:
    """Key images stay, the others are chosen from; the order is kept."""
    plain = [picture for picture in pictures if picture.facts.sop_uid not in keys]
    chosen = {picture.key for picture in choose(plain)}
    return [picture for picture in pictures if picture.key in chosen or picture.facts.sop_uid in keys]


def _evenly(pictures: list[Picture], count: int) -> list[Picture]:
    if count >= len(pictures) or count <= 0:
        return pictures[:max(0, count)]
    return [pictures[int(i * len(pictures) / count)] for i in range(count)]


def _by_number(picture: Picture) -> tuple[int, int, int]:
    number = picture.facts.instance_number
    return (number if number is not None else 1 << 40, picture.source, picture.frame)


@dataclass(frozen=True)
class _Arranged:
    """One series in printing order, scouts first; before which pictures slices are missing; what is odd about it."""

    pictures: list[Picture]
    gaps: frozenset[tuple[int, int]] = frozenset()
    remarks: tuple[tuple[str, str], ...] = ()


def _arrange(series: Sequence[Picture], protocol: FilmProtocol) -> _Arranged:
    if protocol.order == "time":
        return _Arranged(sorted(series, key=lambda picture: (picture.facts.acquired, *_by_number(picture))))
    if protocol.order == "number" or len(series) < 2:
        return _Arranged(sorted(series, key=_by_number))
    found = order([SeriesFrame(p.facts, p.geometry, p.frame, p.contrast) for p in series])
    pictures = [series[index] for index in (*found.scouts, *found.images)]
    return _Arranged(pictures, frozenset(series[gap.index].key for gap in found.gaps), found.remarks)


def _sheets(study: _Study, spec: FilmSpec) -> list[Sheet]:
    protocol = study.protocol
    batches = _with_lone_scouts(_series(study.pictures), protocol) if protocol.sheet_per_series else [study.pictures]
    sheets: list[Sheet] = []
    for batch in batches:
        grid = spec.grid or protocol.grid_for(max(len(batch), _FEWEST_SCOUTS if _all_scouts(batch) else 1))
        cuts = tuple(p for p in batch if not p.facts.is_scout) if protocol.localisers == "with-lines" else ()
        for start in range(0, len(batch), grid.tiles):
            sheets.append(lay_sheet(batch[start:start + grid.tiles], grid, protocol, spec, study.gaps, cuts))
    return sheets


def _all_scouts(pictures: Sequence[Picture]) -> bool:
    return all(picture.facts.is_scout for picture in pictures)


def _with_lone_scouts(series: list[list[Picture]], protocol: FilmProtocol) -> list[list[Picture]]:
    """Series of scouts go before the first series whose sheets have room for them: one scout fills no sheet."""
    most = protocol.grids[-1].tiles
    batches = [batch for batch in series if not _all_scouts(batch)]
    apart = []
    for scouts in (batch for batch in series if _all_scouts(batch)):
        place = next((place for place, batch in enumerate(batches) if -len(batch) % most >= len(scouts)), None)
        if place is None:
            apart.append(scouts)
        else:
            batches[place] = [*scouts, *batches[place]]
    return [*apart, *batches]


def lay_sheet(
    pictures: Sequence[Picture],
    grid: Grid,
    protocol: FilmProtocol,
    spec: FilmSpec,
    gaps: frozenset[tuple[int, int]] = frozenset(),
    cuts: tuple[Picture, ...] = (),
) -> Sheet:
    """Place up to a grid of pictures on one sheet."""
    media = spec.media or protocol.media
    margins = Margins(protocol.margin_mm, protocol.gap_mm, HEADER_MM, _footer(pictures, protocol, spec))
    landscape = _is_landscape(pictures, media, grid, margins, protocol)
    layout = lay_out(media, grid, margins, landscape=landscape)
    placements = tuple(
        _place(picture, cell, protocol, picture.key in gaps)
        for picture, cell in zip(pictures, layout.cells, strict=False)
    )
    return Sheet(protocol, media, landscape, layout, placements, cuts)


def _place(picture: Picture, cell: Box, protocol: FilmProtocol, after_gap: bool) -> PlacedImage:
    above = caption_height(cell) if picture.facts.burned_in else 0.0  # own lines stay off the text in the picture
    room = Box(cell.x, cell.y + above, cell.width, cell.height - above)
    fit = fit_into(picture.rows, picture.columns, picture.aspect, picture.spacing,
                   (room.width, room.height), true_size=protocol.true_size or picture.life_size)  # fmt: skip
    chosen = picture if protocol.window == 1 else replace(picture, choice=protocol.window)
    return PlacedImage(cell, room.centred(fit.width_mm, fit.height_mm), chosen, fit, after_gap)


def _footer(pictures: Sequence[Picture], protocol: FilmProtocol, spec: FilmSpec) -> float:
    scaled = any(picture.spacing and picture.spacing.scale is not Scale.UNKNOWN
                 and (protocol.true_size or picture.life_size) for picture in pictures)  # fmt: skip
    ruler = RULER_MM if scaled else 0.0
    return max(FOOTER_MM + ruler, CODES_MM if spec.verify or spec.cloud else 0.0)


def _is_landscape(
    pictures: Sequence[Picture], media: FilmSize, grid: Grid, margins: Margins, protocol: FilmProtocol
) -> bool:
    """Turn the sheet only where the protocol lets us and the picture gains by it."""
    if protocol.orientation != "auto":
        return protocol.orientation == "landscape"
    picture = pictures[0]
    aspect = picture.aspect * picture.rows / picture.columns
    upright, turned = (tile_edge(media, grid, margins, aspect, landscape=side) for side in (False, True))
    if protocol.true_size and picture.spacing and picture.spacing.scale is not Scale.UNKNOWN:
        needed = picture.columns * picture.spacing.column
        upright, turned = min(upright, needed), min(turned, needed)
    return turned > upright * 1.02
