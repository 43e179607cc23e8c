"""What a patient sees while a real printer (CUPS, IPP) is empty, jammed, open, stopped, out of toner or off."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk.adapters.printing.cups_printer import CupsPrinter
from kiosk.config import PrinterSettings
from kiosk.domain.desk import request
from kiosk.domain.faults import FaultCode
from kiosk.domain.roles import Role, StaffMember
from kiosk.domain.sheets.media import pwg_media
from kiosk.domain.sheets.printer_reasons import understand
from kiosk.domain.sheets.printing import SheetState, Ticket
from kiosk.services.desk.accounts import hashed
from kiosk.services.machine.supervisor import health_of
from kiosk.session import events as on
from kiosk.session import states as at
from tests.support.documents import pdf
from tests.support.paper import ANSWER, WANG, PaperArchive, at_kiosk, exam
from tests.support.printers import PrintShop
from tests.support.servers import wait_until
from tests.support.storyboard import Storyboard

P, M, U = SheetState.PRINTED, SheetState.MISSING, SheetState.UNCERTAIN
NUMBERS = itertools.count(1)
WORDS = {
    "media-empty-error": (FaultCode.MEDIA_EMPTY, "打印机缺纸"),
    "media-jam-error": (FaultCode.MEDIA_JAM, "打印机卡纸"),
    "cover-open-error": (FaultCode.DOOR_OPEN, "打印机的门没有关好"),
    "marker-supply-empty-error": (FaultCode.SUPPLY_EMPTY, "打印机耗材用完"),
}
# ippeveprinter says -warning of it whatever it is told: paper is offered, and when nothing moves it is the explanation.
SUPPLY = "marker-supply-empty-error"
Attend = Callable[..., Storyboard]


@pytest.fixture
def attend(shop: PrintShop, tmp_path: Path) -> Iterator[Attend]:
    """Makes a person with a report of three pages at a kiosk on real queues."""
    with_kiosk: list[Any] = []

    def make(**report: Any) -> Storyboard:
        queue = {"kind": "cups", "queue": "report", "server": shop.server, "seconds_per_sheet": 0.05, **report}
        reports = {"sides": report.pop("sides")} if "sides" in report else {}
        queue.pop("sides", None)
        archive = PaperArchive([exam(WANG, "A0001", next(NUMBERS))])
        made = at_kiosk(tmp_path, archive, 3, report=queue, reports=reports)
        with_kiosk.append(made)
        return made.__enter__()

    yield make
    shop.put_right()
    for made in with_kiosk:
        made.__exit__(None, None, None)


def stand(shop: PrintShop, keyword: str, home: Path) -> None:
    """Somebody else's job has met the trouble: it stands at the printer before our visit begins."""
    shop.printers["report"].raise_fault(keyword)
    other = CupsPrinter(PrinterSettings(kind="cups", queue="report", server=shop.server))
    other.submit(pdf(home / "other.pdf", 1), Ticket(f"OTHER{next(NUMBERS)}", pwg_media("iso_a4_210x297mm"), 1))
    fault = WORDS[keyword][0]
    wait_until(lambda: fault in (understand(reason).fault for reason in other.state().reasons), keyword)


def ours(shop: PrintShop, person: Storyboard) -> list[int]:
    """Pages of this kiosk's jobs in the tray."""
    serials = {str(e.details["serial"]) for e in person.audited()  if "serial" in e.details}  # fmt: skip
    return [page for name, page in shop.printers["report"].sheets() if name in serials]


@pytest.mark.parametrize("keyword", [keyword for keyword in WORDS if keyword != SUPPLY])
def test_before_a_visit_the_screens_say_it_and_the_button_waits(
    shop: PrintShop, attend: Attend, tmp_path: Path, keyword: str
) -> None:
    fault, _ = WORDS[keyword]
    stand(shop, keyword, tmp_path)
    person = attend()
    view = person.sees("attract")
    paper = view.body["services"][0]
    assert (paper["state"], paper["ok"]) == ("暂停打印", False)
    finding = next(f for f in person.application.doctor() if f.probe == "printer report")
    assert (finding.ok, finding.fault) == (False, fault) and finding.advice
    person.proves("A0001", ANSWER)
    assert not person.button("print-reports").enabled and person.button("show-qr").enabled
    assert person.view.body["notice"] == "纸质打印暂停，可改用手机查看"
    assert not any(card["pickable"] for card in person.view.body["cards"])
    person.does(on.PrintReports(), on.Finish())
    person.sees("attract")
    shop.printers["report"].clear_faults()
    wait_until(lambda: all(f.ok for f in person.application.supervisor.check() if f.probe == "printer report"), "end")
    person.looks_around()
    assert person.view.body["services"][0]["ok"] and ours(shop, person) == []


@pytest.mark.parametrize(
    ("stop", "start", "fault"),
    [
        ("cupsdisable", "cupsenable", FaultCode.PRINTER_STOPPED),
        ("cupsreject", "cupsaccept", FaultCode.PRINTER_STOPPED),
        ("", "", FaultCode.PRINTER_OFFLINE),
    ],
)
def test_stopped_and_off_are_said_before_a_visit_and_in_it(
    shop: PrintShop, attend: Attend, stop: str, start: str, fault: FaultCode
) -> None:
    person, tray = attend(), shop.printers["report"]
    person.proves("A0001", ANSWER)
    shop.scheduler.admin(stop, "report") if stop else tray.stop()
    wait_until(lambda: health_of(person.application.supervisor.check()).report_printer is fault, "the trouble")
    person.does(on.PrintReports())
    view = person.sees("trouble")
    assert isinstance(person.state, at.Failed) and person.state.fault is fault
    assert view.body["happened"] and view.body["next"] and person.button("show-qr").enabled
    person.does(on.Finish())
    person.looks_around()
    assert health_of(person.application.supervisor.check()).report_printer is fault
    assert not person.sees("attract").body["services"][0]["ok"]
    shop.scheduler.admin(start, "report") if start else tray.start()
    wait_until(lambda: next(f for f in person.application.supervisor.check() if f.probe == "printer report").ok, "end")
    person.looks_around()
    person.proves("A0001", ANSWER)
    person.does(on.PrintReports())
    person.sees("done")
    assert ours(shop, person) == [1, 2, 3]


@pytest.mark.parametrize("keyword", WORDS)
def test_in_the_middle_of_a_job_it_is_said_and_goes_on(shop: PrintShop, attend: Attend, keyword: str) -> None:
    _, words = WORDS[keyword]
    person, tray = attend(refill_s=60), shop.printers["report"]
    person.proves("A0001", ANSWER)
    tray.raise_fault(keyword, from_page=2)
    person.does(on.PrintReports())
    view = person.sees("printing", lambda v: bool(v.body["waiting"]))
    assert view.body["waiting"].startswith(f"{words} · ") and "会继续打印" in view.body["waiting"]
    person.sees("printing", lambda v: v.body["done"] == 1)
    tray.clear_faults()
    assert person.sees("done").body["sheets"] == "报告 3 张"
    assert ours(shop, person) == [1, 2, 3]


@pytest.mark.parametrize(
    ("keyword", "left"), [("media-jam-error", (P, U, M)), ("cover-open-error", (P, U, M)),
                          ("marker-supply-empty-error", (P, U, M)), ("media-empty-error", (P, M, M))]
)  # fmt: skip
def test_what_nobody_puts_right_is_handed_over_settled_and_only_the_rest_is_printed(
    shop: PrintShop, attend: Attend, keyword: str, left: tuple[SheetState, ...]
) -> None:
    person, tray = attend(refill_s=1), shop.printers["report"]
    ledger = person.application.adapters.ledger
    ledger.add_staff(StaffMember("nurse", Role.NURSE), hashed("2468"))
    person.proves("A0001", ANSWER)
    tray.raise_fault(keyword, from_page=2)
    person.does(on.PrintReports())
    unsure = U in left
    view = person.sees("trouble", lambda v: bool(v.body["code"]) or not unsure)
    assert view.headline == "还有几页没打印出来" and view.body["printed"] == "已打印 1 张，共 3 张"
    assert view.body["happened"] and view.body["next"]
    assert bool(view.body["reference"]) is unsure and bool(view.body["code"]) is unsure
    tray.clear_faults()
    person.does(on.Finish())
    wait_until(lambda: next(f for f in person.application.supervisor.check() if f.probe == "printer report").ok, "end")
    person.looks_around()
    if unsure:
        (kept,) = ledger.unsettled()
        assert kept.states == left and kept.serial in view.body["reference"]
        person.proves("A0001", ANSWER)
        assert person.view.primary is None or not person.button("print-reports").enabled, "nothing is sent again"
        person.does(on.Finish(), on.StaffGesture())
        person.does(on.StaffLogin("nurse", "2468"))
        person.sees("staff", lambda v: v.body["panel"] != "login" and not v.body["busy"])
        person.does(on.StaffDo(request("settle", {"serial": kept.serial, "printed": ()})))
        person.loop.run_until(lambda: not ledger.unsettled(), 30)
        person.does(on.Finish())
    person.proves("A0001", ANSWER)
    person.does(on.PrintReports())
    person.sees("done")
    assert len(ours(shop, person)) == 3, "one sheet from before, two now: each once"
    assert ledger.unsettled() == []


def test_both_sides_where_settings_and_printer_say_so(shop: PrintShop, attend: Attend) -> None:
    person, tray = attend(sides="two-sided"), shop.printers["report"]
    person.proves("A0001", ANSWER)
    person.does(on.PrintReports())
    assert person.sees("done").body["sheets"] == "报告 2 张", "three pages on two sheets"
    told = tray.attributes(tray.received()[-1])
    assert told["IPP_SIDES"] == "two-sided-long-edge" and told.get("IPP_COPIES", "1") == "1"
    (task,) = person.audited("document-printed")
    kept = person.application.adapters.ledger.reservation(str(task.details["serial"]))
    assert kept is not None and (kept.order.sheets, kept.order.impressions, kept.states) == (2, 2, (P, P))
