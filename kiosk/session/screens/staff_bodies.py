"""The staff screen's words and values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from kiosk.domain.calls import CallState, HelpCall
from kiosk.domain.exam import ListedExam
from kiosk.domain.person.masking import mask_id, printable
from kiosk.domain.reasons import OverrideReason
from kiosk.domain.sheets.printing import PrinterState, PrinterStatus, Reservation
from kiosk.domain.sheets.supplies import Supply
from kiosk.domain.trail import AuditRecord, EventOutcome
from kiosk.session import states as at
from kiosk.session.desk_rows import PANELS
from kiosk.session.screens.log_words import told, words_of
from kiosk.session.screens.view import READINESS_ICONS, Surroundings, View, action

TONES = {
    EventOutcome.OK: "success",
    EventOutcome.REFUSED: "warning",
    EventOutcome.FAILED: "danger",
    EventOutcome.UNCERTAIN: "warning",
    EventOutcome.ALARM: "danger",
    EventOutcome.NOTICED: "warning",
}
SPANS = ("today", "week", "month")


def staff(state: at.Staff, around: Surroundings) -> View:
    """`panel`: login, worklist, patient, printers, log or accounts; `tabs`; `words`; `reasons`; `data`: rows.

    `ringing`: who calls for help, where the panel does not list it; `troubles`: what of the kiosk does not work, with
    advice (printers have their panel). Both are empty where there is nothing to say.

    `data` keys, each present once its panel was opened:
    worklist: `query`, `found` [{id, name, patient, exam, when, state, tone}],
    `calls` [{code, when, where, kiosk, claimed, waiting}]
    patient: `patient` {name, masked_id, number, birth, locked},
    `exams` [{id, title, when, state, tone, due, held, images, will_do, film_will_do}]
    printers: `printers` [{name, kind, status, tone, said, queued, supplies}],
    `open` [{serial, kind, kiosk, when, sheets, states}]
    log: `events` [{number, when, event, outcome, outcome_text, tone, kiosk, who, details}], `kinds` [{id, text}],
    `outcomes` [{id, text}], `spans` [{id, text}], `span`, `kind`, `outcome_filter`, `count`, `exported`
    accounts: `accounts` [{name, role, enabled}]
    """
    t = around.texts
    problem = t.get(f"staff.{state.problem}", t.get(f"fault.{state.problem}", state.problem))
    body: dict[str, Any] = {
        "panel": state.panel if state.who else "login",
        "busy": state.busy,
        "problem": problem,
        "ringing": _ringing(state, around),
        "troubles": _troubles(around) if state.who else "",
        "who": state.who.name if state.who else "",
        "role": t(f"role.{state.who.role}") if state.who else "",
        "words": t.section("staff"),
        "reasons": [{"id": str(r), "text": t(f"override.{r}")} for r in OverrideReason],
        "tabs": [
            {"id": panel, "text": t(f"staff.{panel}"), "current": panel == state.panel}
            for panel, right in PANELS.items()
            if state.who and state.who.may(right) and panel != "patient"
        ],
        "data": _data(state, around),
    }
    leave = (action(t, "finish", "staff.leave", icon="close"),)
    sub = body["role"] if state.who else t("staff.login-sub")
    return View("staff", t("staff.headline"), sub, 0, None, leave, body)


def _troubles(around: Surroundings) -> str:
    """Why the kiosk is closed or half of it rests, and what to do: patients are not told the latter."""
    t, health = around.texts, around.facts.health
    faults = [fault for fault in (*health.closed, health.camera) if fault]
    return " · ".join(f"{t(f'fault.{f}')}{t('staff.colon')}{t(f'advice.{f}')}" for f in faults)


def _data(state: at.Staff, around: Surroundings) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for key, value in state.data.items():
        maker = MAKERS.get(key)
        shown[key] = maker(value, around) if maker else value
    if "patient" in shown:
        shown["patient"]["locked"] = bool(state.data.get("locked"))
    if "events" in state.data:
        shown.update(_filters(state.data, around))
    return shown


def _found(exams: tuple[ListedExam, ...], around: Surroundings) -> list[dict[str, Any]]:
    return [{**_exam(e, around), "name": printable(e.exam.identity.name.replace("^", " ")),
             "patient": e.exam.identity.patient_id, "exam": around.texts.exam(e.exam)} for e in exams]  # fmt: skip


def _exam(item: ListedExam, around: Surroundings) -> dict[str, Any]:
    t, exam = around.texts, item.exam
    copies = 1 + sum(d.state == "printed" for d in item.delivered)
    prints = t("staff.print-will-do", count=len(exam.final_reports), copy=copies)
    return {
        "id": exam.study_uid,
        "title": t.exam(exam),
        "when": t.moment(exam.taken, around.now.date()),
        "accession": exam.accession,
        "state": t(f"state.{item.readiness}"),
        "tone": READINESS_ICONS[item.readiness][1],
        "due": len(exam.final_reports),
        "held": item.readiness == "held",
        "images": exam.images,
        "will_do": t("staff.will-do", what=prints),
        "film_will_do": t("staff.will-do", what=t("staff.film-will-do")),
    }


def _patient(facts: Any, around: Surroundings) -> dict[str, Any]:
    return {
        "name": printable(facts.name.replace("^", " ")),
        "masked_id": mask_id(facts.national_id),
        "number": facts.patient_id,
        "birth": facts.birth_date.isoformat() if facts.birth_date else "",
    }


def _calls(calls: tuple[HelpCall, ...], around: Surroundings) -> list[dict[str, Any]]:
    t = around.texts
    return [{"code": c.code, "when": _clock(c.since, around), "kiosk": c.kiosk, "where": words_of("where", c.where, t),
             "claimed": t("staff.claimed", who=c.claimed_by) if c.claimed_by else "",
             "waiting": c.state is CallState.WAITING} for c in calls]  # fmt: skip


def _ringing(state: at.Staff, around: Surroundings) -> str:
    """Who waits, in one line, on every panel that does not list the calls itself, and before the log-in."""
    listed = state.who is not None and state.panel == "worklist"
    waiting = [c for c in _calls(state.data.get("calls", ()), around) if c["waiting"] and not listed]
    t = around.texts
    return t("detail.and").join(t("staff.ringing", **{k: c[k] for k in ("code", "kiosk", "where")}) for c in waiting)


def _printers(rows: Any, around: Surroundings) -> list[dict[str, Any]]:
    return [
        {**_printer(name, str(kind), state, fault, around), "supplies": [_supply(s, around) for s in supplies]}
        for kind, name, state, fault, supplies in rows
    ]


def _supply(supply: Supply, around: Surroundings) -> dict[str, Any]:
    """`left`: when it will run out, in words, where its past tells."""
    days = max(0, round((supply.runs_out - around.now.timestamp()) / 86_400)) if supply.runs_out else None
    left = "" if days is None else around.texts("staff.days-left", count=days)
    return {"name": f"{supply.name} · {left}" if left else supply.name, "level": supply.level}


def _printer(name: str, kind: str, state: PrinterState | None, fault: Any, around: Surroundings) -> dict[str, Any]:
    t = around.texts
    status = state.status if state else PrinterStatus.GONE
    well = status in (PrinterStatus.IDLE, PrinterStatus.PROCESSING) and fault is None
    said = t(f"advice.{fault}") if fault else ", ".join(state.reasons if state else ())
    return {
        "name": name,
        "kind": t("attract.film" if kind == "film" else "attract.paper"),
        "status": t(f"status.{status}"),
        "tone": "success" if well else "danger",
        "said": said,
        "queued": state.queued if state else 0,
    }


def _open(reservations: tuple[Reservation, ...], around: Surroundings) -> list[dict[str, Any]]:
    t = around.texts
    return [
        {
            "serial": r.serial,
            "kind": t("attract.film" if r.order.kind == "film" else "attract.paper"),
            "kiosk": r.kiosk,
            "when": _clock(r.since, around),
            "sheets": t("staff.sheets-of", printed=r.printed, planned=len(r.states)),
            "states": [str(s) for s in r.states],
        }
        for r in reservations
    ]


def _events(events: tuple[AuditRecord, ...], around: Surroundings) -> list[dict[str, Any]]:
    return [_event(e, around) for e in events]


def _event(e: AuditRecord, around: Surroundings) -> dict[str, Any]:
    t = around.texts
    return {
        "number": e.number,
        "when": _clock(e.when, around),
        "event": t.get(f"event.{e.kind}", str(e.kind)),
        "outcome": str(e.outcome),
        "outcome_text": t.get(f"outcome.{e.outcome}", str(e.outcome)),
        "tone": TONES[e.outcome] if isinstance(e.outcome, EventOutcome) else "muted",
        "kiosk": e.kiosk,
        "who": e.actor or e.subject[:8],
        "details": told(e.details, t),
    }


def _filters(data: Mapping[str, Any], around: Surroundings) -> dict[str, Any]:
    t = around.texts
    kinds = sorted({str(e.kind) for e in data["events"]} | ({data["kind"]} if data.get("kind") else set()))
    return {
        "kinds": [{"id": "", "text": t("staff.all")}, *({"id": k, "text": t.get(f"event.{k}", k)} for k in kinds)],
        "outcomes": [
            {"id": "", "text": t("staff.all")},
            *({"id": str(outcome), "text": t(f"outcome.{outcome}")} for outcome in EventOutcome),
        ],
        "spans": [{"id": s, "text": t(f"staff.filter-{s}")} for s in SPANS],
        "count": t("staff.logged", count=len(data["events"])),
        "exported": t("staff.exported", path=data["exported"]) if data.get("exported") else "",
    }


def _accounts(members: Any, around: Surroundings) -> list[dict[str, Any]]:
    return [{"name": m.name, "role": around.texts(f"role.{m.role}"), "enabled": m.enabled} for m in members]


def _clock(when: float, around: Surroundings) -> str:
    moment = datetime.fromtimestamp(when, UTC).astimezone(around.now.tzinfo)
    return f"{moment:%m-%d %H:%M:%S}"


MAKERS: dict[str, Callable[[Any, Surroundings], Any]] = {
    "found": _found,
    "calls": _calls,
    "patient": _patient,
    "exams": lambda exams, around: [_exam(e, around) for e in exams],
    "printers": _printers,
    "open": _open,
    "events": _events,
    "accounts": _accounts,
    "receipt": lambda receipt, around: {"sheets": receipt.sheets("report") + receipt.sheets("film")},
}
