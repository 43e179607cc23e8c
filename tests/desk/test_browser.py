"""A nurse's morning in Chromium, by keyboard: log in, a call comes by itself, find, hold, close a kiosk; in two
languages. Its pictures lie in pytest's folder `desk-pictures`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from kiosk.domain.fleet import DeviceReport, FleetAction
from kiosk.domain.trail import AuditRecord, EventKind, EventOutcome
from tests.support.desk import PINS, DeskServer
from tests.support.phone import browsers, page_on

PC = {"viewport": {"width": 1366, "height": 768}, "device_scale_factor": 1, "has_touch": False, "is_mobile": False}
LIMIT_MS = 60_000


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("desk-pictures")


@pytest.fixture(params=["zh-CN", "en-GB"])
def page(request: pytest.FixtureRequest) -> Iterator[Page]:
    with browsers() as browser, page_on(browser, **{**PC, "locale": request.param}) as opened:
        opened.set_default_timeout(LIMIT_MS)
        yield opened


def some_past(desk: DeskServer) -> None:
    """Machines well and not, and a visit with a jam."""
    sick = {"printer": ("media-jam", "tray 2"), "archive": ("archive-unreachable", "no route")}
    desk.ledger.report_device(DeviceReport("kiosk-1", "0.9.0", "abc", "123"))
    desk.ledger.report_device(DeviceReport("kiosk-2", "0.9.0", "abc", "123", sick))
    desk.ledger.report_device(DeviceReport("kiosk-3", "0.9.0", "abc", "123"))
    desk.ledger.tell_device("kiosk-3", FleetAction.OPEN, "", "nurse")
    story: tuple[tuple[EventKind, EventOutcome, dict[str, Any]], ...] = (
        (EventKind.VISIT_OPENED, EventOutcome.OK, {"source": "camera"}),
        (EventKind.IDENTITY_WRONG, EventOutcome.REFUSED, {"left": 4}),
        (EventKind.IDENTITY_RIGHT, EventOutcome.OK, {}),
        (EventKind.EXAMS_LISTED, EventOutcome.OK, {"exams": 2, "ready": 1}),
        (EventKind.DOCUMENT_UNCERTAIN, EventOutcome.UNCERTAIN, {"fault": "media-jam", "sheets": 1, "pages": 2}),
        (EventKind.HELP_CALLED, EventOutcome.OK, {"code": "4821", "where": "printing"}),
    )
    for kind, outcome, details in story:
        desk.ledger.append(AuditRecord(kind, outcome, "kiosk-2", "visit-7", "subject", "", details))


def test_a_morning_at_the_desk(desk: DeskServer, page: Page, pictures: Path) -> None:
    some_past(desk)
    tag = str(page.evaluate("navigator.language"))[:2]

    def picture(name: str) -> None:
        page.screenshot(path=pictures / f"{tag}-{name}.png")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is too wide"

    def sizes(name: str) -> None:
        for width, height in ((1366, 768), (1920, 1080), (390, 844)):
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=pictures / f"{tag}-{name}-{width}.png")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} at {width}"
        page.set_viewport_size(PC["viewport"])  # type: ignore[arg-type]

    page.goto(desk.origin)
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans" if tag == "zh" else "en")
    picture("login")
    page.keyboard.type("admin")
    page.keyboard.press("Tab")
    page.keyboard.type(PINS["admin"])
    page.keyboard.press("Enter")
    expect(page.locator("[data-view=today]")).to_be_visible(timeout=LIMIT_MS)
    page.goto(f"{desk.origin}/today?days=0")
    expect(page.locator("[data-view=today] tbody tr")).not_to_have_count(0, timeout=LIMIT_MS)
    sizes("today")
    page.goto(f"{desk.origin}/batch?days=0")
    expect(page.locator("[data-view=batch] tbody tr")).not_to_have_count(0, timeout=LIMIT_MS)
    sizes("batch")
    page.goto(f"{desk.origin}/today?days=0")
    expect(page.locator("[data-view=today] tr[data-row]").first).to_be_focused(timeout=LIMIT_MS)
    box = page.locator("[data-view=today] tr[data-row]").nth(1).bounding_box()
    assert box is not None and box["height"] <= 34, "rows of a PC"
    page.keyboard.press("f")
    expect(page.locator("[data-view=film]")).to_be_visible(timeout=LIMIT_MS)
    page.keyboard.press("Escape")
    expect(page.locator("[data-view=patient]")).to_be_visible(timeout=LIMIT_MS)
    page.goto(f"{desk.origin}/today?days=0")
    page.locator("[data-view=today] tr[data-row]").first.focus()
    page.keyboard.press("h")
    expect(page.locator("[data-view=patient] details[open]")).to_have_count(1, timeout=LIMIT_MS)
    page.goto(f"{desk.origin}/today")

    desk.ledger.call_help(f"visit-{tag}", "kiosk-2", "4821" if tag == "zh" else "5930", "printing")
    expect(page.locator("[data-ring]")).to_be_visible(timeout=LIMIT_MS)
    picture("today-call")
    page.locator("[data-ring] a").click()
    call = page.locator("[data-view=calls] .call")
    expect(call).to_have_count(1)
    desk.ledger.call_help(f"second-{tag}", "kiosk-1", "7777", "verifying")
    expect(call).to_have_count(2, timeout=LIMIT_MS)
    picture("calls")
    call.first.locator("form[action$=claim] button").click()
    expect(page.locator(".call.waiting")).to_have_count(1, timeout=LIMIT_MS)
    for visit in (f"visit-{tag}", f"second-{tag}"):
        desk.ledger.end_call(visit)
    expect(call).to_have_count(0, timeout=LIMIT_MS)

    page.keyboard.press("/")
    page.keyboard.type("王")
    expect(page.locator(".find [type=search]")).to_have_value("王")
    page.keyboard.press("Enter")
    expect(page.locator("[data-view=today] tbody tr")).not_to_have_count(0, timeout=LIMIT_MS)
    picture("today")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("[data-view=patient]")).to_be_visible(timeout=LIMIT_MS)
    picture("patient")
    page.keyboard.press("p")
    expect(page.locator("details[open]")).to_have_count(1)
    picture("patient-print")
    page.keyboard.press("Escape")
    expect(page.locator("details[open]")).to_have_count(0)
    page.keyboard.press("h")
    page.locator("details[open] select").select_option("other")
    page.locator("details[open] button").click()
    expect(page.locator(".alert.good")).to_be_visible(timeout=LIMIT_MS)
    picture("patient-held")
    page.keyboard.press("h")
    page.locator("details[open] select").select_option("other")
    page.locator("details[open] button").click()
    expect(page.locator("form[action$=release]")).to_have_count(0, timeout=LIMIT_MS)

    page.locator(".tabs a[href='/devices']").click()
    page.locator("[data-device=kiosk-3] summary").click()
    picture("devices")
    page.locator("[data-device=kiosk-3] input[name=why]").fill("lamp")
    page.locator("[data-device=kiosk-3] details button").click()
    expect(page.locator("[data-device=kiosk-3] form[action$=open]")).to_have_count(1, timeout=LIMIT_MS)
    picture("devices-closed")
    page.locator(".tabs a[href='/log']").click()
    picture("log")
    page.locator("a[href='/log?visit=visit-7']").first.click()
    expect(page.locator("[data-view=log] tbody tr")).not_to_have_count(0)
    picture("log-visit")
    page.locator("form[action$=check] button").click()
    expect(page.locator(".alert.good")).to_be_visible(timeout=LIMIT_MS)
    page.locator(".tabs a[href='/accounts']").click()
    picture("accounts")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{desk.origin}/calls")
    page.screenshot(path=pictures / f"{tag}-phone-calls.png")
