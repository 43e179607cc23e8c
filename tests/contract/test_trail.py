"""What a person with a database client can do to the trail, and who notices: SQLite and PostgreSQL (matrix case 108).

The attacker may write everything in the database and read it at any time, and has not the key.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from kiosk.adapters.sql import SqlLedger
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.trail import AuditRecord, TrailFlaw
from kiosk.ports.ledger import AuditFilter

KEY = b"k" * 32
Opener = Callable[..., SqlLedger]


@pytest.fixture
def opener(database_url: str, tmp_path: Path) -> Iterator[Opener]:
    """Opens the same database as a kiosk of that name, whose anchor lies in a folder of its own."""
    opened: list[SqlLedger] = []

    def open_one(kiosk: str = "one") -> SqlLedger:
        (tmp_path / kiosk).mkdir(exist_ok=True)
        opened.append(SqlLedger(database_url, key=KEY, anchor=tmp_path / kiosk / "trail.anchor", kiosk=kiosk))
        return opened[-1]

    yield open_one
    for ledger in opened:
        ledger.close()


def write(ledger: SqlLedger, events: int) -> None:
    for number in range(events):
        ledger.append(AuditRecord("print", kiosk="one", details={"n": number}))


def tamper(ledger: SqlLedger, *statements: str) -> None:
    with ledger.store.write() as session:
        for statement in statements:
            session.execute(text(statement))


CUT = "DELETE FROM events WHERE number > 4"
COPY_HEAD = "UPDATE trail_head SET number = 4, digest = (SELECT digest FROM events WHERE number = 4)"
SAVE = ("CREATE TABLE saved_events AS SELECT * FROM events", "CREATE TABLE saved_head AS SELECT * FROM trail_head")
RESTORE = ("DELETE FROM events", "INSERT INTO events SELECT * FROM saved_events",
           "DELETE FROM trail_head", "INSERT INTO trail_head SELECT * FROM saved_head")  # fmt: skip


@pytest.mark.parametrize(
    ("statements", "flaws", "bad"),
    [
        (("UPDATE events SET outcome = 'fine' WHERE number = 3",), {TrailFlaw.CHANGED}, 3),
        (("DELETE FROM events WHERE number = 3",), {TrailFlaw.MISSING}, 3),
        ((CUT,), {TrailFlaw.CUT}, 5),
        ((CUT, COPY_HEAD), {TrailFlaw.CUT, TrailFlaw.HEAD}, 5),
        (("DELETE FROM events", "UPDATE trail_head SET number = 0, digest = ''"), {TrailFlaw.CUT}, 1),
    ],
    ids=["changed", "deleted", "cut", "cut with the head", "emptied"],
)
def test_case_108_each_way_of_tampering_is_named(
    opener: Opener, statements: tuple[str, ...], flaws: set[TrailFlaw], bad: int
) -> None:
    ledger = opener()
    write(ledger, 6)
    assert (ledger.check_trail().flaws, ledger.check_trail().anchored) == ((), 6)
    tamper(ledger, *statements)
    found = ledger.check_trail()
    assert (set(found.flaws), found.first_bad) == (flaws, bad)


def test_case_108_a_table_of_yesterday_is_noticed_and_stays_noticed(opener: Opener) -> None:
    ledger = opener()
    write(ledger, 4)
    tamper(ledger, *SAVE)
    write(ledger, 2)
    tamper(ledger, *RESTORE)
    found = ledger.check_trail()
    assert (found.flaws, found.events, found.anchored, found.first_bad) == ((TrailFlaw.CUT,), 4, 6, 5)
    with pytest.raises(KioskError) as caught:
        ledger.attest()
    assert caught.value.code is FaultCode.TRAIL_BROKEN
    write(ledger, 9)
    found = ledger.check_trail()
    assert (found.flaws, found.anchored, found.first_bad) == ((TrailFlaw.REPLACED,), 6, 6), "grown beyond the anchor"
    alarms = ledger.events(AuditFilter(kinds=("trail-broken",)))
    assert {alarm.outcome for alarm in alarms} == {"alarm"} and alarms[-1].details["what"] == "cut"
    assert opener().check_trail().flaws == (TrailFlaw.REPLACED,), "after a restart too"


@pytest.mark.parametrize("head", [(), (COPY_HEAD,)], ids=["head left", "head copied"])
def test_case_108_what_was_cut_is_not_healed_by_the_next_event(opener: Opener, head: tuple[str, ...]) -> None:
    ledger = opener()
    write(ledger, 6)
    tamper(ledger, CUT, *head)
    write(opener(), 5)
    found = opener().check_trail()
    assert found.flaws and found.first_bad is not None and found.first_bad <= 6
    *_, alarm = ledger.events(AuditFilter(kinds=("trail-broken",)))
    assert "cut" in str(alarm.details["what"])


def test_case_108_without_an_anchor_the_head_alone_tells_a_cut_and_verify_says_what_it_cannot_know(
    opener: Opener, tmp_path: Path
) -> None:
    ledger = opener()
    write(ledger, 6)
    (tmp_path / "one" / "trail.anchor").unlink()
    tamper(ledger, CUT, COPY_HEAD)
    found = ledger.check_trail()
    assert (found.flaws, found.anchored, found.first_bad) == ((TrailFlaw.HEAD,), 0, 5)


@pytest.mark.parametrize("said", ["", "4 abc", '{"number": 4, "digest": "x", "at": 1.0, "seal": "y"}', "[]"])
def test_case_108_an_anchor_that_no_kiosk_wrote_proves_nothing_and_is_told(
    opener: Opener, tmp_path: Path, said: str
) -> None:
    ledger = opener()
    write(ledger, 6)
    (tmp_path / "one" / "trail.anchor").write_text(said)
    found = ledger.check_trail()
    assert (found.flaws, found.anchored) == ((TrailFlaw.ANCHOR,), 0)
    write(ledger, 1)
    assert (tmp_path / "one" / "trail.anchor").read_text() == said, "evidence is not written over"


def test_case_108_the_anchor_of_an_earlier_event_is_not_made_without_the_key(opener: Opener, tmp_path: Path) -> None:
    """The digests lie in the database for all to read; the anchor is more than a digest."""
    ledger = opener()
    write(ledger, 6)
    file = tmp_path / "one" / "trail.anchor"
    with ledger.store.read() as session:
        digest = session.execute(text("SELECT digest FROM events WHERE number = 4")).scalar_one()
    tamper(ledger, CUT, COPY_HEAD)
    file.write_text(json.dumps({**json.loads(file.read_text()), "number": 4, "digest": digest}))
    assert TrailFlaw.ANCHOR in ledger.check_trail().flaws


def test_case_108_kiosks_of_a_fleet_vouch_for_each_others_events(opener: Opener) -> None:
    one, two = opener("one"), opener("two")
    write(one, 4)
    tamper(one, *SAVE)
    write(one, 2)
    assert two.check_trail().anchored == 0, "it has seen nothing yet, and says so"
    two.attest()
    assert two.check_trail().anchored == 6, "though it wrote nothing itself"
    tamper(one, *RESTORE)
    assert two.check_trail().flaws == one.check_trail().flaws == (TrailFlaw.CUT,)
    newcomer = opener("three")
    assert newcomer.check_trail().flaws == (), "what an anchor does not know it cannot prove"
    write(newcomer, 1)
    assert two.check_trail().flaws == (TrailFlaw.CUT,), "it still knows of event 6"


def test_a_restore_that_a_person_knows_of_is_written_down_and_anchored_anew(opener: Opener) -> None:
    ledger = opener()
    write(ledger, 4)
    tamper(ledger, *SAVE)
    write(ledger, 2)
    tamper(ledger, *RESTORE)
    ledger.renew(AuditRecord("trail-renewed", actor="console"))
    found = ledger.check_trail()
    assert (found.flaws, found.events, found.anchored) == ((), 5, 5)
    assert ledger.attest() == "5 events"


def test_the_anchor_is_private_and_complete(opener: Opener, tmp_path: Path) -> None:
    ledger = opener()
    write(ledger, 3)
    file = tmp_path / "one" / "trail.anchor"
    assert file.stat().st_mode & 0o777 == 0o600
    said = json.loads(file.read_text())
    assert said["number"] == 3 and set(said) == {"number", "digest", "at", "seal"}
    assert [left.name for left in file.parent.iterdir() if "trail.anchor" not in left.name] == []
