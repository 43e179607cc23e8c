"""The portal's door on both databases: only the secret *and* the right answer open it, five answers are ever evaluated,
and whoever has the database and the link, but not the portal's key, reads nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from kiosk.adapters.sql.engine.store import Store
from kiosk.cloud.portal.gate import Gate, OpenExam
from kiosk.cloud.portal.store.exams import ExamShelf
from kiosk.cloud.portal.store.links import LinkShelf
from kiosk.cloud.portal.store.models import PortalBase
from kiosk.cloud.portal.store.segments import SegmentShelf
from kiosk.cloud.portal.wrapping import RawKey, key_file, make_key_file
from kiosk.cloud.wire.checks import Checks
from kiosk.cloud.wire.envelope import Envelope, SealedFor, Segment
from kiosk.cloud.wire.faults import WireError
from kiosk.cloud.wire.keys import LinkSecret, seal, text_of
from kiosk.cloud.wire.objects import ContentKey, Kind, Spot, SubKeys
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.person.identity import Question

ANSWER, WRONG = "31002X", "31002Y"
HOSPITAL, EXAM = "h1", "E" * 22
LONG = 4_102_444_800.0  # 2100-01-01
ASKED = Question.ID_LAST_SIX


class Door:
    """A portal's gate with a clock that can be moved, and one link that opens one exam."""

    def __init__(self, url: str) -> None:
        self.now = 1_800_000_000.0
        self.store = Store(make_url(url), lambda: self.now)
        PortalBase.metadata.create_all(self.store.engine)
        self.key = RawKey(b"k" * 32)
        self.shelf = LinkShelf(self.store)
        self.exams = ExamShelf(self.store)
        self.gate = Gate(self.shelf, self.key)
        self.secret, self.keys = LinkSecret.new(), ContentKey.new().subs([Kind.MANIFEST, Kind.PICTURE])
        self.gate.announce(self.secret.locator, HOSPITAL, Checks.of({ASKED: ANSWER}), LONG)
        self.bring(EXAM, 1, self.keys)

    def bring(self, exam: str, version: int, keys: SubKeys) -> bool:
        sealed = text_of(seal(self.secret.box.public, keys.packed(), f"keys|{exam}|{version}"))
        segment, links = Segment("0" * 64, 100), (SealedFor(self.secret.locator, sealed),)
        envelope = Envelope(exam, version, (segment,), Spot(0, 0, 50), links, "e" * 120)
        return self.exams.put(HOSPITAL, envelope, self.gate.wrapped(envelope))

    def answers(self, answer: str, secret: str = "") -> str:
        opened = self.gate.answer(secret or self.secret.text, ASKED, answer, "Chrome")
        return opened.cookie if opened else ""


@pytest.fixture
def door(database_url: str) -> Iterator[Door]:
    made = Door(database_url)
    yield made
    made.store.close()


def test_the_right_answer_opens_what_was_sealed_for_the_link(door: Door) -> None:
    cookie = door.answers(ANSWER)
    session = door.gate.session(cookie)
    assert session is not None
    assert session.exams == (OpenExam(EXAM, 1, door.keys),)
    door.gate.leave(cookie)
    assert door.gate.session(cookie) is None


def test_everything_else_is_refused_alike(door: Door) -> None:
    for answer, secret in ((WRONG, ""), (ANSWER, LinkSecret.new().text), (ANSWER, "no link"), ("", "")):
        assert door.answers(answer, secret) == ""
    opened = door.gate.answer(door.secret.text, Question.BIRTH_DATE, "", "x")
    assert opened is None, "what is not on file proves nothing"
    for cookie in ("", "A" * 43, "ä", door.secret.text):
        assert door.gate.session(cookie) is None
        door.gate.leave(cookie)


def test_case_82_after_five_wrong_answers_the_right_one_is_refused(door: Door) -> None:
    for _ in range(5):
        assert not door.answers(WRONG)
    assert not door.answers(ANSWER)


def test_a_right_answer_forgives_the_wrong_ones_before_it(door: Door) -> None:
    for _ in range(3):
        for _ in range(4):
            assert not door.answers(WRONG)
        assert door.answers(ANSWER)


def test_case_82_of_two_hundred_answers_at_once_five_are_evaluated(door: Door) -> None:
    counted: list[object] = []
    begin = door.shelf.begin_answer
    door.shelf.begin_answer = lambda locator: counted.append(known := begin(locator)) or known  # type: ignore[method-assign, func-returns-value]
    with ThreadPoolExecutor(20) as people:
        assert not any(people.map(lambda n: door.answers(f"{n:06}"), range(200)))
    assert len(counted) == 200
    assert sum(known is not None for known in counted) == 5


def test_withdrawing_ends_running_sessions_at_once_and_for_good(door: Door) -> None:
    cookie = door.answers(ANSWER)
    door.shelf.withdraw(door.secret.locator)
    assert door.gate.session(cookie) is None
    assert not door.answers(ANSWER)
    door.bring(EXAM, 2, door.keys)
    assert not door.answers(ANSWER)
    assert not door.gate.announce(door.secret.locator, HOSPITAL, Checks.of({ASKED: ANSWER}), LONG)


def test_a_link_that_comes_twice_stays_as_it_was(door: Door) -> None:
    assert not door.gate.announce(door.secret.locator, HOSPITAL, Checks.of({ASKED: WRONG}), LONG)
    assert door.answers(ANSWER)


def test_later_exams_and_newer_versions_come_to_a_link_that_exists(door: Door) -> None:
    newer, other = ContentKey.new().subs(), ContentKey.new().subs()
    assert door.bring(EXAM, 2, newer)
    assert not door.bring(EXAM, 1, door.keys), "an old version that comes late changes nothing"
    assert door.bring(EXAM, 2, ContentKey.new().subs()), "the same again"
    assert door.bring("F" * 22, 1, other)
    session = door.gate.session(door.answers(ANSWER))
    assert session is not None
    assert session.exams == (OpenExam(EXAM, 2, newer), OpenExam("F" * 22, 1, other))


def test_an_exam_is_taken_back_from_every_link_and_session(door: Door) -> None:
    cookie = door.answers(ANSWER)
    assert door.exams.withdraw("another hospital", EXAM) == []
    assert door.gate.session(cookie) is not None
    assert door.exams.withdraw(HOSPITAL, EXAM) == ["0" * 64]
    assert door.gate.session(cookie) is None
    again = door.gate.session(door.answers(ANSWER))
    assert again is not None and again.exams == ()
    assert door.exams.envelope(EXAM) is None


def test_segments_are_asked_for_once(door: Door) -> None:
    first, second = "1" * 64, "2" * 64
    segments = SegmentShelf(door.store)
    assert segments.missing([first, second, first]) == [first, second]
    segments.expected(first)
    assert segments.missing([first, second]) == [first, second], "on its way is not there"
    segments.arrived(first, 10)
    segments.arrived(first, 10)
    assert segments.missing([first, second]) == [second]


def test_case_85_a_session_never_outlives_its_link(tmp_path: Path) -> None:
    door = Door(f"sqlite:///{tmp_path / 'portal.db'}")
    secret = LinkSecret.new()
    door.gate.announce(secret.locator, HOSPITAL, Checks.of({ASKED: ANSWER}), door.now + 600)
    cookie = door.answers(ANSWER, secret.text)
    door.now += 599
    assert door.gate.session(cookie) is not None
    door.now += 1
    assert door.gate.session(cookie) is None
    assert not door.answers(ANSWER, secret.text)
    assert door.shelf.sweep() == 1
    door.store.close()


def test_a_stolen_database_with_a_link_opens_nothing(tmp_path: Path) -> None:
    """The thief has every row and the link's secret, and tries each way that the code knows with a key of his own."""
    door = Door(f"sqlite:///{tmp_path / 'portal.db'}")
    cookie = door.answers(ANSWER)
    thief = Gate(door.shelf, RawKey(b"t" * 32))
    with pytest.raises(WireError):
        thief.answer(door.secret.text, ASKED, ANSWER, "x")
    door.store.close()
    dump = b"".join(str(row).encode() for row in sqlite3.connect(tmp_path / "portal.db").iterdump())
    hidden = (ANSWER, cookie, door.secret.text, *(key.hex() for key in door.keys.by_kind.values()))
    assert not [one for one in hidden if one.upper().encode() in dump.upper()]


def test_the_portals_key_is_made_once_and_refused_when_others_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "portal.key"
    make_key_file(path)
    assert key_file(path).unwrap(key_file(path).wrap(b"x", "c"), "c") == b"x"
    with pytest.raises(WireError):
        key_file(path).unwrap(key_file(path).wrap(b"x", "c"), "d")
    with pytest.raises(KioskError):
        make_key_file(path)
    path.chmod(0o644)
    with pytest.raises(KioskError, match="chmod 600"):
        key_file(path)
    path.chmod(0o600)
    path.write_text("abc")
    with pytest.raises(KioskError) as caught:
        key_file(path)
    assert caught.value.code is FaultCode.CONFIG_INVALID
