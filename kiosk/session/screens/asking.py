"""For whom somebody collects, and whether a message is wanted: one question, few large answers."""

from __future__ import annotations

from typing import Any

from kiosk.domain.person.masking import mask_id
from kiosk.domain.reasons import Relation
from kiosk.session import asking_rows
from kiosk.session import states as at
from kiosk.session.screens.view import Surroundings, View, action

RELATION_ICONS = {
    Relation.SELF: "person",
    Relation.CHILD: "child",
    Relation.PARENT: "elder",
    Relation.SPOUSE: "couple",
    Relation.RELATIVE: "family",
    Relation.CARER: "care",
}


def relating(_: at.Relating, around: Surroundings) -> View:
    """`options`: [{id, value, text, icon}], each an answer; `lines`: [] ; `icon`: of the question."""
    t = around.texts
    options = [
        {"id": "tell-relation", "value": str(one), "text": t(f"collect.{one}"), "icon": icon}
        for one, icon in RELATION_ICONS.items()
    ]
    secondary = (
        action(t, "call-help", "confirm.desk", icon="help"),
        action(t, "finish", "common.cancel", icon="close"),
    )
    body = {"options": options, "lines": [], "icon": ""}
    return View("ask", t("collect.headline"), t("collect.sub"), 2, None, secondary, body)


def noticing(state: at.AskingNotice, around: Surroundings) -> View:
    """`lines`: what will be sent, whereto and how often, before anybody agrees; `options`: []."""
    t, facts = around.texts, state.listing.candidate.facts
    telephone = f"\u2066{mask_id(facts.telephone if facts else '')}\u2069"  # figures run on as they are, in Arabic too
    exams = t("detail.and").join(t.exam(e.exam) for e in asking_rows.awaited(state.listing))
    body: dict[str, Any] = {
        "options": [],
        "lines": [
            {"icon": "phone", "text": t("notice-ask.whereto", telephone=telephone)},
            {"icon": "report", "text": t("notice-ask.what", exams=exams)},
            {"icon": "shield", "text": t("notice-ask.once")},
        ],
        "icon": "phone",
    }  # fmt: skip
    primary = action(t, "agree-notice", "notice-ask.agree", icon="check")
    back = (action(t, "back", "notice-ask.no", icon="back"),)
    return View("ask", t("notice-ask.headline"), t("notice-ask.sub"), 3, primary, back, body)
