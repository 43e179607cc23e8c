"""The desk's table: who may do what, what an action asks, and that no screen decides about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from kiosk.adapters.machine.system import SystemClock
from kiosk.adapters.sql import SqlLedger
from kiosk.domain.desk import (
    DESK,
    CallsShown,
    DeskAction,
    DeskRequest,
    LogAsked,
    LogSpan,
    NothingAsked,
    PrintAsked,
    SheetsAsked,
    allowed,
    request,
)
from kiosk.domain.reasons import OverrideReason
from kiosk.domain.roles import Right, Role, StaffMember
from kiosk.domain.sheets.printing import DocumentKind
from kiosk.services.audit import Audit
from kiosk.services.desk.account_desk import AccountDesk
from kiosk.services.desk.calls import CallDesk
from kiosk.services.desk.devices import DeviceDesk
from kiosk.services.desk.handing_out import HandOutDesk
from kiosk.services.desk.holds import HoldDesk
from kiosk.services.desk.inbox import InboxDesk
from kiosk.services.desk.kiosks import KioskDesk
from kiosk.services.desk.log_book import LogDesk
from kiosk.services.desk.patients import PatientDesk
from kiosk.services.desk.sheets import SheetDesk
from kiosk.services.desk.shifts import ShiftDesk
from kiosk.services.desk.staff_desk import Desk
from kiosk.services.desk.user import DeskUser
from kiosk.services.desk_jobs.batches import BatchDesk
from kiosk.services.desk_jobs.book import JobDesk
from kiosk.services.desk_jobs.films import FilmDesk
from kiosk.services.worklist.desk import TodayDesk
from kiosk.session.desk_rows import PANELS
from kiosk.statistics.office import FigureDesk

SERVICES = (
    CallDesk,
    PatientDesk,
    HandOutDesk,
    HoldDesk,
    DeviceDesk,
    KioskDesk,
    SheetDesk,
    LogDesk,
    AccountDesk,
    ShiftDesk,
    FigureDesk,
    FilmDesk,
    BatchDesk,
    JobDesk,
    TodayDesk,
    InboxDesk,
)
NURSE, ADMINISTRATOR = StaffMember("n", Role.NURSE), StaffMember("a", Role.ADMINISTRATOR)
GONE = StaffMember("x", Role.ADMINISTRATOR, enabled=False)
PANEL_FILES = sorted((Path(__file__).parents[2] / "ui/qml/desk").glob("*.qml"))


def test_every_action_is_one_row_and_one_method_that_fits_it() -> None:
    assert set(DESK) == set(DeskAction)
    for action, terms in DESK.items():
        name = action.name.lower()
        [method] = [getattr(service, name) for service in SERVICES if hasattr(service, name)]
        assert list(get_type_hints(method).values()) == [DeskUser, terms.asks, terms.shows], action


class _OneAction:
    """A service that has a method for one action only."""

    def calls(self, user: DeskUser, asked: NothingAsked) -> CallsShown:
        return CallsShown(())


def _audit() -> Audit:
    return Audit(SqlLedger("sqlite://", later=True), "desk-1", SystemClock("UTC"))


def test_a_desk_without_a_service_for_an_action_or_with_two_is_not_opened() -> None:
    with pytest.raises(TypeError, match="0 desk services for claim-help"):
        Desk(_audit(), _OneAction())
    with pytest.raises(TypeError, match="2 desk services for calls"):
        Desk(_audit(), _OneAction(), _OneAction())


def test_every_right_is_needed_for_something() -> None:
    assert {terms.right for terms in DESK.values()} == set(Right)


def test_nurses_and_administrators_may_what_their_role_says_and_others_nothing() -> None:
    withheld = {action for action in DeskAction if not allowed(NURSE, action)}
    assert {DESK[action].right for action in withheld} == {Right.LOG, Right.FIGURES, Right.ACCOUNTS}
    assert all(allowed(ADMINISTRATOR, action) for action in DeskAction)
    assert not any(allowed(who, action) for action in DeskAction for who in (GONE, None))


def test_what_a_screen_sends_becomes_a_typed_request() -> None:
    assert request("print", {"study": "1.2", "kind": "film", "reason": "lost"}) == DeskRequest(
        DeskAction.PRINT, PrintAsked("1.2", DocumentKind.FILM, OverrideReason.LOST)
    )
    assert request("settle", {"serial": "S", "printed": [1.0, 3.0]}).asked == SheetsAsked("S", (1, 3))
    assert request("log", {}).asked == LogAsked() and request("log", {"span": "week"}).asked == LogAsked(LogSpan.WEEK)
    assert len(request("search", {"query": "9" * 10_000}).asked.query) == 200  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("action", "params"),
    [
        ("format", {}),
        ("", {}),
        ("SEARCH", {"query": "x"}),
        ("select", {}),
        ("select", {"study": "1.2", "role": "administrator"}),
        ("print", {"study": "1.2", "kind": "poster", "reason": "lost"}),
        ("print", {"study": "1.2", "kind": "film", "reason": "because"}),
        ("settle", {"serial": "S", "printed": "none"}),
        ("settle", {"serial": "S", "printed": 3}),
        ("log", {"span": "ever"}),
    ],
)
def test_what_makes_no_sense_is_no_request(action: str, params: Mapping[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)):
        request(action, params)


def test_a_request_with_another_actions_parameters_does_not_fit() -> None:
    assert not DeskRequest(DeskAction.SETTLE, NothingAsked()).fits
    assert all(opens.fits for opens in PANELS.values())


@pytest.mark.parametrize("file", PANEL_FILES, ids=lambda file: file.stem)
def test_no_panel_decides_about_rights_levels_or_lengths(file: Path) -> None:
    """Panels show flags: whether a list is empty is the most they ask."""
    text = file.read_text(encoding="utf-8")
    assert re.findall(r"\b(?:held|locked|due|images)\b", text) == []
    assert [found for found in re.findall(r"[<>]=?\s*(\d+)", text) if found != "0"] == []
    assert re.findall(r"text\s*!==\s*\"\"\s*&&", text) == []
