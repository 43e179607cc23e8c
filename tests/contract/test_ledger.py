"""What every ledger keeps to: SQLite and PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from kiosk.adapters.sql import SqlLedger
from kiosk.adapters.sql.migrations.versions.v0025_figure_days import INDEXES
from kiosk.adapters.sql.models import Base
from kiosk.domain.calls import CallState
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.fleet import DeviceReport
from kiosk.domain.person.tries import TryCount, TryLimits
from kiosk.domain.reasons import FilmReason, OverrideReason
from kiosk.domain.roles import Role, StaffMember, StaffSession
from kiosk.domain.sheets.printing import DocumentKind, Order, Reservation, SheetState
from kiosk.domain.trail import AuditRecord
from kiosk.domain.waiting.estimates import Turnaround
from kiosk.ports.ledger import AuditFilter, Ledger

P, M, U = SheetState.PRINTED, SheetState.MISSING, SheetState.UNCERTAIN
ORDER = Order("document", "subject", DocumentKind.REPORT, copy=1, sheets=3, reason="claim", modality="CT")
NEWER_COLUMNS = (
    "sheets.was", "links.public", "links.announcement", "links.told", "link_studies.sent",
    *(f"publications.{name}" for name in ("sealed", "exam", "version", "subject", "content", "envelope", "size")),
    *(f"publications.{name}" for name in ("final", "published", "fault", "lease", "until")),
)  # fmt: skip
NEWER_INDEXES = tuple(f"ix_{table}_{column}" for table, column in INDEXES)
Opener = Callable[[], SqlLedger]


@pytest.fixture
def opener(database_url: str, tmp_path: Path) -> Iterator[Opener]:
    """Opens the same empty database as often as it is called: another kiosk, or the same after a restart."""
    opened: list[SqlLedger] = []

    def open_one() -> SqlLedger:
        opened.append(SqlLedger(database_url, key=b"secret", anchor=tmp_path / "anchor"))
        return opened[-1]

    yield open_one
    for ledger in opened:
        ledger.close()


@pytest.fixture
def ledger(opener: Opener) -> Ledger:
    return opener()


def reserve(ledger: Ledger, order: Order = ORDER, kiosk: str = "kiosk-1") -> Reservation:
    reservation = ledger.reserve("visit", kiosk, order)
    assert reservation is not None
    return reservation


def test_migrations_make_the_tables_the_models_describe(opener: Opener) -> None:
    store = opener().store
    found = inspect(store.engine)
    for table in Base.metadata.sorted_tables:
        columns = {column["name"]: column["nullable"] for column in found.get_columns(table.name)}
        assert columns == {column.name: column.nullable for column in table.columns}, table.name
        assert {index["name"] for index in found.get_indexes(table.name) if not index.get("duplicates_constraint")} == {
            index.name for index in table.indexes
        }, table.name


class TestSheets:
    def test_a_document_is_reserved_once(self, opener: Opener) -> None:
        here, there = opener(), opener()
        first = reserve(here)
        assert first.states == (SheetState.RESERVED,) * 3 and first.order == ORDER and len(first.serial) == 14
        assert there.reserve("other", "kiosk-2", ORDER) is None
        assert there.reserve("other", "kiosk-2", replace(ORDER, first_sheet=3, sheets=1)) is None
        assert there.reserve("other", "kiosk-2", replace(ORDER, copy=2)) is not None
        assert here.copies("document") == 2 and here.copies("another") == 0

    def test_what_was_written_is_read_back(self, ledger: Ledger) -> None:
        serial = reserve(ledger).serial
        ledger.submitted(serial, "report", "")
        ledger.submitted(serial, "report", "17/name")
        found = ledger.reservation(serial)
        assert found is not None and (found.queue, found.job_id) == ("report", "17/name")
        assert found.states == (SheetState.SUBMITTED,) * 3 and found.since > 1.7e9
        assert ledger.reservation("NOSUCHSERIAL") is None

    def test_printed_never_goes_back_and_missing_frees(self, ledger: Ledger) -> None:
        serial = reserve(ledger).serial
        ledger.settle(serial, [P, M, U], "jam")
        ledger.settle(serial, [M, P, U], "again")
        assert ledger.reservation(serial).states == (P, M, U)  # type: ignore[union-attr]
        assert ledger.reserve("v", "k", replace(ORDER, first_sheet=1, sheets=1)) is None
        assert ledger.reserve("v", "k", replace(ORDER, first_sheet=3, sheets=1)) is None
        second = reserve(ledger, replace(ORDER, first_sheet=2, sheets=1))
        assert ledger.sheets_of("document", 1) == {1: P, 2: SheetState.RESERVED, 3: U}
        ledger.settle(second.serial, [P])
        assert ledger.sheets_of("document", 1) == {1: P, 2: P, 3: U}

    def test_what_a_person_said_is_taken_back_and_nothing_else(self, opener: Opener) -> None:
        here, there = opener(), opener()
        serial = reserve(here).serial
        here.settle(serial, [P, U, U], FaultCode.PRINT_UNCERTAIN)
        assert here.settlements(60) == [] and not here.unsettle(serial), "nobody said anything"
        here.settle(serial, [P, P, M], "settled-by-staff", "li.mei")
        (told,) = there.settlements(60)
        assert (told.actor, told.sheets, told.said(P), told.said(M)) == ("li.mei", (2, 3), (2,), (3,))
        assert told.reservation.serial == serial and told.at > 1.7e9 and there.settlements(-1) == []
        assert there.unsettle(serial)
        assert here.reservation(serial).states == (P, U, U)  # type: ignore[union-attr]
        assert [r.serial for r in here.unsettled()] == [serial] and here.settlements(60) == []
        assert here.reserve("v", "k", replace(ORDER, first_sheet=3, sheets=1)) is None, "in question again: held"
        assert not here.unsettle(serial) and not here.unsettle("NOSUCHSERIAL")
        here.settle(serial, [P, M, M], "settled-by-staff", "wang.wei")
        assert [(s.actor, s.said(M)) for s in here.settlements(60)] == [("wang.wei", (2, 3))]

    @pytest.mark.parametrize("copy", [1, 2])
    def test_what_was_reprinted_is_not_taken_back(self, ledger: Ledger, copy: int) -> None:
        serial = reserve(ledger).serial
        ledger.settle(serial, [P, U, U], FaultCode.PRINT_UNCERTAIN)
        ledger.settle(serial, [P, P, M], "settled-by-staff", "li.mei")
        again = reserve(ledger, replace(ORDER, copy=copy, first_sheet=3, sheets=1))
        for states in ([U], [P]):
            assert ledger.settlements(60) == [] and not ledger.unsettle(serial)
            assert ledger.reservation(serial).states == (P, P, M)  # type: ignore[union-attr]
            ledger.settle(again.serial, states)

    def test_a_reprint_that_came_to_nothing_leaves_it_open_to_be_taken_back(self, ledger: Ledger) -> None:
        serial = reserve(ledger).serial
        ledger.settle(serial, [P, P, M], "settled-by-staff", "li.mei")
        ledger.settle(reserve(ledger, replace(ORDER, first_sheet=3, sheets=1)).serial, [M], FaultCode.PRINTER_OFFLINE)
        assert len(ledger.settlements(60)) == 1 and ledger.unsettle(serial)

    def test_taken_back_or_reserved_again_never_both(self, opener: Opener) -> None:
        for round_ in range(8):
            order = replace(ORDER, document=f"document-{round_}", sheets=1)
            here, there = opener(), opener()
            serial = reserve(here, order).serial
            here.settle(serial, [M], "settled-by-staff", "li.mei")
            start = threading.Barrier(2)

            def undo(serial: str = serial, here: SqlLedger = here, start: threading.Barrier = start) -> bool:
                start.wait()
                return here.unsettle(serial)

            def again(order: Order = order, there: SqlLedger = there, start: threading.Barrier = start) -> bool:
                start.wait()
                return there.reserve("v", "kiosk-2", order) is not None

            with ThreadPoolExecutor(2) as pool:
                done = [pool.submit(undo), pool.submit(again)]
                assert sum(one.result() for one in done) == 1

    def test_outcomes_must_fit_the_sheets(self, ledger: Ledger) -> None:
        serial = reserve(ledger).serial
        with pytest.raises(KioskError):
            ledger.settle(serial, [P])
        assert ledger.reservation(serial).states == (SheetState.RESERVED,) * 3  # type: ignore[union-attr]

    def test_unsettled_are_the_open_and_the_uncertain_of_a_kiosk(self, ledger: Ledger) -> None:
        opened = reserve(ledger)
        uncertain = reserve(ledger, replace(ORDER, copy=2))
        done = reserve(ledger, replace(ORDER, copy=3))
        other = reserve(ledger, replace(ORDER, copy=4), kiosk="kiosk-2")
        ledger.settle(uncertain.serial, [P, U, M])
        ledger.settle(done.serial, [P, P, M])
        assert [r.serial for r in ledger.unsettled("kiosk-1")] == [opened.serial, uncertain.serial]
        assert [r.serial for r in ledger.unsettled()] == [opened.serial, uncertain.serial, other.serial]

    @pytest.mark.parametrize(
        ("states", "word", "printed"),
        [([P, P, P], "printed", 3), ([P, M, M], "partly", 1), ([P, U, M], "uncertain", 1), ([M, M, M], None, 0)],
    )
    def test_deliveries_say_how_far(
        self, ledger: Ledger, states: list[SheetState], word: str | None, printed: int
    ) -> None:
        serial = reserve(ledger).serial
        assert ledger.deliveries(["document"])[0].state == "open"
        ledger.settle(serial, states)
        found = ledger.deliveries(["document", "another"])
        assert [(d.state, d.sheets_printed, d.sheets_planned, d.kiosk) for d in found] == (
            [(word, printed, 3, "kiosk-1")] if word else []
        )

    def test_case_36_a_finished_copy_shows_as_one_delivery_on_other_kiosks_too(self, opener: Opener) -> None:
        here, there = opener(), opener()
        here.settle(reserve(here).serial, [P, M, M])
        here.settle(reserve(here, replace(ORDER, first_sheet=2, sheets=2), "kiosk-2").serial, [P, P])
        (delivery,) = there.deliveries(["document"])
        assert (delivery.state, delivery.sheets_printed, delivery.kiosk) == ("printed", 3, "kiosk-2")
        here.settle(reserve(here, replace(ORDER, copy=2)).serial, [P, P, P])
        assert len(there.deliveries(["document"])) == 2

    def test_only_smooth_jobs_teach_durations(self, ledger: Ledger) -> None:
        for copy, why in ((1, ""), (2, "jam"), (3, "")):
            serial = reserve(ledger, replace(ORDER, copy=copy)).serial
            ledger.submitted(serial, "report", "")
            ledger.settle(serial, [P, P, P], why)
        assert [sheets for sheets, _ in ledger.durations("report")] == [3, 3] and ledger.durations("film") == []

    def test_case_35_many_presses_at_once_make_one_reservation(self, opener: Opener) -> None:
        ledgers = [opener() for _ in range(4)]
        gate = threading.Barrier(16)

        def press(number: int) -> Reservation | None:
            gate.wait()
            return ledgers[number % 4].reserve(f"visit-{number}", f"kiosk-{number}", ORDER)

        with ThreadPoolExecutor(16) as pool:
            won = [r for r in pool.map(press, range(16)) if r is not None]
        assert len(won) == 1


class TestTries:
    LIMITS = TryLimits(per_visit=5, per_subject=5, subject_hours=24, per_kiosk=8, kiosk_hours=1)

    def test_each_attempt_counts_before_it_is_judged(self, ledger: Ledger) -> None:
        counts = [ledger.begin_try("v", "s", "k", self.LIMITS) for _ in range(7)]
        assert counts == [TryCount(n, n, n) for n in range(5)] + [None, None]
        assert ledger.tries("v", "s", "k", self.LIMITS).left(self.LIMITS) == 0

    def test_windows_are_kept_apart_and_hold_across_kiosks_and_restarts(self, opener: Opener) -> None:
        here = opener()
        for _ in range(5):
            here.begin_try("v", "s", "k", self.LIMITS)
        there = opener()
        assert there.begin_try("v2", "s", "k2", self.LIMITS) is None, "the patient is locked everywhere"
        assert there.begin_try("v3", "s3", "k", self.LIMITS) == TryCount(0, 0, 5)
        there.begin_try("v3", "s3", "k", self.LIMITS)
        there.begin_try("v3", "s3", "k", self.LIMITS)
        assert there.begin_try("v4", "s4", "k", self.LIMITS) is None, "the kiosk is locked"

    def test_the_right_answer_forgives_this_subject_only(self, ledger: Ledger) -> None:
        for _ in range(3):
            ledger.begin_try("v", "victim", "k", self.LIMITS)
        ledger.begin_try("v", "own", "k", self.LIMITS)
        ledger.forgive("v", "own")
        assert ledger.tries("v", "victim", "k", self.LIMITS) == TryCount(3, 3, 3)
        assert ledger.tries("v", "own", "k", self.LIMITS).subject == 0

    def test_staff_unlocks_a_subject(self, ledger: Ledger) -> None:
        for _ in range(5):
            ledger.begin_try("v", "s", "k", self.LIMITS)
        ledger.unlock("s", "nurse")
        assert ledger.begin_try("v2", "s", "k", self.LIMITS) == TryCount(0, 0, 0)

    def test_case_82_parallel_guesses_are_counted_one_by_one(self, opener: Opener) -> None:
        ledgers = [opener() for _ in range(4)]
        with ThreadPoolExecutor(16) as pool:
            tries = pool.map(lambda n: ledgers[n % 4].begin_try(f"v{n}", "s", f"k{n % 7}", TryLimits()), range(64))
            counts = [count.subject for count in tries if count is not None]
        assert sorted(counts) == [0, 1, 2, 3, 4]


class TestDesk:
    def test_holds(self, ledger: Ledger) -> None:
        ledger.hold("study", "call the ward", "nurse")
        ledger.hold("study", "call the doctor", "nurse")
        assert ledger.held(["study", "other"]) == {"study": "call the doctor"}
        ledger.release("study", "nurse")
        assert ledger.held(["study"]) == {} and ledger.held([]) == {}
        ledger.hold("study", "again", "nurse")
        assert ledger.held(["study"]) == {"study": "again"}

    def test_film_requests_and_overrides_are_kept(self, opener: Opener) -> None:
        ledger = opener()
        ledger.request_film("v", "s", "study", "MR", FilmReason.SURGERY, "desk")
        ledger.override("v", "nurse", OverrideReason.LOST, "copy 2", "s")
        with ledger.store.read() as session:
            assert session.execute(text("SELECT modality, reason, how FROM film_requests")).all() == [
                ("MR", "surgery", "desk")
            ]
            assert session.execute(text("SELECT actor, reason, what FROM overrides")).all() == [
                ("nurse", "lost", "copy 2")
            ]

    def test_accounts(self, ledger: Ledger) -> None:
        ledger.add_staff(StaffMember("zhao", Role.NURSE, "B17"), "hash1")
        ledger.add_staff(StaffMember("chen", Role.ADMINISTRATOR), "hash2")
        assert [m.name for m in ledger.staff()] == ["chen", "zhao"] and ledger.staff_secret("zhao") == "hash1"
        ledger.set_staff("zhao", role=Role.ADMINISTRATOR, secret_hash="hash3", enabled=False, badge="")
        assert ledger.staff()[1] == StaffMember("zhao", Role.ADMINISTRATOR, "", enabled=False)
        assert ledger.staff_secret("zhao") == "hash3" and ledger.staff_secret("nobody") == ""
        for wrong in (
            lambda: ledger.add_staff(StaffMember("zhao", Role.NURSE), "x"),
            lambda: ledger.set_staff("nobody", enabled=True),
        ):
            with pytest.raises(KioskError) as error:
                wrong()
            assert error.value.code is FaultCode.CONFIG_INVALID


class TestLinks:
    def test_studies_are_queued_once(self, ledger: Ledger) -> None:
        ledger.add_link("digest1", "v", "s", ["study1", "study2", "study1"], "id-last-six", 2e9)
        assert ledger.publication("study1") == ("queued", 0.0) and ledger.publication("study3") == ("", 0.0)
        ledger.set_publication("study1", "uploading", 0.63)
        ledger.add_link("digest2", "v", "s", ["study1"], "id-last-six", 2e9)
        assert ledger.publication("study1") == ("uploading", 0.63)
        ledger.set_publication("unknown", "online", 1.0)
        assert ledger.publication("unknown") == ("", 0.0)


class TestSupplies:
    def test_levels_are_kept_when_they_change(self, ledger: Ledger) -> None:
        for level in (80, 80, 70):
            ledger.note_supplies("report", [("black", level), ("drum", -3)])
        ledger.note_supplies("film", [("black", 5)])
        found = [(sample.name, sample.level) for sample in ledger.supply_levels("report")]
        assert found == [("black", 80), ("drum", -3), ("black", 70)] and ledger.supply_levels("report", 0.0) == []


class TestTrail:
    def test_events_are_numbered_found_and_verified(self, ledger: Ledger) -> None:
        for number in range(1, 6):
            record = AuditRecord(f"kind-{number % 2}", "ok", "k", "v", "s", details={"n": number, "名": "值"})
            assert ledger.append(record) == number
        assert ledger.verify() is None
        assert [e.number for e in ledger.events(AuditFilter(limit=2))] == [5, 4]
        (second,) = ledger.events(AuditFilter(kinds=("kind-0",), limit=1, offset=1))
        assert second.details == {"n": 2, "名": "值"}
        first = ledger.events(AuditFilter())[-1].when
        assert ledger.events(AuditFilter(until=first)) == ledger.events(AuditFilter(since=first + 10)) == []
        assert len(ledger.events(AuditFilter(since=first, until=first + 10, outcomes=("ok",)))) == 5

    @pytest.mark.parametrize(
        ("tamper", "found"),
        [
            ("UPDATE events SET outcome = 'fine' WHERE number = 3", 3),
            ("DELETE FROM events WHERE number = 2", 2),
            ("UPDATE events SET number = 99 WHERE number = 4", 4),
            ("DELETE FROM events WHERE number = 6", 6),
            ("UPDATE events SET details = '{}' WHERE number = 1", 1),
        ],
    )
    def test_case_108_the_verifier_points_at_the_first_bad_event(self, opener: Opener, tamper: str, found: int) -> None:
        ledger = opener()
        for number in range(6):
            ledger.append(AuditRecord("print", details={"n": number}))
        with ledger.store.write() as session:
            session.execute(text(tamper))
        assert ledger.verify() == found

    def test_case_108_a_cut_off_tail_is_noticed_by_the_anchor(self, opener: Opener) -> None:
        ledger = opener()
        digests = []
        for number in range(6):
            ledger.append(AuditRecord("print", details={"n": number}))
            with ledger.store.read() as session:
                digests.append(session.execute(text("SELECT digest FROM trail_head")).scalar_one())
        with ledger.store.write() as session:
            session.execute(text("DELETE FROM events WHERE number > 4"))
            session.execute(text("UPDATE trail_head SET number = 4, digest = :d"), {"d": digests[3]})
        assert ledger.verify() == 5

    def test_case_108_a_whole_chain_forged_without_the_key_is_noticed(self, opener: Opener, tmp_path: Path) -> None:
        ledger = opener()
        ledger.append(AuditRecord("print"))
        ledger.key = b""
        assert ledger.verify() == 1

    def test_kiosks_write_one_chain(self, opener: Opener) -> None:
        ledgers = [opener() for _ in range(3)]
        with ThreadPoolExecutor(6) as pool:
            numbers = list(pool.map(lambda n: ledgers[n % 3].append(AuditRecord("x", kiosk=f"k{n}")), range(30)))
        assert sorted(numbers) == list(range(1, 31)) and ledgers[0].verify() is None


def test_visits_and_probe(opener: Opener) -> None:
    ledger = opener()
    ledger.open_visit("v", "kiosk-1")
    ledger.close_visit("v", "delivered")
    ledger.close_visit("v", "abandoned")
    with ledger.store.read() as session:
        assert session.execute(text("SELECT kiosk, outcome FROM visits")).all() == [("kiosk-1", "delivered")]
    assert ledger.probe().startswith(("sqlite 3", "postgresql 1"))


def test_a_call_for_help_is_one_a_visit_and_ends_with_it(opener: Opener) -> None:
    kiosk, desk = opener(), opener()
    kiosk.open_visit("v1", "kiosk-1")
    kiosk.open_visit("v2", "kiosk-2")
    first = kiosk.call_help("v1", "kiosk-1", "4821", "listing")
    assert (first.code, first.state) == ("4821", CallState.WAITING)
    assert kiosk.call_help("v1", "kiosk-1", "9999", "printing") == first
    kiosk.call_help("v2", "kiosk-2", "7360", "idle")
    assert [call.visit for call in desk.open_calls(60)] == ["v1", "v2"]
    assert desk.claim_call("v1", "li.mei") == replace(first, claimed_by="li.mei")
    assert kiosk.claim_call("v1", "wang.wei") == replace(first, claimed_by="li.mei")
    kiosk.close_visit("v1", "left")
    assert [call.visit for call in desk.open_calls(60)] == ["v2"]
    assert desk.claim_call("v1", "li.mei") is None
    desk.end_call("v2")
    assert desk.open_calls(60) == []
    over = kiosk.call_of("v2")
    assert over is not None and over.state is CallState.OVER
    again = kiosk.call_help("v2", "kiosk-2", "1111", "printing")
    assert (again.code, again.where, again.state) == ("7360", "printing", CallState.WAITING)
    assert desk.call_of("nobody") is None and desk.open_calls(0) == []


def test_one_person_goes_however_many_claim_at_once(opener: Opener) -> None:
    ledgers = [opener() for _ in range(4)]
    ledgers[0].call_help("v1", "kiosk-1", "4821", "listing")
    with ThreadPoolExecutor(4) as pool:
        claims = list(pool.map(lambda n: ledgers[n].claim_call("v1", f"nurse-{n}"), range(4)))
    assert len({claim.claimed_by for claim in claims if claim}) == 1


def test_a_database_of_the_first_release_gets_the_newer_tables(opener: Opener) -> None:
    old = opener()
    old.append(AuditRecord("visit-opened"))
    serial = reserve(old).serial
    with old.store.write() as session:
        for table in ("calls", "phone_events", "devices", "fleet_orders", "desk_sessions", "papers", "notices",
                      "rollouts", "update_notes", "desk_job_items", "desk_jobs", "turnarounds",
                      "figure_days", "figure_mark", "shift_readers", "shift_notes"):  # fmt: skip
            session.execute(text(f"DROP TABLE {table}"))
        for index in NEWER_INDEXES:
            session.execute(text(f"DROP INDEX {index}"))
        for column in NEWER_COLUMNS:
            table, _, name = column.partition(".")
            session.execute(text(f"ALTER TABLE {table} DROP COLUMN {name}"))
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    newer = opener()
    newer.call_help("v1", "kiosk-1", "4821", "listing")
    assert newer.reservation(serial).states == (SheetState.RESERVED,) * 3  # type: ignore[union-attr]
    newer.settle(serial, [P, P, M], "settled-by-staff", "li.mei")
    assert newer.unsettle(serial)
    assert [event.kind for event in newer.events(AuditFilter())] == ["visit-opened"]


def test_an_older_program_works_on_the_tables_of_a_newer_one(opener: Opener) -> None:
    """While a release goes from kiosk to kiosk, and after one that went back."""
    newer = opener()
    with newer.store.write() as session:
        session.execute(text("ALTER TABLE devices ADD COLUMN mood VARCHAR(20) NOT NULL DEFAULT ''"))
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    older = opener()
    older.append(AuditRecord("visit-opened"))
    older.report_device(DeviceReport("lobby-1", "0.1.0", "abc", "123"))
    assert [state.report.device for state in newer.devices()] == ["lobby-1"]
    with newer.store.write() as session:
        assert session.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "9999"


def test_a_session_of_the_desk_is_known_until_it_is_unused_old_or_over(opener: Opener) -> None:
    """On another desk of the same ledger too."""
    one, other, who = opener(), opener(), StaffSession("nurse", "desk-1")
    one.begin_session("digest", who, 3600.0)
    assert other.session("digest", 900.0, 3600.0) == who
    assert other.session("another", 900.0, 3600.0) is None
    moved = "UPDATE desk_sessions SET since = since - {0}, seen = seen - {0}"
    with one.store.engine.begin() as connection:
        connection.execute(text(moved.format(600)))
    assert other.session("digest", 300.0, 3600.0) is None, "locked, for nobody used it"
    assert one.session("digest", 900.0, 3600.0, touch=False) == one.session("digest", 900.0, 3600.0) == who
    assert other.session("digest", 300.0, 3600.0) == who, "it was used just now"
    assert other.session("digest", 900.0, 300.0) is None, "used or not, a shift ends"
    one.begin_session("next", who, 300.0)
    with one.store.read() as session:
        assert session.execute(text("SELECT digest FROM desk_sessions")).scalars().all() == ["next"]
    other.end_session("next")
    assert one.session("next", 900.0, 3600.0) is None


def test_two_numbers_that_are_one_persons_share_attempts_and_reservations(ledger: Ledger) -> None:
    limits = TryLimits(per_subject=2)
    assert ledger.begin_try("v1", "former", "k1", limits)
    assert ledger.begin_try("v2", "subject", "k1", limits)
    kept = reserve(ledger, replace(ORDER, subject="former"))
    for _ in range(2):
        ledger.share("former", "subject")
    assert ledger.begin_try("v3", "subject", "k1", limits) is None
    assert ledger.tries("", "former", "", limits).subject == 0
    found = ledger.reservation(kept.serial)
    assert found and found.order.subject == "subject"


def test_how_long_reports_took_is_kept_once_an_exam(opener: Opener) -> None:
    here, there = opener(), opener()
    impossible = Turnaround("s3", "CT", 9.0, 1.0)
    told = [Turnaround("s1", "CT", 100.0, 400.0), Turnaround("s2", "MR", 100.0, 900.0), impossible]
    here.note_turnarounds(told)
    there.note_turnarounds([*told, Turnaround("s4", "CT", 300.0, 350.0)])
    assert there.turnarounds("CT", 0.0) == [300.0, 50.0] and here.turnarounds("CT", 360.0) == [300.0]
