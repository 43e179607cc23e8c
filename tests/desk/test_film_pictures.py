"""The film desk in Chromium, on three screens; pictures lie in pytest's folder of the test."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from kiosk.ports.archive import StudyQuery
from tests.support.desk import PINS, DeskServer
from tests.support.phone import browsers, page_on

PC = {"device_scale_factor": 1, "has_touch": False, "is_mobile": False}
SIZES = ((1366, 768), (1920, 1080), (390, 844))
LIMIT_MS = 60_000


@pytest.mark.parametrize("locale", ["zh-CN"])
def test_a_film_is_looked_at_and_printed(desk: DeskServer, locale: str, tmp_path: Path) -> None:
    exams = [e for name in "王李张刘陈" for e in
             desk.service.parts.adapters.archive.exams(StudyQuery(name_prefix=name), 50)]  # fmt: skip
    exam = min((e for e in exams if len(e.series) > 1), key=lambda e: (e.images, e.study_uid))
    first = {"viewport": {"width": SIZES[0][0], "height": SIZES[0][1]}, "locale": locale}
    with browsers() as browser, page_on(browser, **{**PC, **first}) as page:
        page.set_default_timeout(LIMIT_MS)

        def picture(name: str) -> None:
            for width, height in SIZES:
                page.set_viewport_size({"width": width, "height": height})
                page.screenshot(path=tmp_path / f"{locale[:2]}-{name}-{width}.png")
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} at {width}"

        page.goto(f"{desk.origin}/login?to=/film")
        page.fill("input[name=name]", "nurse")
        page.fill("input[name=pin]", PINS["nurse"])
        page.keyboard.press("Enter")
        page.fill("[data-view=film] input[name=query]", exam.accession)
        page.keyboard.press("Enter")
        expect(page.locator(".filmdesk")).to_be_visible()
        page.locator("[name=reason]").select_option("insurance-claim")
        page.locator("[name=relation]").select_option("spouse")
        page.locator("[name=paper-id-card]").check()
        page.locator("[formaction='/film/preview']").click()
        sheets = page.locator(".lightbox img")
        expect(sheets).not_to_have_count(0)
        page.wait_for_function("[...document.querySelectorAll('.lightbox img')].every((one) => one.naturalWidth > 0)")
        box = sheets.first.evaluate("one => [one.clientWidth / one.clientHeight, one.naturalWidth / one.naturalHeight]")
        assert box[0] == pytest.approx(box[1], rel=0.02), "at true proportion"
        picture("film")
        page.locator(".go .primary").click()
        expect(page.locator("[data-over]")).to_be_visible(timeout=5 * LIMIT_MS)
        picture("film-job")
