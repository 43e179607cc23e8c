"""A jam, told whole: sheets nobody can vouch for, staff who look, err, correct it; the rest is printed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kiosk.domain.desk import request
from kiosk.domain.reasons import FilmPolicy, FilmReason
from kiosk.domain.sheets.printing import SheetState
from kiosk.session import events as on
from kiosk.session.screens.view import View
from tests.support.storyboard import DEADLINE_S, Storyboard

Make = Callable[..., Storyboard]
P, M, U = SheetState.PRINTED, SheetState.MISSING, SheetState.UNCERTAIN
HOURS = 3600.0  # a sheet: nothing comes out before the test says so


@pytest.fixture
def slip(hospital: Path) -> dict[str, str]:
    made = json.loads((hospital / "hospital.json").read_text(encoding="utf-8"))
    return next(one for one in made["slips"] if one["key"] == "wang-ct")


def jobs(person: Storyboard) -> list[Path]:
    """The film printer's own memory."""
    return list((person.home / "printed" / "film" / "jobs").glob("[!.]*"))


def asks_for_film(person: Storyboard, slip: dict[str, str]) -> None:
    person.proves(slip["code"], slip["answer"])
    person.does(on.AskFilm())
    person.sees("film")
    person.does(on.ChooseReason(FilmReason.SURGERY), on.PrintFilm())


def is_over(person: Storyboard, screen: str, play: Callable[[Path], object]) -> None:
    """The printer's memory of its jobs is changed until the kiosk has noticed: it writes into the same files."""

    def played() -> bool:
        for job in jobs(person):
            play(job)
        return person.view.screen == screen

    assert person.loop.run_until(played, DEADLINE_S), person.view.screen


def forgotten(job: Path) -> None:
    """Somebody switched the printer off and on."""
    job.unlink(missing_ok=True)


def come_out(job: Path) -> None:
    """The sheets of the job are in the tray."""
    kept: dict[str, Any] = json.loads(job.read_text(encoding="utf-8"))
    job.write_text(json.dumps({**kept, "done": kept["sheets"], "status": "completed"}), encoding="utf-8")


def at_the_printers(person: Storyboard) -> View:
    person.does(on.StaffGesture())
    person.sees("staff")
    person.does(on.StaffLogin("nurse", "2468"))
    person.sees("staff", lambda v: v.body["panel"] == "worklist" and not v.body["busy"])
    person.does(on.StaffPanel("printers"))
    return person.sees("staff", lambda v: v.body["panel"] == "printers" and not v.body["busy"])


def staff_do(person: Storyboard, action: str, **params: object) -> View:
    person.does(on.StaffDo(request(action, params)))
    return person.sees("staff", lambda v: not v.body["busy"])


def test_jam_uncertain_settled_undone_settled_and_the_rest_is_printed(
    storyboard: Make, slip: dict[str, str]
) -> None:
    person = storyboard(film={"policy": FilmPolicy.SELF_SERVICE, "seconds_per_sheet": HOURS})
    ledger = person.application.adapters.ledger
    asks_for_film(person, slip)
    person.sees("printing", lambda v: bool(jobs(person)) and v.body["kind"] == "film")
    person.faulty("film", "media-jam")
    person.sees("printing", lambda v: bool(v.body["waiting"]))
    is_over(person, "trouble", forgotten)
    person.faulty("film", "media-jam", False)
    person.does(on.Finish())
    (kept,) = ledger.unsettled()
    assert kept.states == (U,) * 4

    shown = at_the_printers(person).body["data"]
    (item,) = shown["open"]
    assert [(s["number"], s["asked"], s["printed"]) for s in item["sheets"]] == [(n, True, False) for n in (1, 2, 3, 4)]
    assert item["sheets"][2]["name"] == "第 3 页，共 4 页" and item["serial"] == kept.serial
    assert item["what"] == "胶片 · CT · 手术需要" and item["kiosk"] == kept.kiosk
    assert kept.order.subject[:8] in item["whom"]
    assert slip["person"] not in str(shown) and slip["code"] not in str(shown)

    (past,) = staff_do(person, "settle", serial=kept.serial, printed=(1, 2, 3)).body["data"]["settled"]
    assert past["said"] == "已出纸：1、2、3 · 未出纸：4" and past["who"].startswith("nurse · ")
    back = staff_do(person, "unsettle", serial=kept.serial).body
    assert back["problem"] == "" and back["data"]["settled"] == [] and len(back["data"]["open"]) == 1
    assert ledger.reservation(kept.serial).states == (U,) * 4  # type: ignore[union-attr]
    assert staff_do(person, "unsettle", serial=kept.serial).body["problem"].startswith("不能再撤销")
    staff_do(person, "settle", serial=kept.serial, printed=(1, 2))
    assert staff_do(person, "settle", serial=kept.serial, printed=()).body["problem"] == "这份已有人核对过"
    assert ledger.reservation(kept.serial).states == (P, P, M, M)  # type: ignore[union-attr]
    deeds = [(e.actor, e.details["what"], e.details.get("printed")) for e in person.audited("staff-override")]
    assert deeds == [("nurse", "settle", 3), ("nurse", "unsettle", None), ("nurse", "settle", 2)]
    person.does(on.Finish())
    person.looks_around()

    asks_for_film(person, slip)
    person.sees("printing", lambda v: len(jobs(person)) == 1 and v.body["kind"] == "film")
    is_over(person, "done", come_out)
    assert person.view.body["films"] == "胶片 2 张", "only the sheets that did not come out"
    again = ledger.reservation(str(person.audited("document-printed")[-1].details["serial"]))
    assert again is not None and (again.order.first_sheet, again.states) == (3, (P, P))
    person.does(on.Finish())

    shown = at_the_printers(person).body["data"]
    assert shown["open"] == shown["settled"] == []
    assert staff_do(person, "unsettle", serial=kept.serial).body["problem"].startswith("不能再撤销")
    assert ledger.reservation(kept.serial).states == (P, P, M, M)  # type: ignore[union-attr]


def test_after_a_reprint_the_desk_says_what_came_out(storyboard: Make, slip: dict[str, str]) -> None:
    person = storyboard()
    at_the_printers(person)
    (study, *_) = staff_do(person, "search", query=slip["code"]).body["data"]["found"]
    assert staff_do(person, "select", study=study["id"]).body["data"]["receipt"] == []
    shown = staff_do(person, "print", study=study["id"], kind="report", reason="lost").body["data"]["receipt"]
    (task,) = person.audited("document-printed")
    (line,) = shown
    assert line["tone"] == "success" and line["why"] == ""
    told = task.details
    assert line["text"] == f"报告：{told['pages']} 张中出了 {told['sheets']} 张 · 打印号 {told['serial']}"
    assert staff_do(person, "select", study=study["id"]).body["data"]["receipt"] == [], "said once, not of the next one"
    person.faulty("report", "media-empty")
    (line,) = staff_do(person, "print", study=study["id"], kind="report", reason="lost").body["data"]["receipt"]
    assert line["tone"] == "warning" and line["why"]
