"""Pictures of every view of the desk, in Chinese and English, on a PC's screen; taken with the machine's Chromium of a
desk that runs on the sample hospital."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ui.pictures.chromium import Page, chromium, running

PC = (1366, 768, 1.0, False)
LANGUAGES = ("zh", "en")
VIEWS = ("today?days=0", "calls", "batch?days=0", "inbox", "devices", "figures", "figures/R4", "log", "shift",
         "accounts")  # fmt: skip
FILM = "[...document.querySelectorAll('.lightbox img')].length && [...document.images].every((one) => one.naturalWidth)"


def tour(origin: str, name: str, pin: str, out: Path) -> int:
    """All pictures; returns how many. Raises BrowserError."""
    out.mkdir(parents=True, exist_ok=True)
    with running(chromium()) as browser:
        return sum(1 for tag in LANGUAGES for _ in _pages(browser.page(*PC), origin, (name, pin), out / tag))


def _pages(page: Page, origin: str, who: tuple[str, str], out: Path) -> Iterator[Path]:
    def taken(name: str) -> Path:
        file = out.with_name(f"{out.name}-{name}.png")
        page.picture(file, whole=False)
        return file

    page.open(f"{origin}/language?tag={out.name}&to=/login", "document.querySelector('[name=pin]')")
    yield taken("login")
    page.run(f"document.querySelector('[name=name]').value = '{who[0]}'")
    page.run(f"document.querySelector('[name=pin]').value = '{who[1]}'")
    page.press(".login button", "document.querySelector('[data-view]')")
    for view in VIEWS:
        page.open(f"{origin}/{view}", "document.querySelector('[data-view]')")
        if view.startswith("today"):
            page.until("document.querySelector('[data-key=f]')")
            film = page.run("document.querySelector('tr [data-key=f]').href")
            patient = page.run("document.querySelector('tr a[href^=\"/patient/\"]').href")
        yield taken(view.partition("?")[0].replace("/", "-"))
    page.open(patient, "document.querySelector('[data-view=patient]')")
    yield taken("patient")
    page.open(film, "document.querySelector('.filmdesk')")
    page.press("[formaction='/film/preview']", FILM)
    yield taken("film")
