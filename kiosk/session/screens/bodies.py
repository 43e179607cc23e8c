"""One function a state: the words and values of its screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import segno

from kiosk.domain.calls import PROMISE_A_PERSON
from kiosk.domain.exam import ListedExam, Readiness
from kiosk.domain.faults import FaultCode
from kiosk.domain.links import Publication
from kiosk.domain.person.identity import ANSWER_LENGTH, Question
from kiosk.domain.person.masking import mask_name
from kiosk.domain.reasons import FilmPolicy
from kiosk.session import rows
from kiosk.session import states as at
from kiosk.session.preview_rows import may_preview
from kiosk.session.screens import help_words
from kiosk.session.screens.handing_out import done, film, printing
from kiosk.session.screens.spoken import spoken
from kiosk.session.screens.staff_bodies import staff
from kiosk.session.screens.view import READINESS_ICONS, Action, Surroundings, View, action

TROUBLE_ICONS = {FaultCode.IDENTITY_LOCKED: "lock", FaultCode.IDENTITY_REFUSED: "lock"}


def starting(_: at.Starting, around: Surroundings) -> View:
    """closed screen while the kiosk looks at itself."""
    return View("closed", around.texts("closed.starting"), body={"reasons": []})


def closed(state: at.OutOfService, around: Surroundings) -> View:
    """`reasons`: sentences; what IT should do about it is said on the staff screen and by `kiosk doctor`."""
    t = around.texts
    reasons = [t(f"fault.{f}") for f in state.reasons]
    nearest = around.facts.policy.signs.nearest
    sub = t("closed.nearest", nearest=nearest) if nearest else t("closed.sub")
    return View("closed", t("closed.headline"), sub, body={"reasons": reasons})


def attract(_: at.Idle, around: Surroundings) -> View:
    """`date`, `hint`, `slip`, `camera` (bool) and `services`: [{icon, title, state, ok}], what the kiosk knows of.

    `scanner`: on which side of the screen; `card`: words where an ID card opens a visit too.
    """
    t, health, signs = around.texts, around.facts.health, around.facts.policy.signs
    camera = health.camera is None
    film_policy = around.facts.policy.film
    film_key = (
        "film-down"
        if health.film_printer and film_policy is FilmPolicy.SELF_SERVICE
        else {
            FilmPolicy.SELF_SERVICE: "film-ok",
            FilmPolicy.DESK: "film-desk",
            FilmPolicy.NEVER: "film-never",
        }[film_policy]
    )
    services = [
        _service(around, "report", "paper", "paper-down" if health.report_printer else "paper-ok"),
        _service(around, "film", "film", film_key),
    ]
    body = {
        "date": t.long_date(around.now.date()),
        "hint": t("attract.hint" if camera else "attract.hint-no-camera"),
        "slip": t("attract.slip"),
        "camera": camera,
        "scanner": signs.scanner,
        "card": t("attract.card", place=t(f"place.{signs.id_card}")) if signs.id_card else "",
        "services": services,
    }
    which = "" if camera else "-no-camera"
    by_hand = action(t, "type-number", "attract.type" if camera else "scan.type", icon="keypad")
    return View("attract", t(f"attract.headline{which}"), t(f"attract.sub{which}"), secondary=(by_hand,), body=body)


def _service(around: Surroundings, icon: str, title: str, state: str) -> dict[str, Any]:
    t = around.texts
    return {
        "icon": icon,
        "title": t(f"attract.{title}"),
        "state": t(f"attract.{state}"),
        "ok": not state.endswith("down"),
    }


def scan(state: at.Scanning, around: Surroundings) -> View:
    """`typing`, `looking`, `camera`: flags; `hint`, `hint_icon`, `problem`, `ready`, `placeholder`: words.

    `more_keys`: what the keypad needs beside letters and digits.
    """
    t = around.texts
    camera = around.facts.health.camera is None
    problem = t("scan.unknown") if state.problem else "" if camera else t("scan.no-camera")
    body = {
        "typing": state.typing,
        "looking": state.looking,
        "looking_text": t("scan.looking"),
        "camera": camera,
        "hint": t.get(f"hint.{state.hint}", ""),
        "hint_icon": state.hint,
        "problem": problem,
        "ready": t("scan.ready"),
        "placeholder": t("scan.placeholder"),
        "confirm": t("common.confirm"),
        "delete": t("common.delete"),
        "max_length": 32,
        "more_keys": list(around.facts.policy.letters),
    }
    by_hand = state.typing or not camera
    headline, sub = ("scan.type-headline", "scan.type-sub") if by_hand else ("scan.headline", "scan.sub")
    other = (
        action(t, "scan-instead", "scan.camera", enabled=camera, icon="camera")
        if state.typing
        else (action(t, "type-number", "scan.type", icon="keypad"))
    )
    secondary = (other, action(t, "finish", "common.cancel", icon="close"))
    return View("scan", t("scan.looking") if state.looking else t(headline), t(sub), 1, None, secondary, body)


def confirm(state: at.Verifying, around: Surroundings) -> View:
    """`length`: boxes, in `groups` of {length, word}; `keys`: digits or digits-x; `checking`; `wrong`, `kept`: words;
    `wait_s`, `wait` with {seconds} to be filled while they pass; `others`; `tools`: words of what stands by the boxes.

    How many tries are left is said after an error only: before it, it is a threat.
    """
    t = around.texts
    asked = state.questions
    later = [q for q in (*asked[asked.index(state.question) + 1 :], *asked) if q != state.question]
    offered = later[:1] if around.simple else [q for q in asked if q != state.question]
    others = [action(t, "ask-other", f"confirm.other-{q}", value=q) for q in offered]
    wrong = t("confirm.wrong", count=state.tries_left) if state.wrong else ""
    body = {
        "length": ANSWER_LENGTH[state.question],
        "keys": "digits-x" if state.question is Question.ID_LAST_SIX else "digits",
        "checking": state.checking,
        "checking_text": t("confirm.checking"),
        "wrong": wrong,
        "kept": t("confirm.kept"),
        "groups": _groups(state.question, around),
        "tools": {"clear": t("common.clear"), "show": t("confirm.show"), "hide": t("confirm.hide")},
        "wait_s": state.wait_s,
        "wait": t("confirm.wait", seconds="{seconds}") if state.wait_s else "",
        "question": str(state.question),
        "others_title": t("confirm.other" if state.question is Question.ID_LAST_SIX else "confirm.another"),
        "others": others,
        "delete": t("common.delete"),
    }
    primary = action(t, "answer", "common.confirm", enabled=not state.checking)
    secondary = (
        action(t, "call-help", "confirm.desk", icon="help"),
        action(t, "finish", "common.cancel", icon="close"),
    )
    return View(
        "confirm", t(f"confirm.{state.question}"), t(f"confirm.sub-{state.question}"), 2, primary, secondary, body
    )


def _groups(question: Question, around: Surroundings) -> list[dict[str, Any]]:
    """A date is typed in three parts, each under its word."""
    if question is not Question.BIRTH_DATE:
        return [{"length": ANSWER_LENGTH[question], "word": ""}]
    parts = (("year", 4), ("month", 2), ("day", 2))
    return [{"length": length, "word": around.texts(f"confirm.{part}")} for part, length in parts]


def loading(_: at.Loading, around: Surroundings) -> View:
    """The list screen before anything is known."""
    t = around.texts
    finish = (action(t, "finish", "common.cancel", icon="close"),)
    return View("list", t("list.loading"), t("common.please-wait"), 3, None, finish, {"loading": True, "cards": []})


def listing(state: at.Listing, around: Surroundings) -> View:
    """`loading`; `notice`, `price`: words; `preview`: the button's word; `cards`: see `_card`; `simple`: cards to read.

    With one decision a page, everything that is ready is printed by one button; whoever wants to choose says so.
    """
    t = around.texts
    facts = state.candidate.facts
    name = mask_name(facts.name if facts else "")
    printable = [e for e in state.exams if e.printable]
    count = sum(len(e.due) for e in printable)
    chosen = sum(len(e.due) for e in printable if e.exam.study_uid in state.picked)
    down = around.facts.health.report_printer
    words, able = "list.print" if chosen else "list.print-none", bool(chosen) and not down
    simple = around.simple and chosen == count > 0
    primary = action(t, "print-reports", "list.print-all" if simple else words, able, count=chosen, icon="print")
    price = around.facts.policy.signs.report_price
    body = {
        "loading": False,
        "simple": simple,
        "cards": [_card(e, state, around) for e in state.exams if not simple or e.printable],
        "price": t("list.price", price=price) if price else "",
        "notice": t("list.mismatch") if state.mismatch else t("list.paper-down") if down and printable else "",
        "preview": t("list.preview"),
    }
    headline = t("list.headline", name=name, count=count) if count else t("list.headline-none", name=name)
    ready = t("list.sub-simple") if simple else t("list.sub")
    sub = t("list.sub-none") if not count else t(f"fault.{down}") if down else f"{ready} {body['price']}".strip()
    return View("list", headline, sub, 3, primary if count else None, _list_secondary(state, around, simple), body)


def _list_secondary(state: at.Listing, around: Surroundings, simple: bool) -> tuple[Action, ...]:
    t = around.texts
    finish = action(t, "finish", "common.finish", icon="close")
    if simple:
        return action(t, "set-simple", "list.more", icon="dots"), finish
    film = around.facts.policy.film is not FilmPolicy.NEVER
    return (
        action(t, "show-qr", "list.phone", any(rows.may_show(e) for e in state.exams), icon="phone"),
        *((action(t, "ask-film", "list.film", rows.may_ask_film(state, around.facts), icon="film"),) if film else ()),
        finish,
    )


def _card(item: ListedExam, state: at.Listing, around: Surroundings) -> dict[str, Any]:
    """`id`, `title`, `when`, `detail`, `why`, `chip` {text, icon, tone}, `pickable`, `picked`, `preview` (may be)."""
    t, exam = around.texts, item.exam
    icon, tone = READINESS_ICONS[item.readiness]
    today = around.now.date()
    printed = next((d.when for d in item.delivered), None)
    when = t.day(printed.astimezone(around.now.tzinfo).date(), today) if printed else ""
    counts = [t("list.reports", count=len(item.due))] if item.printable else []
    counts += [t("list.images", count=exam.images)] if exam.images else []
    return {
        "id": exam.study_uid,
        "title": t.exam(exam),
        "when": t.moment(exam.taken, today),
        "detail": " · ".join(counts),
        "why": f"{t(f'why.{item.word}', when=when)} {_expected(item, around)}".strip(),
        "chip": {"text": t(f"state.{item.word}"), "icon": icon, "tone": tone},
        "pickable": item.printable and around.facts.health.report_printer is None,
        "picked": exam.study_uid in state.picked,
        "preview": may_preview(item),
    }


def _expected(item: ListedExam, around: Surroundings) -> str:
    """When a report that is being written is there: as the hospital has said, else as its last weeks show."""
    hours, taken, by = around.facts.policy.signs.report_hours, item.exam.taken, item.expected
    surely = item.word == "signed"
    if item.readiness not in (Readiness.WAITING, Readiness.PRELIMINARY):
        return ""
    if hours and taken and not surely:
        by, surely = taken + timedelta(hours=hours), True
    now = around.now if by is None or by.tzinfo else around.now.replace(tzinfo=None)
    if by is None or by <= now:
        return ""
    local = by.astimezone(around.now.tzinfo) if by.tzinfo else by
    words = "why.expected" if surely else "why.usually"
    today = around.now.date()
    day = "" if local.date() == today else around.texts.day(local.date(), today)
    return around.texts(words, time=f"{day} {local:%H:%M}".strip())  # "before the afternoon" is another time


def preview(state: at.Previewing, around: Surroundings) -> View:
    """`pages`: file URLs; `page`: index; `top`: where on it to begin, 0 to 1; `loading`; words for the buttons."""
    t = around.texts
    body: dict[str, Any] = {
        "pages": list(state.pages),
        "page": state.page,
        "top": state.top,
        "loading": not state.pages,
        "loading_text": t("preview.loading"),
        "page_text": t("preview.page", page=state.page + 1, pages=len(state.pages)) if state.pages else "",
        "covered": t("preview.covered"),
        "zoom_in": t("preview.zoom-in"),
        "zoom_out": t("preview.zoom-out"),
        "previous": t("preview.up"),
        "next": t("preview.down"),
    }
    back = (action(t, "back", "common.back", icon="back"),)
    sub = " · ".join(words for words in (body["page_text"], body["covered"]) if words and state.pages)
    return View("preview", t("preview.headline"), sub, 3, _preview_primary(state, around), back, body)


def _preview_primary(state: at.Previewing, around: Surroundings) -> Action | None:
    """It prints what it says: what is shown, and what else is ticked."""
    t, listing = around.texts, state.ticked
    chosen = [e for e in listing.exams if e.exam.study_uid in listing.picked and e.printable]
    shown = sum(len(e.due) for e in chosen if e.exam.study_uid == state.study_uid)
    others = sum(len(e.due) for e in chosen) - shown
    key = "preview.print" if not shown else "preview.print-both" if others else "preview.print-this"
    able = around.facts.health.report_printer is None
    count = others or shown
    return action(t, "print-reports", key, able, count=count, icon="print") if chosen else None


def qr(state: at.ShowingQr, around: Surroundings) -> View:
    """`matrix`: rows of 0 and 1, empty while it is made; `asks`, `publication`, `privacy`: words; `done`: 0 to 1."""
    t = around.texts
    matrix: list[list[int]] = []
    asks = ""
    if state.link:
        code = segno.make(state.link.url, error="m", micro=False)
        matrix = [[int(c) for c in row] for row in code.matrix]
        asks = t("qr.asks", question=t(f"qr.asks-{state.link.question or 'none'}"))
    minutes = max(1, round(around.facts.policy.signs.upload_minutes * (1 - state.done)))
    words = {
        Publication.ONLINE: t("qr.online"),
        Publication.UPLOADING: t("qr.uploading", percent=int(state.done * 100), minutes=minutes),
        Publication.QUEUED: t("qr.queued", minutes=minutes),
        Publication.FAILED: t("qr.failed"),
    }
    body = {
        "matrix": matrix,
        "making": t("qr.making"),
        "asks": asks,
        "publication": words[state.publication],
        "online": state.publication is Publication.ONLINE,
        "done": state.done,
        "privacy": t("qr.privacy"),
    }
    back, finish = action(t, "back", "common.back", icon="back"), action(t, "finish", "common.finish", icon="close")
    return View("qr", t("qr.headline"), asks, 4, finish, (back,), body)


def trouble(state: at.Failed, around: Surroundings) -> View:
    """`happened`, `next`, `printed`, `called`, `code`, `reference`: words for a worried person; `digits`; `icon`."""
    t = around.texts
    planned = sum(task.pages for task in state.receipt.tasks)
    printed = sum(task.sheets_printed for task in state.receipt.tasks)
    partly = 0 < printed < planned or state.fault in (FaultCode.PRINT_INCOMPLETE, FaultCode.PRINT_UNCERTAIN)
    body = {
        "happened": t(f"fault.{state.fault}"),
        "next": help_words.next_step(state.fault, state.fault in PROMISE_A_PERSON, around),
        "printed": t("trouble.printed", printed=printed, planned=planned) if planned else "",
        **help_words.on_page(around),
        "icon": "print" if planned else TROUBLE_ICONS.get(state.fault, "clock" if state.resume else "desk"),
        "reference": t("common.reference", reference=state.reference) if state.reference else "",
    }
    can_show = state.resume is not None and any(rows.may_show(e) for e in state.resume.exams)
    retry = action(t, "retry", "common.retry", icon="refresh") if state.resume else None
    by_itself = retry is not None and state.fault is FaultCode.PRINTING_ELSEWHERE  # a minute mends it, not a person
    secondary = (
        *((action(t, "show-qr", "trouble.phone", icon="phone"),) if can_show else ()),
        *((retry,) if retry and not by_itself else ()),
        action(t, "finish", "common.finish", icon="close"),
    )
    call = None if body["digits"] else action(t, "call-help", "common.help", icon="help")
    primary = retry if by_itself else call
    return View(
        "trouble", t("trouble.headline-print" if partly else f"fault.{state.fault}"), "", 0, primary, secondary, body
    )


Present = Callable[[Any, Surroundings], View]
SCREENS: dict[type, Present] = {
    at.Starting: starting,
    at.OutOfService: closed,
    at.Idle: attract,
    at.Helping: help_words.helping,
    at.Scanning: scan,
    at.Verifying: confirm,
    at.Loading: loading,
    at.Listing: listing,
    at.Previewing: preview,
    at.FilmRequest: film,
    at.Printing: printing,
    at.ShowingQr: qr,
    at.Done: done,
    at.Failed: trouble,
    at.Staff: staff,
}


def present(state: at.State, around: Surroundings) -> View:
    """The screen of a state, and what is said of it."""
    return replace(SCREENS[type(state)](state, around), spoken=spoken(state, around))
