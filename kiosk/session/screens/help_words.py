"""What a screen says of a call for help: the card over a visit, and the page of somebody who only wants a person."""

from __future__ import annotations

from typing import Any

from kiosk.domain.calls import CallState, HelpCall
from kiosk.domain.faults import FaultCode
from kiosk.session import states as at
from kiosk.session.screens.texts import Texts
from kiosk.session.screens.view import HelpCard, Surroundings, View, action

ICONS = {CallState.WAITING: ("check", "success"), CallState.COMING: ("doctor", "success")}


def card(call: HelpCall | None, texts: Texts) -> HelpCard | None:
    """The card that lies over a screen; None where there is nothing to say."""
    if call is None or call.state is CallState.OVER:
        return None
    if not call.code:
        return HelpCard(texts("help.unreached"), texts("help.go"), "warning", "warning")
    said = texts("help.coming") if call.state is CallState.COMING else texts("help.code", code=call.code)
    title = texts("help.number", code=call.code) if call.state is CallState.COMING else texts("help.called")
    return HelpCard(title, said, *ICONS[call.state])


def on_page(around: Surroundings) -> dict[str, Any]:
    """For the trouble screen: `called`: words; `code`: words before the digits; `digits`: of an open call."""
    call, t = around.call, around.texts
    if call is None or not call.code or call.state is CallState.OVER:
        return {"called": "", "code": "", "digits": ""}
    called = "help.coming" if call.state is CallState.COMING else "help.called"
    return {"called": t(called), "code": t("trouble.code"), "digits": call.code}


def unreached(around: Surroundings) -> bool:
    """True where somebody should have been told and could not be."""
    return around.call is not None and not around.call.code


def helping(_: at.Helping, around: Surroundings) -> View:
    """The trouble screen for somebody who called before any visit; it keeps the call until they leave or go on."""
    t, closed, call = around.texts, bool(around.facts.health.closed), around.call
    lost = unreached(around)
    coming = call is not None and call.state is CallState.COMING
    told = "unreached" if lost else "coming" if coming else "headline" if call else "calling"
    headline = t(f"help.{told}")
    body = {
        "happened": headline,
        "next": t("help.go" if lost else "help.stay" if coming else "help.next"),
        "printed": "",
        "icon": "desk" if lost else "help",
        "reference": "",
        **on_page(around),
        "called": "",
    }
    go_on = () if closed else (action(t, "type-number", "attract.type", icon="keypad"),)
    secondary = (*go_on, action(t, "finish", "common.finish", icon="close"))
    return View("trouble", headline, "", 0, None, secondary, body)


def next_step(fault: FaultCode, promised: bool, around: Surroundings) -> str:
    """What to do after a fault; where its sentence promises a person and nobody could be told, the desk instead."""
    lost = promised and unreached(around)
    return around.texts("help.go" if lost else f"do.{fault}")
