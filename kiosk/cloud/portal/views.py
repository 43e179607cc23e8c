"""What pages show of a film: values only, made of its manifest."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from kiosk.cloud.portal.films import Film
from kiosk.cloud.portal.look import PortalWords
from kiosk.cloud.wire.manifest import ExamFacts, KeyPicture, PictureRef, StoredFrame
from kiosk.domain.person.masking import mask_name

LEAP = 10


@dataclass(frozen=True)
class Heading:
    """Which exam, of whom, when, where."""

    exam: str
    title: str
    patient: str
    day: str
    hospital: str
    modality: str


@dataclass(frozen=True)
class Shot:
    """A picture with its size."""

    url: str
    width: int
    height: int
    carried: bool = False  # within the page itself


@dataclass(frozen=True)
class Choice:
    """A link that may be the one that is shown."""

    label: str
    url: str
    chosen: bool


@dataclass(frozen=True)
class KeyView:
    """The electronic film at one picture."""

    shot: Shot | None
    label: str
    number: int
    count: int
    previous: str
    following: str
    windows: tuple[Choice, ...]
    strip: tuple[Choice, ...]
    ahead: tuple[Shot, ...]


def heading(film: Film, t: PortalWords) -> Heading:
    """Names are covered as at the kiosk: phones are looked at in waiting rooms."""
    facts: ExamFacts = film.manifest.exam
    modality = t.of("modality", facts.modality, facts.modality)
    title = facts.description or modality
    hospital = facts.hospitals.get(t.language.tag, facts.hospital)
    return Heading(film.exam, title, mask_name(facts.patient), t.day(facts.performed), hospital, modality)


def address(path: str, **values: object) -> str:
    """A path with its query."""
    return f"{path}?{urlencode(values)}" if values else path


def carried(view: KeyView, data: bytes, media_type: str) -> KeyView:
    """The same view with its picture within the page: a slow line is spared a journey there and back."""
    if view.shot is None:
        return view
    url = f"data:{media_type};base64,{b64encode(data).decode('ascii')}"
    return replace(view, shot=replace(view.shot, url=url, carried=True))


def shot(film: Film, picture: PictureRef) -> Shot:
    """Where a picture is fetched."""
    return Shot(f"/exams/{film.exam}/pictures/{picture.picture}", picture.width, picture.height)


def key_view(film: Film, number: int, window: int) -> KeyView:
    """The film at its picture `number` (from 0) in window `window`; out of range is brought into it."""
    keys = film.manifest.keys
    if not keys:
        return KeyView(None, "", 0, 0, "", "", (), (), ())
    number = min(max(number, 0), len(keys) - 1)
    key = keys[number]
    window = min(max(window, 0), len(key.pictures) - 1)

    def at(n: int, w: int) -> str:
        return address("/film", exam=film.exam, key=n, window=w)

    return KeyView(
        shot(film, key.pictures[window][1]),
        key.label,
        number,
        len(keys),
        at(number - 1, window) if number else "",
        at(number + 1, window) if number + 1 < len(keys) else "",
        tuple(Choice(name, at(number, w), w == window) for w, (name, _) in enumerate(key.pictures)),
        tuple(Choice(one.label or str(n + 1), at(n, 0), n == number) for n, one in enumerate(keys)),
        _ahead(film, keys[number + 1 : number + 2], window),
    )


def stack_view(film: Film, series: int, number: int, window: int) -> KeyView:
    """One series as a stack of ready pictures, for browsers without scripts (L2)."""
    frames = film.manifest.series[series].frames
    count = len(frames)
    number = min(max(number, 0), count - 1)
    frame = frames[number]
    if not frame.pictures:
        return KeyView(None, "", number, count, "", "", (), (), ())
    window = min(max(window, 0), len(frame.pictures) - 1)

    def at(n: int, w: int) -> str:
        return address("/stack", exam=film.exam, series=series, frame=n, window=w)

    def drawn(one: StoredFrame) -> Shot:
        index = one.pictures[min(window, len(one.pictures) - 1)] if one.pictures else 0
        return Shot(f"/exams/{film.exam}/pictures/{index}", one.columns, one.rows)

    leaps = [(f"−{LEAP}", number - LEAP), (f"+{LEAP}", number + LEAP)] if count > LEAP else []
    names = [one.name for one in frame.windows]
    return KeyView(
        drawn(frame),
        "",
        number,
        count,
        at(number - 1, window) if number else "",
        at(number + 1, window) if number + 1 < count else "",
        tuple(
            Choice(names[w] if w < len(names) and names[w] else str(w + 1), at(number, w), w == window)
            for w in range(len(frame.pictures))
        ),
        tuple(Choice(label, at(min(max(n, 0), count - 1), window), False) for label, n in leaps),
        tuple(drawn(one) for one in frames[number + 1 : number + 3]),
    )


@dataclass(frozen=True)
class SeriesCard:
    """A series as a person picks it."""

    title: str
    count: int
    shot: Shot | None
    url: str


def series_cards(film: Film, t: PortalWords) -> list[SeriesCard]:
    """All series of an exam."""
    return [
        SeriesCard(
            one.description or f"{t.of('modality', one.modality, one.modality)} {one.number}",
            len(one.frames),
            shot(film, one.thumbnail) if one.thumbnail is not None else None,
            address("/viewer", exam=film.exam, series=at),
        )
        for at, one in enumerate(film.manifest.series)
    ]


def _ahead(film: Film, keys: tuple[KeyPicture, ...], window: int) -> tuple[Shot, ...]:
    """What will be asked for next, in the same window."""
    return tuple(shot(film, one.pictures[min(window, len(one.pictures) - 1)][1]) for one in keys if one.pictures)
