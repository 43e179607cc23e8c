"""Ways through the viewer: touch, keys, buttons; broken lines; phones without the codec; clips; earlier exams."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.portal.test_viewer import client, digest_of, drag, expected, figure, ready
from tests.support.phone import page_on
from tests.support.viewer_exam import Pixels, ViewerExam, packaged
from tests.support.viewer_site import ViewerSite

LEAST_OF_A_SLICE = 2 * 1024 * 1024  # bytes
CACHE = 64 * 1024 * 1024


def levels(count: int, side: int = 256, first: int = 0) -> list[tuple[Pixels, dict[str, Any]]]:
    """Slices that differ in every pixel, with enough in them to be sent in parts."""
    rows, columns = np.indices((side, side), np.int32)
    base = rows * columns // 7 % 211 + (rows + columns) % 17
    facts = {"photometric": "MONOCHROME2", "unit": "HU", "spacing": (0.5, 0.5)}
    return [((base + 300 * (number + first)).astype(np.int16), dict(facts)) for number in range(count)]


def exam() -> ViewerExam:
    made = ViewerExam("stack")
    made.add("Stack", "CT", levels(30))
    made.add("Clip", "US", levels(4, 96))
    made.add_files("Small", [packaged("CT_small.dcm")])
    made.add("Nothing to see", "SR", [])
    made.prior.append({"exam": "earlier", "label": "2024", "json": "/exams/earlier/viewer.json"})
    return made


def earlier() -> ViewerExam:
    made = ViewerExam("earlier")
    made.add("Before", "CT", levels(2, first=50))
    return made


@pytest.fixture(scope="module")
def site() -> Iterator[ViewerSite]:
    with ViewerSite({"stack": exam(), "earlier": earlier()}) as made:
        yield made


@pytest.fixture
def film(site: ViewerSite, browser: Browser) -> Iterator[Page]:
    site.asked.clear()
    with page_on(browser, complaints=True) as page:  # some tests break the line
        page.goto(site.url("stack"))
        ready(page)
        yield page


def at_slice(page: Page, number: int, of: int = 30) -> None:
    expect(page.locator("[data-readout=slice]")).to_have_text(f"{number} / {of}")


class Fingers:
    """On the screen of a page."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)

    def __call__(self, kind: str, *points: tuple[float, float]) -> None:
        told = [{"x": x, "y": y, "id": at} for at, (x, y) in enumerate(points)]
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": told})


# --- gestures, and what stands beside them --------------------------------------------------------------------------
def test_a_finger_scrolls_and_what_it_stops_at_becomes_lossless(site: ViewerSite, film: Page) -> None:
    touch = Fingers(film)
    touch("touchStart", (200, 300))
    for y in range(310, 400, 10):
        touch("touchMove", (200, y))
    touch("touchEnd")
    expect(film.locator("[data-readout=slice]")).not_to_have_text("16 / 30")
    number = int(film.inner_text("[data-readout=slice]").split()[0]) - 1
    film.evaluate("n => window.__film.go(n)", number)
    assert digest_of(film, number) == expected(site.exams["stack"].values[0][number])


def test_two_fingers_zoom_and_reset_shows_all_again(film: Page) -> None:
    before = np.subtract(client(film, 200, 100), client(film, 100, 100))
    touch = Fingers(film)
    touch("touchStart", (150, 300), (240, 300))
    touch("touchMove", (100, 300), (290, 300))
    touch("touchEnd")
    larger = np.subtract(client(film, 200, 100), client(film, 100, 100))
    assert larger[0] > 1.4 * before[0]
    film.click("[data-tool=reset]")
    assert np.subtract(client(film, 200, 100), client(film, 100, 100)) == pytest.approx(before, abs=0.01)


def test_wheel_keys_and_buttons_do_what_a_finger_does(film: Page) -> None:
    at_slice(film, 16)
    film.click("[data-step='slice:1']")
    at_slice(film, 17)
    film.mouse.move(200, 300)
    film.mouse.wheel(0, 100)
    at_slice(film, 18)
    film.focus(".v-stage")
    for key, number in (("ArrowUp", 17), ("PageDown", 27), ("End", 30), ("Home", 1)):
        film.keyboard.press(key)
        at_slice(film, number)
    before = np.subtract(client(film, 200, 100), client(film, 100, 100))
    film.click("[data-step='zoom:1.25']")
    assert np.subtract(client(film, 200, 100), client(film, 100, 100))[0] == pytest.approx(before[0] * 1.25)
    film.click("[data-tool=window]")
    center, width = map(float, film.inner_text("[data-readout=window]").split(" / "))
    film.click("[data-step='center:-10']")
    film.click("[data-step='width:20']")
    darker, softer = map(float, film.inner_text("[data-readout=window]").split(" / "))
    assert darker < center and softer > width
    film.click("[data-tool=reset]")
    assert tuple(map(float, film.inner_text("[data-readout=window]").split(" / "))) == (center, width)


def test_a_length_can_be_measured_without_a_mouse_or_a_drag(film: Page) -> None:
    film.click("[data-tool=length]")
    film.focus(".v-stage")
    film.keyboard.press("Enter")
    for _ in range(4):
        film.keyboard.press("Shift+ArrowRight")
    film.click("[data-step=Enter]")
    assert figure(film, "length") == pytest.approx(20.0, abs=0.1)
    film.click("[data-tool=angle]")
    film.click("[data-tool=length]")
    film.mouse.click(*client(film, 10, 10))
    film.mouse.click(*client(film, 10, 30))
    assert figure(film, "length") == pytest.approx(10.0, abs=0.1)


def test_the_picture_stands_still_whatever_is_chosen_or_measured(film: Page) -> None:
    """A point under a finger is the same point with every tool."""
    places = []
    for tool in ("scroll", "window", "value", "length", "angle", "roi"):
        film.click(f"[data-tool={tool}]")
        drag(film, (100, 100), (140, 150))
        film.click("[data-tool=scroll]")
        places.append(film.locator(".v-stage").bounding_box())
    assert all(one == places[0] for one in places)


def test_every_button_has_a_name_and_the_picture_says_which_it_is(film: Page) -> None:
    for tool in ("scroll", "window", "length"):
        film.click(f"[data-tool={tool}]")
        names = film.eval_on_selector_all(
            "#film button:not([hidden]), #film select:not([hidden])",
            "all => all.map(one => (one.getAttribute('aria-label') || one.textContent).trim())",
        )
        assert names and all(names)
        small = film.eval_on_selector_all(
            "#film button:not([hidden])",
            "all => all.filter(one => Math.min(one.offsetWidth, one.offsetHeight) < 44).map(one => one.outerHTML)",
        )
        assert small == []
    expect(film.locator(".v-stage")).to_have_attribute("aria-label", "Image 16 of 30")


# --- what is sent ---------------------------------------------------------------------------------------------------
def test_first_bytes_come_first_and_no_byte_twice(site: ViewerSite, film: Page) -> None:
    frame = site.exams["stack"].series[0].frames[15]
    cut = frame.prefixes[-1]
    assert site.asked[:2] == [(15, f"bytes=0-{cut - 1}"), (15, f"bytes={cut}-")]


def test_a_server_that_knows_no_ranges_is_read_whole(site: ViewerSite, browser: Browser) -> None:
    site.ranges = False
    try:
        with page_on(browser) as page:
            page.goto(site.url("stack"))
            ready(page)
            assert digest_of(page, 15) == expected(site.exams["stack"].values[0][15])
    finally:
        site.ranges = True


def test_a_broken_line_is_told_and_the_picture_comes_by_itself(site: ViewerSite, film: Page) -> None:
    site.fail.extend([503] * 4)
    film.evaluate("n => { window.__film.go(n) }", 2)
    expect(film.locator(".v-message")).to_contain_text("slow or broken")
    expect(film.locator(".v-message")).to_be_empty(timeout=60_000)
    assert digest_of(film, 2) == expected(site.exams["stack"].values[0][2])


def test_an_ended_session_is_told(site: ViewerSite, film: Page) -> None:
    site.fail.extend([404] * 9)
    film.evaluate("n => { window.__film.go(n) }", 4)
    expect(film.locator(".v-message")).to_contain_text("This access has ended")
    site.fail.clear()


def test_bytes_that_are_no_picture_are_told_and_a_simple_picture_is_seen(site: ViewerSite, film: Page) -> None:
    frames = site.exams["stack"].frames
    whole, frames[27] = frames[27], b"\xff\x4f" + bytes(4000)
    try:
        film.evaluate("n => { window.__film.go(n) }", 27)
        expect(film.locator(".v-message")).to_contain_text("could not be read exactly")
    finally:
        frames[27] = whole
    film.evaluate("n => window.__film.go(n)", 26)
    assert digest_of(film, 26) == expected(site.exams["stack"].values[0][26])


@pytest.mark.parametrize("lost", ["codec.js", "codec.wasm"])
def test_without_the_codec_simple_pictures_are_shown(site: ViewerSite, browser: Browser, lost: str) -> None:
    site.missing.add(lost)
    try:
        with page_on(browser, complaints=True) as page:
            page.goto(site.url("stack"))
            expect(page.locator(".v-message")).to_contain_text("only show simple images")
            at_slice(page, 16)
            expect(page.locator("[data-tool=value]")).to_be_hidden()
            page.click("[data-tool=length]")
            drag(page, (20, 20), (60, 20))
            assert figure(page, "length") == pytest.approx(20.0, abs=0.1)
    finally:
        site.missing.clear()


def test_memory_is_bounded_and_slices_that_left_come_again(browser: Browser) -> None:
    many = ViewerExam("many")
    many.add("Many", "CT", levels(35, 1024))
    assert many.values[0][0].nbytes == LEAST_OF_A_SLICE
    with ViewerSite({"many": many}) as site, page_on(browser) as page:
        page.goto(site.url("many"))
        ready(page)
        for number in range(35):
            page.evaluate("n => window.__film.go(n)", number)
            assert page.evaluate("window.__film.held()") <= CACHE
        assert page.evaluate("window.__film.held()") > CACHE // 2
        page.evaluate("n => window.__film.go(n)", 0)
        assert digest_of(page, 0) == expected(many.values[0][0])
        assert page.eval_on_selector_all("canvas", "all => all.length") == 1  # and one that is in no page


def test_values_asked_for_come_though_somebody_scrolls_meanwhile(site: ViewerSite, film: Page) -> None:
    script = "() => { const asked = window.__film.pixels(1); window.__film.go(28); return asked.then(all => all[77]); }"
    assert film.evaluate(script) == site.exams["stack"].values[0][1].flat[77]


# --- series, exams, clips -------------------------------------------------------------------------------------------
def test_an_earlier_exam_is_opened_and_left_again(site: ViewerSite, film: Page) -> None:
    film.select_option("[data-pick=exam]", label="Earlier: 2024")
    at_slice(film, 2, 2)
    film.evaluate("window.__film.go(0)")
    assert digest_of(film, 0) == expected(site.exams["earlier"].values[0][0])
    film.select_option("[data-pick=exam]", index=0)
    at_slice(film, 16)


def test_a_clip_plays_until_it_is_paused(film: Page) -> None:
    film.select_option("[data-pick=series]", "1")
    at_slice(film, 1, 4)
    film.click("[data-tool=play]")
    for number in (2, 3, 4, 1, 2):
        at_slice(film, number, 4)
    expect(film.locator("[data-tool=play]")).to_have_text("Pause")
    film.click("[data-tool=play]")
    expect(film.locator("[data-tool=play]")).to_have_text("Play")


def test_a_series_without_pictures_says_so(film: Page) -> None:
    film.select_option("[data-pick=series]", "3")
    expect(film.locator(".v-message")).to_contain_text("cannot be shown here", timeout=30_000)
    film.select_option("[data-pick=series]", "0")
    at_slice(film, 16)


def test_marks_stay_with_their_slice(film: Page) -> None:
    film.click("[data-tool=length]")
    drag(film, (20, 20), (60, 20))
    film.evaluate("window.__film.go(3)")
    expect(film.locator("[data-readout=length]")).to_be_hidden()
    film.evaluate("window.__film.go(15)")
    expect(film.locator("[data-readout=length]")).to_have_text("20.0 mm")


def test_words_are_those_of_the_reader(site: ViewerSite, browser: Browser) -> None:
    site.language = "zh"
    try:
        with page_on(browser) as page:
            page.goto(site.url("stack"))
            ready(page)
            expect(page.locator("[data-tool=length]")).to_have_text("长度")
            expect(page.locator(".v-stage")).to_have_attribute("aria-label", "第 16 张，共 30 张")
            shown = page.inner_text("#film")
            assert "at-detector" not in shown and "undefined" not in shown
    finally:
        site.language = "en"
