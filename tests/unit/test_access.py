"""Point 8 of the second look: wishes kept for the visit, one decision a page, what is told and when."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from pydantic import ValidationError

from kiosk.config import Hospital
from kiosk.domain.faults import FaultCode
from kiosk.domain.health import Health
from kiosk.domain.links import Publication
from kiosk.domain.person.identity import Question
from kiosk.session import effects as do
from kiosk.session import events as on
from kiosk.session import states as at
from kiosk.session.engine import Engine
from kiosk.session.facts import Facts, Policy, Signs
from kiosk.session.screens.bodies import present
from kiosk.session.screens.texts import load_texts
from kiosk.session.screens.view import Preferences, Surroundings, View
from ui.bridge import EASY, wishes_of
from ui.pictures import samples

TEXTS = {tag: load_texts(tag, "X") for tag in ("zh", "en")}
HOME = Preferences("zh")


class Hand:
    """Timers that fire when told, and how long each was set for."""

    def __init__(self) -> None:
        self.armed: dict[int, tuple[float, Callable[[], None]]] = {}
        self._next = 0

    def after(self, seconds: float, then: Callable[[], None]) -> Callable[[], None]:
        self._next += 1
        mine = self._next
        self.armed[mine] = (seconds, then)
        return lambda: self.armed.pop(mine, None) and None  # type: ignore[func-returns-value]

    @property
    def seconds(self) -> float:
        """Of the timer that runs."""
        ((seconds, _),) = self.armed.values()
        return seconds

    def fire(self) -> None:
        """The time is up."""
        number, (_, then) = next(iter(self.armed.items()))
        del self.armed[number]
        then()


class Now:
    """A clock that stands."""

    def now(self) -> datetime:
        return samples.NOW

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        """Nobody waits here."""


def engine(hand: Hand) -> Engine:
    ran: list[do.Effect] = []
    made = Engine(ran.append, TEXTS, Now(), hand, Policy(), HOME, lambda: None)
    made.handle(on.HealthKnown(Health()))
    return made


def view(state: at.State, simple: bool = False, language: str = "zh", signs: Signs | None = None) -> View:
    facts = Facts(policy=Policy(signs=signs or Signs()))
    return present(state, Surroundings(facts, TEXTS[language], samples.NOW, simple=simple))


def test_wishes_made_on_the_start_screen_are_kept_for_the_visit_and_gone_after_it() -> None:
    kiosk = engine(Hand())
    kiosk.choose(large=True, contrast=True)
    kiosk.handle(on.HealthKnown(Health()))
    kiosk.handle(on.Begin())
    assert kiosk.preferences == replace(HOME, large=True, contrast=True)
    kiosk.handle(on.Finish())
    assert kiosk.preferences == HOME


def test_wishes_of_somebody_who_went_away_again_do_not_greet_the_next_person() -> None:
    hand = Hand()
    kiosk = engine(hand)
    kiosk.choose(language="en", large=True)
    assert hand.seconds == Policy().idle_s
    hand.fire()
    assert kiosk.preferences == HOME and not hand.armed


@pytest.mark.parametrize("wish", ["slow", "voice"])
def test_a6_more_time_is_ten_times_as_much_and_the_warning_too(wish: str) -> None:
    hand = Hand()
    kiosk = engine(hand)
    kiosk.handle(on.Begin())
    usual = hand.seconds
    kiosk.choose(**{wish: True})  # type: ignore[arg-type]
    assert hand.seconds == 10 * usual and kiosk.view().limit_s == 10 * Policy().idle_s
    hand.fire()
    assert kiosk.warning and hand.seconds == 10 * Policy().warn_s


def test_easy_mode_is_one_switch() -> None:
    assert wishes_of("set-easy", "", HOME) == EASY
    assert wishes_of("set-easy", "", replace(HOME, **EASY)) == dict.fromkeys(EASY, False)
    assert wishes_of("set-low-reach", "", HOME) == {"low_reach": True}
    assert wishes_of("set-patient", "", HOME) is None and wishes_of("begin", "", HOME) is None


def test_easy_mode_asks_one_thing_a_page() -> None:
    shown = view(samples.LISTING, simple=True)
    assert shown.primary and shown.primary.id == "print-reports" and shown.primary.text == "全部打印（2 份）"
    assert [button.id for button in shown.secondary] == ["set-simple", "finish"]
    assert [card["id"] for card in shown.body["cards"]] == [samples.FIRST_STUDY, samples.SECOND_STUDY]
    assert len(view(samples.VERIFYING, simple=True).body["others"]) == 1


def test_whoever_has_chosen_in_easy_mode_keeps_the_choice() -> None:
    """"Print everything" is never said where not everything would be printed."""
    some = replace(samples.LISTING, picked=frozenset({samples.FIRST_STUDY}))
    shown = view(some, simple=True)
    assert shown.primary and "1" in shown.primary.text and not shown.body["simple"]


def test_the_other_questions_come_round_one_by_one_in_easy_mode() -> None:
    views = [view(replace(samples.VERIFYING, question=q), simple=True) for q in samples.QUESTIONS]
    asked = [one.body["others"][0].value for one in views]
    assert asked == [Question.BIRTH_DATE, Question.PHONE_LAST_FOUR, Question.ID_LAST_SIX]


def test_tries_are_told_after_an_error_only() -> None:
    fresh, wrong = view(samples.VERIFYING), view(replace(samples.VERIFYING, wrong=True, tries_left=4))
    assert "次" not in str(fresh.body) and "4 次" in wrong.body["wrong"]


def test_a_date_is_asked_in_three_parts() -> None:
    groups = view(replace(samples.VERIFYING, question=Question.BIRTH_DATE)).body["groups"]
    assert [(group["length"], group["word"]) for group in groups] == [(4, "年"), (2, "月"), (2, "日")]


def test_the_hospitals_signs_are_told_where_they_matter() -> None:
    signs = Signs(report_tray="left", id_card="right", nearest="二楼大厅", report_price="2 元/张",
                  film_price="30 元/张", report_hours=24, upload_minutes=10)  # fmt: skip
    assert "左侧" in view(at.Printing("t", samples.LISTING, 2, 1), signs=signs).body["where"]
    assert "右侧" in view(at.Idle(), signs=signs).body["card"]
    assert "二楼大厅" in view(at.OutOfService((FaultCode.PRINTER_OFFLINE,)), signs=signs).sub
    assert "2 元/张" in view(samples.LISTING, signs=signs).sub
    film = at.FilmRequest("t", samples.LISTING, frozenset({samples.FIRST_STUDY}))
    assert "30 元/张" in view(film, signs=signs).body["price"]
    waiting = view(samples.LISTING, signs=signs).body["cards"][2]["why"]
    assert re.search(r"预计 11月25日 \d\d:\d\d 前可领", waiting)
    half = at.ShowingQr("t", samples.LISTING, samples.LINK, Publication.UPLOADING, 0.5)
    assert "约 5 分钟" in view(half, signs=signs).body["publication"]


def test_nothing_is_promised_that_has_already_passed() -> None:
    late = [replace(e, exam=replace(e.exam, taken=samples.NOW - timedelta(days=3))) for e in samples.EXAMS]
    shown = view(replace(samples.LISTING, exams=tuple(late)), signs=Signs(report_hours=24))
    assert not any("预计" in card["why"] for card in shown.body["cards"])


def test_without_signs_nothing_is_said_of_them() -> None:
    shown = view(samples.LISTING)
    assert shown.sub == "已为您勾选，点“打印”即可" and view(at.Idle()).body["card"] == ""


@pytest.mark.parametrize("colour", ["#F2A900", "08536F", "blue", "#FFFFFF", "#12345"])
def test_a_colour_that_cannot_carry_white_is_refused(colour: str) -> None:
    with pytest.raises(ValidationError):
        Hospital(colour=colour)


def test_a_deep_colour_is_taken() -> None:
    assert Hospital(colour="#7A1F3D").colour == "#7A1F3D"
