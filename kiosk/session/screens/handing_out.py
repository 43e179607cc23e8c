"""Film, printing and the farewell: the screens of what is handed out."""

from __future__ import annotations

from kiosk.domain.exam import ListedExam
from kiosk.domain.faults import FaultCode
from kiosk.domain.reasons import FilmReason
from kiosk.session import rows
from kiosk.session import states as at
from kiosk.session.screens.view import Action, Surroundings, View, action

REASON_ICONS = {
    FilmReason.OTHER_HOSPITAL: "hospital",
    FilmReason.INSURANCE_CLAIM: "shield",
    FilmReason.DISABILITY: "scale",
    FilmReason.DOCTORS_REQUEST: "doctor",
    FilmReason.SURGERY: "surgery",
    FilmReason.OWN_WISH: "keep",
    FilmReason.PHONE_FAILED: "phone-off",
    FilmReason.OTHER: "dots",
}
# What goes on by itself, what goes on once paper is in, and all else, which needs somebody at the printer.
WAITING = {FaultCode.MEDIA_EMPTY: "waiting-media-empty", FaultCode.PRINTER_BUSY: "waiting-busy",
           FaultCode.PAYMENT_WAITING: "waiting-payment"}  # fmt: skip


def film(state: at.FilmRequest, around: Surroundings) -> View:
    """`exams`: [{id, title, when, picked}]; `reasons`: [{id, text, icon, picked}]; `cheaper`, `policy`: words."""
    t, facts = around.texts, around.facts
    able = [e for e in state.listing.exams if rows.may_film(e, facts)]
    desk = rows.film_at_desk(state, facts)
    exams = [
        {"id": e.exam.study_uid, "title": t.exam(e.exam), "when": t.moment(e.exam.taken, around.now.date()),
         "picked": e.exam.study_uid in state.wanted}
        for e in able
    ]  # fmt: skip
    reasons = [
        {"id": str(r), "text": t(f"reason.{r}"), "icon": REASON_ICONS[r], "picked": r == state.reason}
        for r in FilmReason
    ]
    listed = state.listing.exams
    running = any(e.film_running for e in listed)
    why_none = "film.running" if running else "film.already" if any(e.film_printed for e in listed) else "film.none"
    body = {
        "exams": exams,
        "reasons": reasons if able else [],
        "cheaper": t(f"cheaper.{state.reason}") if state.reason else "",
        "policy": t(("film.policy-desk" if desk else "film.policy-self-service") if able else why_none),
        "price": "" if desk else _film_cost(state, able, around),
        "which": t("film.which"),
        "why": t("film.why"),
    }
    phone = any(rows.may_show(e) for e in state.listing.exams)
    secondary = (action(t, "show-qr", "film.phone", phone, icon="phone"), action(t, "back", "common.back", icon="back"))
    return View("film", t("film.headline"), t("film.sub"), 3, _film_primary(state, around, desk), secondary, body)


def _film_cost(state: at.FilmRequest, able: list[ListedExam], around: Surroundings) -> str:
    """How many sheets it will be and what they cost, before anybody asks for them."""
    t, price = around.texts, around.facts.policy.signs.film_price
    sheets = sum(e.film_sheets for e in able if e.exam.study_uid in state.wanted)
    said = (t("film.sheets", count=sheets) if sheets else "", t("film.price", price=price) if price and able else "")
    return " · ".join(words for words in said if words)


def _film_primary(state: at.FilmRequest, around: Surroundings, desk: bool) -> Action | None:
    t = around.texts
    if not state.wanted:
        return None
    if state.reason is None:
        return action(t, "print-film", "film.choose", enabled=False)
    if desk:
        return action(t, "print-film", "film.desk", icon="desk")
    picked = sum(len(e.due) for e in state.listing.exams if e.exam.study_uid in state.listing.picked)
    reports = 0 if around.facts.health.report_printer else picked
    return action(t, "print-film", "film.print-both" if reports else "film.print", count=reports, icon="film")


def printing(state: at.Printing, around: Surroundings) -> View:
    """`done`, `total`; `progress`, `where`: words; `waiting`: words while the printer wants something; `kind`.

    `side`: of this machine, where the sheets come out.
    """
    t, signs = around.texts, around.facts.policy.signs
    tray = signs.film_tray if state.kind == "film" else signs.report_tray
    page = min(state.done + 1, state.total)
    progress = t("printing.film" if state.kind == "film" else "printing.page", page=page, pages=state.total)
    if state.preparing:
        progress = t("printing.preparing", ready=state.preparing[0], total=state.preparing[1])
    elif not state.total:
        progress = t("printing.preparing-report")
    elif state.eta_s >= 1:
        progress += " · " + t("printing.eta", seconds=round(state.eta_s))
    body = {
        "done": state.done,
        "total": state.total,
        "where": t(f"printing.where-{state.kind}", place=t(f"place.{tray}")),
        "side": tray,
        "document": t("printing.document"),
        "kind": state.kind,
        "waiting": _waited_for(state, around),
        "preparing": list(state.preparing or ()),
    }
    if state.waiting is FaultCode.PAYMENT_WAITING:
        return View("printing", t("fault.payment-waiting"), t("film.price", price=signs.film_price), 4, None, (), body)
    return View("printing", t("printing.headline"), progress, 4, None, (), body)


def _waited_for(state: at.Printing, around: Surroundings) -> str:
    """What stands in the way, and what comes of it; a payment's is the headline itself."""
    t = around.texts
    if state.waiting is None:
        return ""
    what_next = t(f"printing.{WAITING.get(state.waiting, 'waiting')}")
    paying = state.waiting is FaultCode.PAYMENT_WAITING
    return what_next if paying else f"{t(f'fault.{state.waiting}')} · {what_next}"


def done(state: at.Done, around: Surroundings) -> View:
    """`sheets`, `films`, `forgotten`: words; counts only; `sides`: of this machine, where each came out."""
    t, receipt, signs = around.texts, state.receipt, around.facts.policy.signs
    pages, films = receipt.sheets("report"), receipt.sheets("film")
    headline = "done.headline-film" if films else "done.headline" if pages else "done.headline-none"
    body = {
        "sheets": t("done.sheets", count=pages) if pages else "",
        "films": t("done.films", count=films) if films else "",
        "forgotten": t("done.forgotten"),
        "side": signs.film_tray if films and not pages else signs.report_tray,
        "sheets_where": t("done.where", place=t(f"place.{signs.report_tray}")),
        "films_where": t("done.where", place=t(f"place.{signs.film_tray}")),
    }
    return View(
        "done", t(headline), body["forgotten"], 4, None, (action(t, "finish", "common.finish", icon="check"),), body
    )
