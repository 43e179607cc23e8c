"""The light viewer in Chromium, on a phone: each picture and figure against pydicom and numpy."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from tests.support.phone import page_on
from tests.support.shared_data import SHARED
from tests.support.viewer_exam import Pixels, ViewerExam, packaged
from tests.support.viewer_site import ViewerSite

CT = 0


def sample() -> ViewerExam:
    """Real pictures that pydicom brings, and a stack of one of them at many levels."""
    exam = ViewerExam("ct")
    exam.add_files("Head", [packaged("CT_small.dcm")])
    exam.add_files("Brain", [packaged("MR_small.dcm")])
    exam.add_files("Colour", [packaged("SC_rgb_small_odd.dcm")])
    exam.add_files("Doppler", [packaged("examples_rgb_color.dcm")])
    head = sorted((SHARED / "series" / "ct_ge_28").glob("*.dcm"))
    exam.add_files("Stack", head or [packaged("CT_small.dcm")] * 9)
    return exam


@pytest.fixture(scope="module")
def site() -> Iterator[ViewerSite]:
    made = ViewerSite({"ct": sample()})
    yield made
    made.close()


@pytest.fixture
def film(site: ViewerSite, browser: Browser) -> Iterator[Page]:
    """The viewer, opened on the first series, its picture seen."""
    with page_on(browser) as page:
        page.goto(site.url("ct"))
        ready(page)
        yield page


def ready(page: Page) -> None:
    """Until the first lossless picture is seen; says what the viewer says where that never is."""
    page.evaluate("() => window.__film.ready.then(() => document.body.dataset.seen = '1') && 0")
    page.wait_for_selector("body[data-seen]", state="attached", timeout=120_000)


def digest_of(page: Page, slice_number: int) -> str:
    """SHA-256 of the stored values as 32-bit integers: many values are slow to hand over one by one."""
    found: str = page.evaluate(
        """async n => {
            const hash = await crypto.subtle.digest("SHA-256", await window.__film.pixels(n));
            return [...new Uint8Array(hash)].map(one => one.toString(16).padStart(2, "0")).join("");
        }""",
        slice_number,
    )
    return found


def expected(values: Pixels) -> str:
    return hashlib.sha256(values.astype("<i4").tobytes()).hexdigest()


def client(page: Page, column: float, row: float) -> tuple[float, float]:
    x, y = page.evaluate("([x, y]) => window.__film.client(x, y)", [column, row])
    return x, y


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """From a point of the picture (column, row) to another."""
    page.mouse.move(*client(page, *start))
    page.mouse.down()
    page.mouse.move(*client(page, *end), steps=4)
    page.mouse.up()


def figure(page: Page, readout: str) -> float:
    return float(page.inner_text(f"[data-readout={readout}]").split()[0].rstrip("°"))


def test_stored_values_of_every_slice_are_those_of_pydicom(site: ViewerSite, browser: Browser) -> None:
    for series, slices in enumerate(site.exams["ct"].values):
        with page_on(browser) as page:
            page.goto(site.url("ct", series))
            ready(page)
            for number, values in enumerate(slices):
                assert digest_of(page, number) == expected(values), (series, number)


def test_length_value_and_statistics_are_those_of_the_file(site: ViewerSite, film: Page) -> None:
    facts, values = site.exams["ct"].series[CT].frames[0], site.exams["ct"].values[CT][0]
    assert facts.spacing is not None
    film.click("[data-tool=length]")
    drag(film, (20, 30), (100, 90))
    distance = np.hypot(80 * facts.spacing[1], 60 * facts.spacing[0])
    assert figure(film, "length") == pytest.approx(distance, abs=0.1)
    film.click("[data-tool=value]")
    film.mouse.click(*client(film, 60.5, 70.5))
    assert film.inner_text("[data-readout=value]") == f"{values[70, 60] * facts.slope + facts.intercept:g} HU"
    film.click("[data-tool=roi]")
    drag(film, (40, 50), (80, 70))
    inside = ellipse(values * facts.slope + facts.intercept, (40, 50), (80, 70))
    assert figure(film, "mean") == pytest.approx(inside.mean(), abs=0.06)
    assert figure(film, "sd") == pytest.approx(inside.std(), abs=0.06)
    assert (figure(film, "min"), figure(film, "max")) == (inside.min(), inside.max())
    area = np.pi * 20 * 10 * facts.spacing[0] * facts.spacing[1]
    assert figure(film, "area") == pytest.approx(area, rel=2e-3)


def ellipse(values: Any, start: tuple[int, int], end: tuple[int, int]) -> Any:
    """Values whose pixels' centres lie in it."""
    rows, columns = np.indices(values.shape)
    x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    rx, ry = (end[0] - start[0]) / 2, (end[1] - start[1]) / 2
    return values[((columns + 0.5 - x) / rx) ** 2 + ((rows + 0.5 - y) / ry) ** 2 <= 1]
