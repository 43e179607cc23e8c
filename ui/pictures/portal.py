"""Pictures of every page of the cloud film: phone and desktop, all languages, large type; taken with the machine's
Chromium of a portal that runs.

    python -m ui.pictures.portal ORIGIN LINK ANSWER OUT
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kiosk.words import languages, sections
from ui.pictures.chromium import BrowserError, Chromium, Page, chromium, running

PHONE, DESK = (390, 844, 2.0, True), (1280, 860, 1.0, False)
FILM = "document.querySelector('[data-layer=film] img')?.complete"
LOADED = "[...document.images].every(one => one.complete || one.loading === 'lazy')"


@dataclass(frozen=True)
class PortalPages:
    """Where the film is, and how its pictures are to look."""

    origin: str
    link: str
    answer: str
    language: str
    large: bool
    phone: bool

    @property
    def name(self) -> str:
        """The beginning of its pictures' names."""
        return "-".join(["phone" if self.phone else "desk", self.language, *(["large"] if self.large else [])])


def tour(origin: str, link: str, answer: str, out: Path) -> int:
    """All pictures; returns how many. Raises BrowserError."""
    out.mkdir(parents=True, exist_ok=True)
    tags = [one.tag for one in languages() if "portal" in sections(one.tag)]
    looks = [(True, False, tags), (False, False, tags), (True, True, tags[:1])]
    with running(chromium()) as browser:
        wanted = [PortalPages(origin, link, answer, tag, large, phone) for phone, large, some in looks for tag in some]
        return sum(1 for one in wanted for _ in _pages(browser, one, out))


def _pages(browser: Chromium, wanted: PortalPages, out: Path) -> Iterator[Path]:
    """One visit, with a picture of every page on the way; a doctor looks in between."""
    page = browser.page(*(PHONE if wanted.phone else DESK))

    def taken(name: str, whole: bool = True) -> Path:
        file = out / f"{wanted.name}-{name}.png"
        page.until(LOADED)
        page.picture(file, whole)
        return file

    _look(page, wanted)
    page.open(wanted.link, "document.querySelector('#secret')?.value")
    yield taken("door")
    _answer(page, "000000", "document.querySelector('[role=alert]')")
    yield taken("door-wrong")
    _answer(page, wanted.answer, FILM)
    yield taken("film")
    for layer in ("report", "images"):
        page.press(f"[data-layer={layer}]", f"document.querySelector('[data-layer={layer}] img')")
        page.run("document.images.forEach?.(one => one.loading = 'eager')")
        yield taken(layer)
    page.press("[data-action=viewer]", "window.__film")
    page.run("window.__film.ready")
    yield taken("viewer", whole=False)
    for name, path in (("download", "/download"), ("help", "/help"), ("share", "/share")):
        page.open(wanted.origin + path, "document.querySelector('main')")
        yield taken(name)
    page.run("document.querySelector('[value=one-time-code]').checked = true")
    page.press("main form [type=submit]", "document.querySelector('svg.qr')")
    yield taken("shared")
    yield from _doctor(browser, wanted, page, out)
    page.until("!document.querySelector('[data-receipt]').hidden")
    yield taken("receipt")
    page.open(f"{wanted.origin}/access", "document.querySelector('[data-page=access]')")
    yield taken("access")
    for name, path in (("code", "/c"), ("privacy", "/privacy"), ("paper", f"/v/{'0' * 64}")):
        page.open(wanted.origin + path, "document.querySelector('main')")
        yield taken(name)
    page.open(f"{wanted.origin}/film", FILM)
    page.press(".foot button", "document.querySelector('h1')")
    yield taken("closed")


def _doctor(browser: Chromium, wanted: PortalPages, mine: Page, out: Path) -> Iterator[Path]:
    """The other browser: the share's door and what it shows."""
    theirs = browser.page(*(PHONE if wanted.phone else DESK))
    _look(theirs, wanted)
    theirs.open(mine.run("document.querySelector('[data-link]').value"), "document.querySelector('#secret')?.value")
    theirs.picture(out / f"{wanted.name}-share-door.png")
    yield out / f"{wanted.name}-share-door.png"
    _answer(theirs, mine.run("document.querySelector('[data-one-time]').innerText"), FILM)
    theirs.picture(out / f"{wanted.name}-share-film.png")
    yield out / f"{wanted.name}-share-film.png"


def _look(page: Page, wanted: PortalPages) -> None:
    size = "large" if wanted.large else "normal"
    chosen = f"language={wanted.language}&size={size}"
    page.open(f"{wanted.origin}/look?{chosen}&to=/privacy", "document.querySelector('main')")


def _answer(page: Page, answer: str, condition: str) -> None:
    page.run(f"document.querySelector('[name=answer]').value = '{answer}'")
    page.press("#question [type=submit]", condition)


def main() -> int:
    """As a command."""
    origin, link, answer, out = sys.argv[1:5]
    if not chromium():
        print("Chromium is missing: apt install chromium", file=sys.stderr)
        return 6
    try:
        print(f"{tour(origin, link, answer, Path(out))} pictures in {out}")
    except BrowserError as error:
        print(f"the browser: {error}", file=sys.stderr)
        return 6
    return 0


if __name__ == "__main__":
    sys.exit(main())
