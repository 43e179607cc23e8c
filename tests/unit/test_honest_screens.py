"""What a screen says is so: no promise that nobody keeps, no button that does nothing, no advice for somebody else."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from kiosk.domain.exam import ListedExam, Readiness
from kiosk.domain.faults import FaultCode
from kiosk.domain.health import Health
from kiosk.domain.roles import Role, StaffMember
from kiosk.session import events as on
from kiosk.session import states as at
from kiosk.session.facts import Facts
from kiosk.session.screens.bodies import present
from kiosk.session.screens.texts import Texts, load_texts
from kiosk.session.screens.view import Surroundings, View
from kiosk.session.table import step
from kiosk.words import tags
from tests.unit.test_visit import CANDIDATE, CLAIM, EXAM, FILM, LISTING, READY

FOR_IT = re.compile(r"[a-z_]+\.(?:url|toml|user|password|[a-z]+_[a-z]+)|CUPS|lpadmin|systemctl|kiosk\.toml|PACS")
NOW = datetime(2026, 11, 24, 10, 20, tzinfo=UTC)
WELL, GONE = Health(), Health(camera=FaultCode.CAMERA_MISSING)
NO_IMAGES = replace(READY, exam=replace(EXAM, series=()))
TO_COME = ListedExam(replace(EXAM, series=(), reports=()), Readiness.REGISTERED)


def words(language: str) -> Texts:
    return load_texts(language, "X")


def shown(state: at.State, health: Health = WELL, language: str = "zh") -> View:
    return present(state, Surroundings(Facts(health=health), words(language), NOW))


def listing(*exams: ListedExam) -> at.Listing:
    return at.Listing("t", CLAIM, CANDIDATE, exams, frozenset({"1.2"}))


def able(view: View) -> dict[str, bool]:
    return {one.id: one.enabled for one in (view.primary, *view.secondary) if one}


@pytest.mark.parametrize("language", tags())
def test_the_start_screen_promises_only_what_the_kiosk_knows(language: str) -> None:
    view = shown(at.Idle(), language=language)
    assert {service["icon"] for service in view.body["services"]} == {"report", "film"}


@pytest.mark.parametrize("language", tags())
def test_without_a_camera_no_headline_says_scan(language: str) -> None:
    scan = {
        "zh": ("扫描", "对准", "Scan", "scan"),
        "zh-Hant": ("掃描", "對準", "Scan", "scan"),
        "en": ("Scan", "scan", "frame", "扫描"),
        "es": ("Escan", "escan", "marco", "扫描"),
        "ar": ("امسح", "الإطار", "Scan", "scan"),
    }[language]
    for state in (at.Idle(), at.Scanning("t")):
        well, gone = shown(state, language=language), shown(state, GONE, language)
        assert any(word in well.headline for word in scan)
        assert not any(word in gone.headline + gone.sub for word in scan)


@pytest.mark.parametrize("language", tags())
def test_advice_for_it_is_not_for_patients(language: str) -> None:
    for fault in FaultCode:
        views = [
            shown(at.OutOfService((fault,)), language=language),
            shown(at.Failed("t", fault, LISTING), language=language),
            shown(at.Printing("t", LISTING, waiting=fault), language=language),
        ]
        said = " ".join(f"{view.headline} {view.sub} {sorted(view.body.items())}" for view in views)
        assert not FOR_IT.search(said), FOR_IT.findall(said)


def test_staff_read_what_to_do_about_a_closed_kiosk() -> None:
    down = Health(archive=FaultCode.ARCHIVE_UNREACHABLE)
    inside = at.Staff("t", StaffMember("li.mei", Role.NURSE), "worklist")
    assert "archive.url" in shown(inside, down).body["troubles"]
    assert shown(at.Staff("t"), down).body["troubles"] == ""
    assert shown(inside).body["troubles"] == ""


def test_nothing_to_film_is_not_offered() -> None:
    assert able(shown(LISTING))["ask-film"]
    empty = listing(NO_IMAGES)
    assert not able(shown(empty))["ask-film"]
    assert step(empty, on.AskFilm(), Facts()).state is empty


def test_nothing_to_show_is_not_offered() -> None:
    assert able(shown(FILM))["show-qr"]
    empty = listing(TO_COME)
    assert not able(shown(empty))["show-qr"]
    assert not able(shown(at.FilmRequest("t", empty, frozenset())))["show-qr"]


def test_a_preview_cannot_be_printed_while_paper_is_not_printing() -> None:
    preview = at.Previewing("t", LISTING, "1.2", ("file:///page.png",))
    assert able(shown(preview))["print-reports"]
    assert not able(shown(preview, Health(report_printer=FaultCode.MEDIA_EMPTY)))["print-reports"]


OFFERED = {
    "ask-film": on.AskFilm(), "show-qr": on.ShowQr(), "print-reports": on.PrintReports(), "print-film": on.PrintFilm(),
    "retry": on.Retry(), "back": on.Back(), "finish": on.Finish(), "type-number": on.TypeNumber(),
    "scan-instead": on.TypeNumber(on=False), "call-help": on.CallHelp(),
}  # fmt: skip
SITUATIONS = [WELL, GONE, Health(report_printer=FaultCode.MEDIA_JAM), Health(film_printer=FaultCode.MEDIA_JAM)]
FILMED = replace(READY, film_printed=True)
EXAMS: list[tuple[ListedExam, ...]] = [(READY,), (NO_IMAGES,), (TO_COME,), (READY, TO_COME), (FILMED,)]


@pytest.mark.parametrize("health", SITUATIONS, ids=["well", "no camera", "no paper", "no film"])
@pytest.mark.parametrize("exams", EXAMS, ids=["ready", "no images", "to come", "mixed", "filmed"])
def test_every_button_that_can_be_pressed_does_something(health: Health, exams: tuple[ListedExam, ...]) -> None:
    listed = listing(*exams)
    wanted = frozenset({"1.2"})
    states: list[at.State] = [
        at.Idle(), at.Helping("t"), at.Scanning("t"), at.Scanning("t", typing=True), listed,
        at.Previewing("t", listed, "1.2"), at.FilmRequest("t", listed, wanted, FILM.reason),
        at.ShowingQr("t", listed), at.Failed("t", FaultCode.MEDIA_JAM, listed), at.Failed("t", FaultCode.NOTHING_FOUND),
    ]  # fmt: skip
    facts = Facts(health=health, next_token="new")
    for state in states:
        for name, on_ in able(shown(state, health)).items():
            if on_ and name in OFFERED:
                after = step(state, OFFERED[name], facts)
                assert after.state != state or after.effects, f"{name} on {type(state).__name__} does nothing"
