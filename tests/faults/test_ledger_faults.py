"""The journal or the archive failing at the Nth call of a visit, for every N (cases 52 to 54 at the visit)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.adapters.sql import SqlLedger
from kiosk.domain.faults import FaultCode
from kiosk.domain.reasons import FilmReason
from kiosk.session import events as on
from kiosk.session import states as at
from tests.support.paper import ANSWER, WANG, NthFails, PaperArchive, at_kiosk, exam
from tests.support.storyboard import Storyboard

DEADLINE_S = 10.0
ENDED = (at.Done, at.Failed)


def reports(person: Storyboard) -> None:
    person.does(on.PrintReports())


def film_and_reports(person: Storyboard) -> None:
    person.does(on.AskFilm(), on.ChooseReason(FilmReason.SURGERY), on.PrintFilm())


def phone_then_reports(person: Storyboard) -> None:
    person.does(on.ShowQr())
    _until(person, lambda s: isinstance(s, at.Failed) or (isinstance(s, at.ShowingQr) and s.link is not None))
    if isinstance(person.state, at.ShowingQr):
        person.does(on.Back(), on.PrintReports())


def _until(person: Storyboard, when: Callable[[at.State], bool]) -> None:
    assert person.loop.run_until(lambda: when(person.state), DEADLINE_S), f"dead screen: {person.state}"


def visit(person: Storyboard, wish: Callable[[Storyboard], None]) -> at.State:
    """A whole visit as far as it goes; every wait has an end. Returns the state that the patient was told."""
    person.does(on.CodePresented(person.application.rules.parse("A0001")))
    _until(person, lambda s: isinstance(s, at.Failed | at.Verifying))
    if isinstance(person.state, at.Verifying):
        person.does(on.Answer(ANSWER))
        _until(person, lambda s: isinstance(s, at.Failed | at.Listing))
    if isinstance(person.state, at.Listing):
        wish(person)
        _until(person, lambda s: isinstance(s, (*ENDED, at.Listing)))
    told = person.state
    view = person.view
    assert view.headline and (not isinstance(told, at.Failed) or view.body["next"])
    person.does(on.Finish())
    person.settles()
    assert person.view.screen in ("attract", "closed"), "home, and nobody remembered"
    return told


def check_paper(person: Storyboard, told: at.State) -> None:
    """No sheet without its reservation, none twice, and what was told done lies there."""
    ledger = person.application.adapters.ledger
    for kind in ("report", "film"):
        for sheet in person.printed(kind):
            reservation = ledger.reservation(sheet.stem)
            assert reservation is not None and reservation.order.kind == kind
    sheets = (*person.printed(), *person.printed("film"))
    names = [kept.order.document for sheet in sheets if (kept := ledger.reservation(sheet.stem))]
    assert len(names) == len(set(names)), "printed twice"
    if isinstance(told, at.Done):
        assert len(names) >= len(told.receipt.tasks) > 0


WISHES = [reports, film_and_reports, phone_then_reports]


@pytest.mark.parametrize(
    ("wish", "fault"),
    [
        (reports, FaultCode.STORE_UNAVAILABLE),
        (film_and_reports, FaultCode.DISK_FULL),
        (phone_then_reports, FaultCode.STORE_UNAVAILABLE),
    ],
)
def test_case_53_the_journal_fails_at_every_call_in_turn(
    tmp_path: Path, wish: Callable[[Storyboard], None], fault: FaultCode
) -> None:
    told = []
    for nth in range(1, _calls_of_a_whole_visit(tmp_path / "whole", wish) + 1):
        home = tmp_path / f"n{nth}"
        real = SqlLedger(f"sqlite:///{home / 'ledger.db'}")
        failing = NthFails(real, nth, fault)
        with at_kiosk(home, PaperArchive([exam(WANG)]), adapters={"ledger": failing}) as person:
            state = visit(person, wish)
            check_paper(person, state)
            told.append(state)
            if nth % 4 == 0:
                check_paper(person, visit(person, reports))
    assert len(told) >= 15
    assert sum(isinstance(state, at.Done) for state in told) >= 5, "an audit line that fails does not stop a visit"


def _calls_of_a_whole_visit(home: Path, wish: Callable[[Storyboard], None]) -> int:
    counting = NthFails(SqlLedger(f"sqlite:///{home / 'ledger.db'}"), 0, FaultCode.INTERNAL, 0)
    with at_kiosk(home, PaperArchive([exam(WANG)]), adapters={"ledger": counting}) as person:
        assert isinstance(visit(person, wish), at.Done)
    return counting.calls


@pytest.mark.parametrize("wish", WISHES, ids=lambda w: w.__name__)
def test_case_53_the_journal_fails_from_the_nth_call_on(tmp_path: Path, wish: Callable[[Storyboard], None]) -> None:
    calls = _calls_of_a_whole_visit(tmp_path / "whole", wish)
    for nth in range(1, calls + 1, 2):
        home = tmp_path / f"n{nth}"
        real = SqlLedger(f"sqlite:///{home / 'ledger.db'}")
        failing = NthFails(real, nth, FaultCode.STORE_UNAVAILABLE, failures=10_000)
        with at_kiosk(home, PaperArchive([exam(WANG)]), adapters={"ledger": failing}) as person:
            state = visit(person, wish)
            for kind in ("report", "film"):
                assert all(real.reservation(sheet.stem) for sheet in person.printed(kind)), "unreserved"
            if isinstance(state, at.Failed):
                assert state.fault in (FaultCode.STORE_UNAVAILABLE, FaultCode.PRINT_UNCERTAIN)


@pytest.mark.parametrize(
    ("wish", "fault"),
    [
        (reports, FaultCode.ARCHIVE_UNREACHABLE),
        (film_and_reports, FaultCode.ARCHIVE_TIMEOUT),
        (phone_then_reports, FaultCode.ARCHIVE_TRUNCATED),
    ],
)
def test_case_2_the_archive_fails_at_every_call_in_turn(
    tmp_path: Path, wish: Callable[[Storyboard], None], fault: FaultCode
) -> None:
    whole = PaperArchive([exam(WANG)])
    with at_kiosk(tmp_path / "whole", whole) as person:
        assert isinstance(visit(person, wish), at.Done)
    for nth in range(1, whole.calls + 1):
        failing = NthFails(PaperArchive([exam(WANG)]), nth, fault)
        with at_kiosk(tmp_path / f"n{nth}", failing) as person:
            state = visit(person, wish)
            check_paper(person, state)
            if failing.failed in (["instances"], ["fetch"]) and isinstance(state, at.Done):
                continue  # asked for ahead, while the list was read: nobody was told, and it was asked for again
            assert isinstance(state, at.Failed) and state.fault is fault
            told = person.audited("service-failed", "document-missing", "visit-failed")
            assert [event.details["fault"] for event in told] == [str(fault)], "one event, told once"
            visit(person, reports)
            person.proves("A0001", ANSWER)
            assert person.view.body["cards"][0]["chip"]["text"] == "已打印"
            assert len(person.printed()) == 1, "what failed could be fetched afterwards, once"
