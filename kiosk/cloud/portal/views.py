"""What pages show of a film: values only, made of its manifest."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from kiosk.cloud.portal.films import Film
from kiosk.cloud.portal.look import PortalWords
from kiosk.cloud.wire.manifest import ExamFacts, KeyPicture, PictureRef
from kiosk.domain.person.masking import mask_name


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
    return Heading(film.exam, title, mask_name(facts.patient), t.day(facts.performed), facts.hospital, modality)


def address(path: str, **values: object) -> str:
    """A path with its query."""
    return f"{path}?{urlencode(values)}" if values else path


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


def _ahead(film: Film, keys: tuple[KeyPicture, ...], window: int) -> tuple[Shot, ...]:
    """What will be asked for next, in the same window."""
    return tuple(shot(film, one.pictures[min(window, len(one.pictures) - 1)][1]) for one in keys if one.pictures)
