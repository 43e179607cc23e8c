"""The staff screen's words and values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from kiosk.domain.calls import CallState, HelpCall
from kiosk.domain.desk import DeskAction, LogSpan, PrinterSeen, PrintToCheck, allowed
from kiosk.domain.exam import Exam, ListedExam, Readiness
from kiosk.domain.person.masking import mask_id, printable
from kiosk.domain.reasons import OverrideReason
from kiosk.domain.sheets.printing import FINAL, DocumentKind, Order, PrinterStatus, Settlement, SheetState
from kiosk.domain.sheets.supplies import Supply
from kiosk.domain.trail import AuditRecord, EventOutcome
from kiosk.domain.visit import Receipt, TaskResult
from kiosk.session import states as at
from kiosk.session.desk_rows import PANELS
from kiosk.session.screens.log_words import told, words_of
from kiosk.session.screens.texts import Texts
from kiosk.session.screens.view import READINESS_ICONS, Surroundings, View, action

TONES = {
    EventOutcome.OK: "success",
    EventOutcome.REFUSED: "warning",
    EventOutcome.FAILED: "danger",
    EventOutcome.UNCERTAIN: "warning",
    EventOutcome.ALARM: "danger",
    EventOutcome.NOTICED: "warning",
}
SHEETS = {
    SheetState.PRINTED: ("sheet-printed", "success"),
    SheetState.MISSING: ("sheet-missing", "muted"),
    SheetState.UNCERTAIN: ("sheet-uncertain", "warning"),
}
TAB_OF = {"patient": "worklist"}
ACT_ICONS = {"print-report": "print", "print-film": "film", "hold": "hold", "release": "check", "unlock": "lock"}


def staff(state: at.Staff, around: Surroundings) -> View:
    """`panel`: login, worklist, patient, printers, log or accounts; `tabs`; `words`; `reasons`; `data`: rows.

    `ringing`: who calls for help, where the panel does not list it; `troubles`: what of the kiosk does not work, with
    advice (printers have their panel). Both are empty where there is nothing to say.

    `data` keys, each present once its panel was opened:
    worklist: `query`, `found` [{id, name, patient, exam, when, state, tone}],
    `calls` [{code, when, where, kiosk, claimed, waiting}]
    patient: `patient` {name, masked_id, number, birth, acts}, `exams` [{id, title, when, state, tone, acts}];
    `acts` [{id, action, params, icon, text, able, will_do}]: what this account may do;
    `receipt` [{text, why, tone}]: what just came out
    printers: `printers` [{name, kind, status, tone, said, queued, supplies [{name, percent, full, tone}]}],
    `open` [{serial, what, whom, kiosk, when, sheets [{number, name, film, state, tone, asked, printed}]}],
    `settled` [{serial, what, who, said}]
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
            {"id": panel, "text": t(f"staff.{panel}"), "current": panel == TAB_OF.get(state.panel, state.panel)}
            for panel, opens in PANELS.items()
            if allowed(state.who, opens.action)
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
        shown["patient"]["acts"] = _patient_acts(state, around)
        for row, item in zip(shown["exams"], state.data["exams"], strict=True):
            row["acts"] = [act for act in _exam_acts(item, around) if allowed(state.who, act["action"])]
    if "events" in state.data:
        shown.update(_filters(state.data, around))
    return shown


def _found(exams: tuple[ListedExam, ...], around: Surroundings) -> list[dict[str, Any]]:
    return [{**_exam(e, around), "name": printable(e.exam.identity.name.replace("^", " ")),
             "patient": e.exam.identity.patient_id, "exam": around.texts.exam(e.exam)} for e in exams]  # fmt: skip


def _exam(item: ListedExam, around: Surroundings) -> dict[str, Any]:
    t, exam = around.texts, item.exam
    return {
        "id": exam.study_uid,
        "title": t.exam(exam),
        "when": t.moment(exam.taken, around.now.date()),
        "accession": exam.accession,
        "state": t(f"state.{item.word}"),
        "tone": READINESS_ICONS[item.readiness][1],
    }


def _exam_acts(item: ListedExam, around: Surroundings) -> list[dict[str, Any]]:
    """What can be done with an exam, each with what it will do; a reason is asked for all of them."""
    t, exam = around.texts, item.exam
    reports, copies = len(exam.final_reports), 1 + sum(d.state == "printed" for d in item.delivered)
    held = item.readiness is Readiness.HELD
    return [
        _act(DeskAction.PRINT, exam, t, "report", reports > 0, t("staff.print-will-do", count=reports, copy=copies)),
        _act(DeskAction.PRINT, exam, t, "film", exam.images > 0, t("staff.film-will-do")),
        _act(DeskAction.RELEASE if held else DeskAction.HOLD, exam, t),
    ]


def _act(
    action: DeskAction, exam: Exam, t: Texts, kind: str = "", able: bool = True, prints: str = ""
) -> dict[str, Any]:
    name = f"{action}-{kind}" if kind else str(action)
    return {
        "id": name,
        "action": action,
        "params": {"study": exam.study_uid, "kind": kind} if kind else {"study": exam.study_uid},
        "icon": ACT_ICONS[name],
        "text": t(f"staff.{name}"),
        "able": able,
        "will_do": t("staff.will-do", what=prints) if prints else "",
    }


def _patient_acts(state: at.Staff, around: Surroundings) -> list[dict[str, Any]]:
    """What can be done for the person, whichever exam it is about."""
    exams = state.data["exams"]
    locked = state.data.get("locked") and exams and allowed(state.who, DeskAction.UNLOCK)
    return [_act(DeskAction.UNLOCK, exams[0].exam, around.texts)] if locked else []


def _patient(facts: Any, around: Surroundings) -> dict[str, Any]:
    return {
        "name": printable(facts.name.replace("^", " ")),
        "masked_id": mask_id(facts.national_id),
        "number": facts.patient_id,
        "birth": facts.birth_date.isoformat() if facts.birth_date else "",
    }


def _receipt(receipt: Receipt | None, around: Surroundings) -> list[dict[str, Any]]:
    """What came out of a print that was just made, a line for each document."""
    return [_came_out(task, around.texts) for task in (receipt.tasks if receipt else ())]


def _came_out(task: TaskResult, t: Texts) -> dict[str, Any]:
    what, whole = t(f"staff.what-{task.kind}"), task.fault is None and task.sheets_printed == task.pages
    counted = t("staff.came-out", what=what, printed=task.sheets_printed, planned=task.pages, serial=task.serial)
    why = t(f"fault.{task.fault}") if task.fault else ""
    return {"text": counted, "why": why, "tone": "success" if whole else "warning"}


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


def _printers(rows: tuple[PrinterSeen, ...], around: Surroundings) -> list[dict[str, Any]]:
    return [_printer(row, around) for row in rows]


def _supply(supply: Supply, around: Surroundings) -> dict[str, Any]:
    """`name` says when it will run out, where its past tells; `full` is how much of the bar is filled."""
    days = max(0, round((supply.runs_out - around.now.timestamp()) / 86_400)) if supply.runs_out else None
    left = "" if days is None else around.texts("staff.days-left", count=days)
    return {
        "name": f"{supply.name} · {left}" if left else supply.name,
        "percent": f"{supply.level} %",
        "full": min(100, max(0, supply.level)) / 100,
        "tone": "warning" if supply.low else "success",
    }


def _printer(row: PrinterSeen, around: Surroundings) -> dict[str, Any]:
    t, state = around.texts, row.state
    status = state.status if state else PrinterStatus.GONE
    well = status in (PrinterStatus.IDLE, PrinterStatus.PROCESSING) and row.fault is None
    return {
        "name": row.queue,
        "kind": _kind(row.kind, around),
        "status": t(f"status.{status}"),
        "tone": "success" if well else "danger",
        "said": t(f"advice.{row.fault}") if row.fault else ", ".join(state.reasons if state else ()),
        "queued": state.queued if state else 0,
        "supplies": [_supply(one, around) for one in row.supplies],
    }


def _kind(kind: DocumentKind, around: Surroundings) -> str:
    return around.texts("attract.film" if kind is DocumentKind.FILM else "attract.paper")


def _open(found: tuple[PrintToCheck, ...], around: Surroundings) -> list[dict[str, Any]]:
    return [_to_check(one, around) for one in found]


def _to_check(found: PrintToCheck, around: Surroundings) -> dict[str, Any]:
    """A print in question, with its sheets as somebody holds them in hand: serial, and page i of n."""
    t, reservation = around.texts, found.reservation
    numbered = enumerate(reservation.states, reservation.order.first_sheet)
    return {
        "serial": reservation.serial,
        "what": _what(reservation.order, t),
        "whom": t("staff.whom", subject=reservation.order.subject[:8]),
        "kiosk": reservation.kiosk,
        "when": _clock(reservation.since, around),
        "sheets": [_sheet(number, state, found, t) for number, state in numbered],
    }


def _sheet(number: int, state: SheetState, found: PrintToCheck, t: Texts) -> dict[str, Any]:
    """`asked`: nobody knows whether it came out; `printed`: it is known to have come out."""
    order = found.reservation.order
    word, tone = SHEETS.get(state, ("sheet-open", "muted"))
    return {
        "number": number,
        "name": _sheet_name(number, order, t, found.sheets),
        "film": order.kind is DocumentKind.FILM,
        "state": t(f"staff.{word}"),
        "tone": tone,
        "asked": state not in FINAL,
        "printed": state is SheetState.PRINTED,
    }


def _sheet_name(number: int, order: Order, t: Texts, sheets: int = 0) -> str:
    """As on the paper; a sheet with two sides bears two pages. `sheets`: of how many, where that is known."""
    if order.impressions > 1:
        last = number * order.impressions
        return t("staff.sheet-sides", first=last - order.impressions + 1, last=last)
    return t("staff.sheet-page", page=number, pages=sheets) if sheets else str(number)


def _what(order: Order, t: Texts) -> str:
    """The kind of document, the modality, and why a film was wanted."""
    modality = t.get(f"modality.{order.modality}", order.modality)
    reason = t.get(f"reason.{order.reason}", "") if order.reason else ""
    return " · ".join(part for part in (t(f"staff.what-{order.kind}"), modality, reason) if part)


def _settled(settled: tuple[Settlement, ...], around: Surroundings) -> list[dict[str, Any]]:
    """What was said of a print, which can still be taken back."""
    t = around.texts
    return [
        {
            "serial": one.reservation.serial,
            "what": _what(one.reservation.order, t),
            "who": " · ".join((one.actor, _clock(one.at, around))),
            "said": " · ".join(
                t(f"staff.said-{state}", what=t("staff.comma").join(names))
                for state in FINAL
                if (names := [_sheet_name(n, one.reservation.order, t) for n in one.said(state)])
            ),
        }
        for one in settled
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
        "spans": [{"id": s, "text": t(f"staff.filter-{s}")} for s in LogSpan],
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
    "receipt": _receipt,
    "printers": _printers,
    "open": _open,
    "settled": _settled,
    "events": _events,
    "accounts": _accounts,
}
