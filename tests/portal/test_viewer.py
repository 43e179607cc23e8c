"""The light viewer in Chromium, on a phone: each picture and figure against pydicom and numpy."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import imagecodecs
import numpy as np
import pytest
from playwright.sync_api import Browser, Page
from pydicom import Dataset
from pydicom.pixels import apply_rescale, apply_windowing

from kiosk.cloud.wire.manifest import WindowFacts
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
    with ViewerSite({"ct": sample()}) as made:
        yield made


@pytest.fixture
def film(site: ViewerSite, browser: Browser) -> Iterator[Page]:
    """The viewer, opened on the first series, its picture seen."""
    with page_on(browser) as page:
        page.goto(site.url("ct"))
        ready(page)
        yield page


def ready(page: Page) -> None:
    """Until the first lossless picture is seen; says what the viewer says where that never is."""
    page.wait_for_selector("#film canvas", state="attached", timeout=120_000)
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


# --- windows, rescale, colour ---------------------------------------------------------------------------------------
RAMP = np.arange(-1200, 3000, 0.25).astype(np.int16).reshape(150, 112)
WINDOWS: dict[str, dict[str, Any]] = {
    "linear": {"windows": [(40, 400, "LINEAR")]},
    "one-wide": {"windows": [(40, 1, "LINEAR")]},
    "exact": {"windows": [(40, 401, "LINEAR_EXACT")]},
    "sigmoid": {"windows": [(40, 400, "SIGMOID")]},
    "inverse": {"windows": [(300, 1500, "LINEAR")], "photometric": "MONOCHROME1"},
    "rescaled": {"windows": [(1000, 4000, "LINEAR")], "slope": 2.5, "intercept": -1024},
    "unsigned": {"windows": [(30_000, 60_001, "LINEAR_EXACT")], "offset": 1200},
}


def by_pydicom(values: Pixels, facts: dict[str, Any]) -> Pixels:
    """8-bit grey as pydicom's functions have it, before rounding."""
    ds = Dataset()
    ds.PixelRepresentation, ds.BitsStored = int(values.dtype.kind == "i"), 16
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.RescaleSlope, ds.RescaleIntercept = facts.get("slope", 1), facts.get("intercept", 0)
    ds.WindowCenter, ds.WindowWidth, ds.VOILUTFunction = facts["windows"][0]
    lowest, highest = (-32768, 32767) if ds.PixelRepresentation else (0, 65535)
    ends = [end * float(ds.RescaleSlope) + float(ds.RescaleIntercept) for end in (lowest, highest)]
    shown = apply_windowing(apply_rescale(values, ds), ds)
    share = (shown - ends[0]) / (ends[1] - ends[0])
    return np.asarray((1 - share if facts.get("photometric") == "MONOCHROME1" else share) * 255)


def ramp(facts: dict[str, Any]) -> tuple[Pixels, dict[str, Any]]:
    offset = facts.get("offset")
    values = RAMP if offset is None else (RAMP.astype(np.int32) + offset).astype(np.uint16)
    told = {key: value for key, value in facts.items() if key != "offset"}
    windows = tuple(WindowFacts(center=c, width=w, function=f) for c, w, f in told.pop("windows"))
    return values, {"photometric": "MONOCHROME2", **told, "windows": windows}


@pytest.fixture(scope="module")
def drawn(browser: Browser) -> Iterator[Page]:
    """A page with a series for each case of WINDOWS."""
    exam = ViewerExam("ramps")
    for name, facts in WINDOWS.items():
        exam.add(name, "CT", [ramp(facts)])
    with ViewerSite({"ramps": exam}) as site, page_on(browser) as page:
        page.goto(site.url("ramps"))
        ready(page)
        yield page


@pytest.mark.parametrize("name", WINDOWS)
def test_grey_is_that_of_pydicom_within_one_level(drawn: Page, name: str) -> None:
    drawn.select_option("[data-pick=series]", str(list(WINDOWS).index(name)))
    drawn.evaluate("window.__film.go(0)")
    values, _ = ramp(WINDOWS[name])
    known = np.unique(values)
    grey = drawn.evaluate("all => all.map(one => window.__film.grey(one))", known.tolist())
    assert np.abs(np.array(grey) - by_pydicom(known, WINDOWS[name])).max() <= 1.0
    assert len(set(grey)) > 1


def seen(page: Page, column: float, row: float) -> tuple[int, ...]:
    """What a person sees at a point of the picture: from a screenshot, after all that the browser does."""
    x, y = client(page, column, row)
    clip = {"x": round(x) - 1, "y": round(y) - 1, "width": 2, "height": 2}
    shot = imagecodecs.png_decode(page.screenshot(clip=clip))  # type: ignore[arg-type]
    return tuple(int(one) for one in shot[1, 1][:3])


def blocks(*colours: int) -> Pixels:
    """Three areas beside each other."""
    return np.repeat(np.array(colours, np.int16), 40)[None].repeat(120, 0)


def test_what_is_seen_has_the_greys_and_colours_of_the_file(browser: Browser) -> None:
    exam = ViewerExam("seen")
    grey = {"windows": (WindowFacts(center=50, width=101),), "photometric": "MONOCHROME2"}
    exam.add("Grey", "CT", [(blocks(0, 50, 200), dict(grey))])
    exam.add("Inverse", "DX", [(blocks(0, 50, 200), {**grey, "photometric": "MONOCHROME1"})])
    colour = np.zeros((120, 120, 3), np.uint8)
    colour[:, :40], colour[:, 40:80], colour[:, 80:] = (200, 10, 30), (20, 180, 40), (5, 60, 250)
    exam.add("Colour", "US", [(colour, {"photometric": "RGB"})])
    greys = [(0,) * 3, (128,) * 3, (255,) * 3]
    wanted = [greys, greys[::-1], [(200, 10, 30), (20, 180, 40), (5, 60, 250)]]
    with ViewerSite({"seen": exam}) as site, page_on(browser) as page:
        page.goto(site.url("seen"))
        ready(page)
        for series, areas in enumerate(wanted):
            page.select_option("[data-pick=series]", str(series))
            page.evaluate("window.__film.go(0)")
            for area, expected_colour in enumerate(areas):
                assert seen(page, 40 * area + 20, 60) == pytest.approx(expected_colour, abs=2), (series, area)
        page.click("[data-tool=value]")
        page.mouse.click(*client(page, 60.5, 60.5))
        assert page.inner_text("[data-readout=value]") == "20, 180, 40"


# --- spacing --------------------------------------------------------------------------------------------------------
def test_spacing_is_told_honestly_and_pixels_need_not_be_square(browser: Browser) -> None:
    exam = ViewerExam("spaces")
    plain = {"photometric": "MONOCHROME2"}
    exam.add("Oblong", "CT", [(blocks(0, 50, 200), {**plain, "spacing": (2.0, 0.5), "letters": ("R", "L", "A", "P")})])
    exam.add("Detector", "DX", [(blocks(0, 1, 2), {**plain, "spacing": (0.2, 0.2), "spacing_at": "detector"})])
    exam.add("Nobody knows", "OT", [(blocks(0, 1, 2), dict(plain))])
    with ViewerSite({"spaces": exam}) as site, page_on(browser) as page:
        page.goto(site.url("spaces"))
        ready(page)
        page.click("[data-tool=length]")
        drag(page, (20, 20), (60, 50))
        assert figure(page, "length") == pytest.approx(np.hypot(40 * 0.5, 30 * 2.0), abs=0.1)
        across, down = (np.subtract(client(page, *end), client(page, 10, 10)) for end in ((50, 10), (10, 50)))
        assert down[1] / across[0] == pytest.approx(4.0, rel=0.01), "as tall as it is in the body"
        page.click("[data-tool=angle]")
        drag(page, (20, 20), (60, 20))
        page.mouse.click(*client(page, 60, 30))
        assert figure(page, "angle") == pytest.approx(90.0, abs=0.1)
        page.mouse.click(*client(page, 20, 20))
        page.mouse.click(*client(page, 60, 40))
        page.mouse.click(*client(page, 20, 40.0))
        assert figure(page, "angle") == pytest.approx(np.degrees(np.arctan2(40, 20)), abs=0.1)
        assert [page.inner_text(f".v-{side}") for side in ("left", "right", "top", "bottom")] == ["R", "L", "A", "P"]
        for series, words in ((1, "8.0 mm at the detector, not in the body"), (2, "40.0 pixels")):
            page.select_option("[data-pick=series]", str(series))
            page.evaluate("window.__film.go(0)")
            page.click("[data-tool=length]")
            drag(page, (20, 20), (60, 20))
            assert page.inner_text("[data-readout=length]") == words
            assert page.inner_text(".v-left") == ""
