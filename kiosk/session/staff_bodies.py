"""The staff screen's words and values."""

from __future__ import annotations

from typing import Any

from kiosk.domain.reasons import OverrideReason
from kiosk.session import states as at
from kiosk.session.desk_rows import PANELS
from kiosk.session.view import Surroundings, View, action


def staff(state: at.Staff, around: Surroundings) -> View:
    """`panel`: login, worklist, patient, printers, log or accounts; `tabs`; `data`: rows made by the desk service.

    `data` keys, each present once its panel was opened:
    worklist: `query`, `found` [{id, name, patient, exam, when, state, tone}], `calls` [{code, when, where, kiosk}]
    patient: `patient` {id, name, masked_id, birth, locked},
    `exams` [{id, title, when, state, tone, due, copies, held, images, will_do, film_will_do}]
    printers: `printers` [{name, kind, status, tone, said, queued, supplies}],
    `open` [{serial, kind, kiosk, when, sheets, states}]
    log: `events` [{number, when, event, outcome, outcome_text, tone, kiosk, who, details}], `kinds` [{id, text}],
    `outcomes` [{id, text}], `span`, `kind`, `outcome_filter`, `count`, `exported`
    accounts: `accounts` [{name, role, role_text, enabled}]
    """
    t = around.texts
    problem = t.get(f"staff.{state.problem}", t.get(f"fault.{state.problem}", state.problem))
    body: dict[str, Any] = {
        "panel": state.panel if state.who else "login",
        "busy": state.busy,
        "problem": problem,
        "who": state.who.name if state.who else "",
        "role": t(f"role.{state.who.role}") if state.who else "",
        "words": t.section("staff"),
        "reasons": [{"id": str(r), "text": t(f"override.{r}")} for r in OverrideReason],
        "tabs": [
            {"id": panel, "text": t(f"staff.{panel}"), "current": panel == state.panel}
            for panel, right in PANELS.items()
            if state.who and state.who.may(right) and panel != "patient"
        ],
        "data": dict(state.data),
    }
    leave = (action(t, "finish", "staff.leave", icon="close"),)
    sub = body["role"] if state.who else t("staff.login-sub")
    return View("staff", t("staff.headline"), sub, 0, None, leave, body)
