"""Notices that a cloud film can be opened: to who waited, once, at no quiet hour, on both databases."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kiosk.adapters.notifiers import FileNotifier, Messages
from kiosk.adapters.sql import SqlLedger
from kiosk.config import Hospital
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.links import LinkKeys
from kiosk.ports.ledger import Ledger
from kiosk.services.notices import MOST_TRIES, QuietHours, ReadyNotices

STUDY, SEALED, NUMBER = "study-1", b"sealed uid", "13812345678"
NEVER = QuietHours("00:00", "00:00")


@pytest.fixture
def ledger(database_url: str, tmp_path: Path) -> Iterator[Ledger]:
    made = SqlLedger(database_url, anchor=tmp_path / "anchor")
    yield made
    made.close()


class Refusing:
    """kiosk.ports.notifier.Notifier: the gateway takes nothing."""

    names: list[str]

    def __init__(self) -> None:
        self.names = []

    def send_code(self, telephone: str, code: str) -> None:
        raise KioskError(FaultCode.MESSAGE_NOT_SENT)

    def send_ready(self, telephone: str, name: str) -> None:
        self.names.append(name)
        raise KioskError(FaultCode.MESSAGE_NOT_SENT)


def online(ledger: Ledger, waited_s: float = 0.0, subject: str = "ann") -> None:
    """A link, then its exam comes into the cloud."""
    keys = LinkKeys(b"public", b"", {STUDY: SEALED})
    ledger.add_link("l1", "v", "ann", [STUDY], "birth-date", time.time() + 3600, keys)
    assert ledger.lease("a", 60) and ledger.begin_version(STUDY, "a", "exam-1", subject)
    ledger.queue_notices(STUDY, waited_s)
    assert ledger.take_notice() is None, "not before it is there"
    assert ledger.published(STUDY, "a", b"envelope", "content", 7)


def test_who_waited_is_told_once_and_nothing_is_said_of_them(ledger: Ledger, tmp_path: Path) -> None:
    online(ledger)
    notifier = FileNotifier(tmp_path / "sent", Messages.of(Hospital(name="市人民医院"), "zh"))
    asked: list[tuple[str, bytes]] = []

    def telephone(study: str, sealed: bytes) -> str:
        asked.append((study, sealed))
        return NUMBER

    notices = ReadyNotices(ledger, notifier, telephone, NEVER, lambda: datetime.now(UTC))
    assert notices.once() and not notices.once()
    ledger.queue_notices(STUDY, 0.0)  # an amended version comes
    assert not notices.once(), "of one study, ever"
    assert asked == [(STUDY, SEALED)]
    (line,) = (tmp_path / "sent").read_text(encoding="utf-8").splitlines()
    number, text = line.split("\t")
    assert number == NUMBER and text.startswith("市人民医院：") and "http" not in text


def test_who_still_stands_at_the_kiosk_or_is_another_gets_none(ledger: Ledger) -> None:
    online(ledger, waited_s=900.0)
    assert ledger.take_notice() is None


def test_the_exam_of_another_patient_is_told_to_nobody(ledger: Ledger) -> None:
    online(ledger, subject="bob")
    assert ledger.take_notice() is None


def test_no_message_at_night(ledger: Ledger) -> None:
    online(ledger)
    hours = [datetime(2026, 11, 25, hour, tzinfo=UTC) for hour in range(24)]
    quiet = QuietHours("21:00", "08:00")
    assert [one.hour for one in hours if not quiet.now(one)] == list(range(8, 21))
    notices = ReadyNotices(ledger, Refusing(), lambda *_: NUMBER, quiet, lambda: hours[23])
    assert not notices.once()
    assert ledger.take_notice() is not None, "it waits for the morning"


def test_a_refused_notice_is_tried_again_under_its_name_and_given_up(ledger: Ledger) -> None:
    online(ledger)
    gateway = Refusing()
    for _ in range(MOST_TRIES):
        notice = ledger.take_notice()
        assert notice is not None
        ledger.notice_again(notice, 0.0)
        with pytest.raises(KioskError):
            gateway.send_ready(NUMBER, notice.name)
    notices = ReadyNotices(ledger, gateway, lambda *_: NUMBER, NEVER, lambda: datetime.now(UTC))
    assert notices.once() and not notices.once(), "the last try"
    assert len(set(gateway.names)) == 1 and NUMBER not in gateway.names[0]


def test_who_asked_before_there_was_anything_is_told_once_it_is_there(ledger: Ledger) -> None:
    """Consent at the kiosk, without any link: the notice waits for the publication."""
    assert ledger.wish_notice(STUDY, "ann") and not ledger.wish_notice(STUDY, "ann")
    assert ledger.take_notice() is None, "nothing is there"
    online(ledger)
    taken = ledger.take_notice()
    assert taken is not None and (taken.subject, taken.sealed) == ("ann", SEALED)
    ledger.notice_done(taken, True)
    assert not ledger.wish_notice(STUDY, "ann") and ledger.take_notice() is None, "of one study, ever"


def test_who_asked_is_not_told_of_what_became_another_patients(ledger: Ledger) -> None:
    assert ledger.wish_notice(STUDY, "ann")
    online(ledger, subject="bob")
    assert ledger.take_notice() is None
