"""The desk's service asks for the right itself, whoever asks it: a panel at the kiosk or a desk in a browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kiosk.domain.desk import DESK, DeskAction, DeskRequest, NothingAsked, SearchAsked, allowed
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.roles import Role, StaffMember
from kiosk.services.desk.user import DeskUser
from kiosk.services.machine.lanes import Cancelled
from tests.support.storyboard import Storyboard

Make = Callable[..., Storyboard]
FILLED = {"code": "1", "study": "1.2", "serial": "S", "printed": (1,), "reason": "other", "kind": "report",
          "device": "d", "why": "w", "name": "n", "role": Role.NURSE, "pin": "1234", "secret": "1234", "text": "t",
          "number": "R1", "first": "2024-01-01", "last": "2024-01-02", "table": "t", "row": "r", "column": "c",
          "language": "en", "order": "o", "series": (), "protocol": "", "preview": "p", "sheet": 1, "relation": "self",
          "documents": (), "copies": 1, "printer": "film", "job": "j", "studies": (), "item": "i",
          "second": "x"}  # fmt: skip


def anything(action: DeskAction) -> DeskRequest:
    """The action with some parameters that fit it."""
    asks = DESK[action].asks
    return DeskRequest(action, asks(**{name: FILLED[name] for name in asks.__annotations__ if name in FILLED}))


def test_the_service_refuses_whoever_has_no_right_and_what_fits_no_action(storyboard: Make) -> None:
    desk = storyboard().application.desk
    for role, enabled in ((Role.NURSE, True), (Role.NURSE, False), (Role.ADMINISTRATOR, False)):
        member = StaffMember("li.mei", role, enabled=enabled)
        refused = [action for action in DeskAction if not allowed(member, action)]
        assert refused
        for action in refused:
            with pytest.raises(KioskError) as caught:
                desk.answer(DeskUser(member, "session", Cancelled()), anything(action))
            assert caught.value.code is FaultCode.NOT_ALLOWED, action
    nurse = DeskUser(StaffMember("li.mei", Role.NURSE), "session", Cancelled())
    with pytest.raises(KioskError) as caught:
        desk.answer(nurse, DeskRequest(DeskAction.SETTLE, NothingAsked()))
    assert caught.value.code is FaultCode.NOT_ALLOWED
    assert desk.answer(nurse, DeskRequest(DeskAction.SEARCH, SearchAsked(" * "))).problem == "search-none"
