"""What a touch means: one table from the id of an action on screen to the event for the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kiosk.domain.desk import request
from kiosk.domain.person.codes import Claim
from kiosk.domain.person.identity import Question
from kiosk.domain.reasons import FilmReason, Relation
from kiosk.session import events as on

ParseTyped = Callable[[str], Claim | None]
MakeEvent = Callable[[Any], on.Event]


def acts(parse_typed: ParseTyped) -> dict[str, MakeEvent]:
    """The table; a value that makes no sense raises ValueError, KeyError or TypeError."""
    return {
        "touch": lambda _: on.Touch(),
        "begin": lambda _: on.Begin(),
        "type-number": lambda _: on.TypeNumber(),
        "scan-instead": lambda _: on.TypeNumber(on=False),
        "number": lambda text: on.CodePresented(parse_typed(str(text)), typed=True),
        "answer": lambda text: on.Answer(str(text)),
        "ask-other": lambda question: on.AskOther(Question(question)),
        "tell-relation": lambda relation: on.TellRelation(Relation(relation)),
        "ask-notice": lambda _: on.AskNotice(),
        "agree-notice": lambda _: on.AgreeNotice(),
        "pick": lambda study: on.Pick(str(study)),
        "preview": lambda study: on.Preview(str(study)),
        "turn-page": lambda page: on.TurnPage(int(page)),
        "print-reports": lambda _: on.PrintReports(),
        "ask-film": lambda _: on.AskFilm(),
        "pick-film": lambda study: on.PickFilm(str(study)),
        "choose-reason": lambda reason: on.ChooseReason(FilmReason(reason)),
        "print-film": lambda _: on.PrintFilm(),
        "show-qr": lambda _: on.ShowQr(),
        "back": lambda _: on.Back(),
        "finish": lambda _: on.Finish(),
        "retry": lambda _: on.Retry(),
        "call-help": lambda _: on.CallHelp(),
        "staff-gesture": lambda _: on.StaffGesture(),
        "staff-login": lambda login: on.StaffLogin(str(login["name"]), str(login["pin"])),
        "staff-panel": lambda panel: on.StaffPanel(str(panel)),
        "staff-do": _staff_do,
    }


def _staff_do(order: Mapping[str, Any]) -> on.Event:
    return on.StaffDo(request(str(order["action"]), dict(order.get("params") or {})))
