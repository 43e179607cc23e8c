"""The doctor's view on a large screen: the same values, an earlier exam beside, planes; and who cannot have it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import imagecodecs
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.portal.test_viewer import ready
from tests.support.phone import DESK, page_on
from tests.support.servers import wait_until
from tests.support.viewer_exam import Pixels, ViewerExam
from tests.support.viewer_site import ViewerSite

SCREEN: dict[str, Any] = {**DESK, "is_mobile": False, "has_touch": False}
SIDE = 128  # pixels, of half a millimetre
OPENING_MS = 120_000


def ball(depths: list[float]) -> list[tuple[Pixels, dict[str, Any]]]:
    """Slices at these millimetres: a ball of 100 HU in the middle of -500 HU."""
    rows, columns = (np.indices((SIDE, SIDE)) - SIDE / 2) * 0.5
    made = []
    for depth in depths:
        inside = rows**2 + columns**2 + (depth - 30) ** 2 < 25**2
        facts = {
            "photometric": "MONOCHROME2", "unit": "HU", "spacing": (0.5, 0.5), "intercept": -1000.0,
            "position": (0.0, 0.0, depth), "orientation": (1.0, 0.0, 0.0, 0.0, 1.0, 0.0),
        }  # fmt: skip
        made.append((np.where(inside, 1100, 500).astype(np.int16), facts))
    return made


@pytest.fixture(scope="module")
def site() -> Iterator[ViewerSite]:
    now, then = ViewerExam("now"), ViewerExam("then")
    now.add("Even", "CT", ball([2.0 * number for number in range(31)]))
    now.add("Uneven", "CT", ball([0.0, 2.0, 4.0, 9.0, 14.0]))
    then.add("Even", "CT", ball([4.0 * number for number in range(16)]))
    now.prior.append({"exam": "then", "label": "2024", "json": "/exams/then/viewer.json"})
    with ViewerSite({"now": now, "then": then}) as made:
        yield made


@pytest.fixture
def desk(site: ViewerSite, browser: Browser) -> Iterator[Page]:
    with page_on(browser, **SCREEN) as page:
        large(page, site.url("now"))
        yield page


def large(page: Page, url: str) -> None:
    page.goto(url)
    ready(page)
    page.click("[data-tool=large]")
    page.wait_for_selector(".v-pane canvas", timeout=OPENING_MS)
    expect(page.locator(".v-large [data-readout=slice]")).to_be_visible(timeout=OPENING_MS)


def middle(page: Page, pane: int = 0) -> tuple[float, float]:
    box = page.locator(".v-pane").nth(pane).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def grey(page: Page, pane: int) -> int:
    """What is seen in the middle of a pane."""
    x, y = middle(page, pane)
    clip = {"x": round(x) + 8, "y": round(y) + 8, "width": 2, "height": 2}
    shot = imagecodecs.png_decode(page.screenshot(clip=clip))  # type: ignore[arg-type]
    return int(shot[0, 0, 0])


def test_values_and_lengths_are_those_of_the_light_viewer(desk: Page) -> None:
    x, y = middle(desk)
    desk.click(".v-large [data-tool=value]")
    desk.mouse.click(x, y)
    expect(desk.locator(".v-large [data-readout=value]")).to_have_text("100 HU")
    box = desk.locator(".v-pane canvas").first.bounding_box()
    assert box is not None
    desk.click(".v-large [data-tool=length]")
    desk.mouse.move(x - 150, y)
    desk.mouse.down()
    desk.mouse.move(x + 150, y, steps=5)
    desk.mouse.up()
    shown = min(box["width"], box["height"])  # CSS pixels that the whole picture fills
    wanted = pytest.approx(300 / shown * SIDE * 0.5, rel=0.02)
    out = desk.locator(".v-large [data-readout=length]")
    wait_until(lambda: float(out.inner_text().split()[0]) == wanted, f"a length of {wanted}")


def test_an_earlier_exam_beside_follows_in_the_body(desk: Page) -> None:
    desk.select_option("[data-pick=beside]", label="2024")
    out = desk.locator(".v-large [data-readout=slice]")
    expect(out).to_have_text("16 / 31 · 9 / 16", timeout=OPENING_MS)
    show = "([side, slice]) => window.__desk.sides[side].viewport.setImageIdIndex(slice).then(() => 0)"
    desk.evaluate(show, [0, 11])
    expect(out).to_have_text("12 / 31 · 7 / 16")
    desk.evaluate(show, [1, 9])
    expect(out).to_have_text("18 / 31 · 10 / 16")
    desk.click("[data-tool=link]")
    desk.evaluate(show, [0, 5])
    expect(out).to_have_text("6 / 31 · 10 / 16")


def test_planes_show_the_body_and_are_refused_where_they_would_lie(site: ViewerSite, desk: Page) -> None:
    desk.click("[data-tool=mpr]")
    expect(desk.locator(".v-pane")).to_have_count(3, timeout=OPENING_MS)
    expect(desk.locator("[data-tool=mpr]")).to_have_attribute("aria-pressed", "true")
    expect(desk.locator(".v-large")).to_have_attribute("data-planes", "drawn")
    for pane in range(3):
        assert grey(desk, pane) > 200, f"pane {pane} shows the ball"
    desk.click("[data-tool=close]")
    expect(desk.locator(".v-stage")).to_be_visible()
    desk.select_option("[data-pick=series]", "1")
    desk.evaluate("window.__film.go(0)")
    desk.click("[data-tool=large]")
    desk.wait_for_selector(".v-pane canvas")
    desk.click("[data-tool=mpr]")
    expect(desk.locator(".v-large [data-readout=note]")).to_contain_text("not evenly spaced", timeout=OPENING_MS)
    expect(desk.locator(".v-pane")).to_have_count(1)


def test_a_phone_has_no_button_for_it(site: ViewerSite, browser: Browser) -> None:
    with page_on(browser) as page:
        page.goto(site.url("now"))
        ready(page)
        expect(page.locator("[data-tool=large]")).to_be_hidden()


def test_where_it_does_not_start_the_light_viewer_stays_and_says_so(site: ViewerSite, browser: Browser) -> None:
    site.missing.add("large.js")
    try:
        with page_on(browser, complaints=True, **SCREEN) as page:
            page.goto(site.url("now"))
            ready(page)
            page.click("[data-tool=large]")
            expect(page.locator(".v-message")).to_contain_text("could not be started here")
            page.click("[data-step='slice:1']")
            expect(page.locator("[data-readout=slice]")).to_have_text("17 / 31")
    finally:
        site.missing.clear()
