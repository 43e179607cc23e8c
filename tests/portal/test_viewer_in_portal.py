"""The viewer inside the real portal: a link, an answer, a session, sealed frames, the portal's own policies."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager

import pydicom
from playwright.sync_api import Page, expect

from tests.portal.test_viewer import client, digest_of, drag, figure, ready
from tests.support.cloud import ANSWER, PortalServer, SealedExam, packaged

Phone = Callable[..., AbstractContextManager[Page]]
CT_SMALL = 1  # the second series of the sealed sample


def test_viewer_measures_what_was_sealed_and_says_that_it_started(
    server: PortalServer, sealed: SealedExam, phone: Phone
) -> None:
    link = server.link()
    server.bring(sealed, link)
    with phone(locale="en-GB") as page:
        page.goto(f"{server.origin}/l#{link.text}")
        page.fill("input[name=answer]", ANSWER)
        page.click("#question [type=submit]")
        page.click("[data-action=viewer]")
        ready(page)
        files = [pydicom.dcmread(path) for path in packaged()]
        names = page.eval_on_selector_all("[data-pick=series] option", "all => all.map(one => one.value)")
        assert len(names) == len(sealed.manifest.series)
        for at, series in enumerate(sealed.manifest.series):
            page.select_option("[data-pick=series]", str(at))
            many = len(series.frames)
            expect(page.locator("[data-readout=slice]")).to_have_text(f"{many // 2 + 1} / {many}")
            for number, frame in enumerate(series.frames):
                stored = files[frame.instance].pixel_array.astype("<i4").tobytes()
                assert digest_of(page, number) == hashlib.sha256(stored).hexdigest()
        page.select_option("[data-pick=series]", str(CT_SMALL))
        page.evaluate("window.__film.go(0)")
        facts = sealed.manifest.series[CT_SMALL].frames[0]
        assert facts.spacing is not None
        page.click("[data-tool=length]")
        drag(page, (20, 30), (100, 30))
        assert abs(figure(page, "length") - 80 * facts.spacing[1]) <= 0.1
        page.click("[data-tool=value]")
        page.mouse.click(*client(page, 60.5, 70.5))
        value = files[facts.instance].pixel_array[70, 60] * facts.slope + facts.intercept
        assert page.inner_text("[data-readout=value]") == f"{value:g} HU"
        page.goto(f"{server.origin}/help")
        expect(page.locator(".measured .reached", has_text="Viewer")).to_have_count(1)


def test_viewer_of_a_session_that_ended_says_so(server: PortalServer, sealed: SealedExam, phone: Phone) -> None:
    link = server.link()
    server.bring(sealed, link)
    with phone(locale="en-GB") as page:
        page.goto(f"{server.origin}/l#{link.text}")
        page.fill("input[name=answer]", ANSWER)
        page.click("#question [type=submit]")
        page.click("[data-action=viewer]")
        ready(page)
        page.context.clear_cookies()
        page.select_option("[data-pick=series]", str(len(sealed.manifest.series) - 1))
        expect(page.locator(".v-message")).to_contain_text("This access has ended")
