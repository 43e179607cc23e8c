"""Whole visits on one PostgreSQL: two kiosks, and a database that stops in a visit and between visits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from kiosk.domain.faults import FaultCode
from kiosk.services.machine.supervisor import health_of
from kiosk.session import events as on
from kiosk.session import states as at
from tests.support.paper import ANSWER, WANG, WRONG, PaperArchive, at_kiosk, exam
from tests.support.postgres import Cluster
from tests.support.storyboard import Storyboard

KEY = "fleet-key-for-tests-0123456789abcdef"


@pytest.fixture
def own_cluster() -> Iterator[Cluster]:
    made = Cluster()
    made.start()
    yield made
    made.remove()


@pytest.fixture
def kiosks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Makes kiosks of one hospital on one database."""
    monkeypatch.setenv("FLEET_KEY", KEY)
    archive = PaperArchive([exam(WANG, "A0001", 1), exam(WANG, "A0002", 2)])
    with ExitStack() as stack:

        def make(url: str, number: int, **report: Any) -> Storyboard:
            kiosk = {"id": f"kiosk-{number}", "pseudonym_key": "env:FLEET_KEY"}
            home = tmp_path / str(number)
            return stack.enter_context(at_kiosk(home, archive, 2, ledger={"url": url}, kiosk=kiosk, report=report))

        yield make


def test_case_62_two_kiosks_one_person_one_copy(cluster: Cluster, kiosks: Any) -> None:
    url = cluster.database()
    here, there = kiosks(url, 1), kiosks(url, 2)
    for person in (here, there):
        person.proves("A0001", ANSWER)
    here.does(on.PrintReports())
    there.does(on.PrintReports())
    for person in (here, there):
        assert person.loop.run_until(lambda p=person: p.view.screen in ("done", "trouble"), 30)  # type: ignore[misc]
    assert len(here.printed()) + len(there.printed()) == 2, "two reports, one copy of each, wherever"
    for person in (here, there):
        person.does(on.Finish())
        person.proves("A0001", ANSWER)
        assert [card["chip"]["text"] for card in person.view.body["cards"]] == ["已打印", "已打印"]
    assert here.application.adapters.ledger.verify() is None


def test_tries_and_lock_outs_hold_across_kiosks(cluster: Cluster, kiosks: Any) -> None:
    url = cluster.database()
    here, there = kiosks(url, 1), kiosks(url, 2)
    for person, wrong in ((here, 3), (there, 2)):
        person.holds("A0001")
        person.sees("confirm")
        for _ in range(wrong):
            person.answers(WRONG)
    assert isinstance(there.state, at.Failed) and there.state.fault is FaultCode.IDENTITY_LOCKED
    here.answers(ANSWER)
    assert isinstance(here.state, at.Failed) and here.state.fault is FaultCode.IDENTITY_LOCKED, "the right answer too"


def test_a_database_that_stops_in_a_visit_and_comes_back(own_cluster: Cluster, kiosks: Any) -> None:
    person = kiosks(own_cluster.database(), 1, seconds_per_sheet=0.5)
    person.proves("A0001", ANSWER)
    person.does(on.PrintReports())
    person.sees("printing", lambda v: v.body["done"] >= 1)
    own_cluster.stop("immediate")
    person.sees("trouble")
    assert person.state.fault is FaultCode.STORE_UNAVAILABLE
    assert len(person.printed()) == 1, "the job under way came out; the next was not sent without a journal"
    assert person.view.body["happened"] and person.view.body["next"]
    person.does(on.ShowQr())
    assert person.view.screen in ("trouble", "qr")
    person.does(on.Finish())
    person.looks_around()
    assert person.sees("closed").headline and health_of(person.application.supervisor.check()).store
    person.does(on.Begin(), on.TypeNumber())
    assert person.view.screen == "closed", "nothing is offered that needs the journal"
    own_cluster.start()
    person.application.reconcile()
    person.looks_around()
    person.sees("attract")
    person.proves("A0001", ANSWER)
    assert [c["chip"]["text"] for c in person.view.body["cards"]].count("已打印") == 1
    person.does(on.PrintReports())
    person.sees("done")
    assert len(person.printed()) == 2, "each report once"


def test_a_database_that_stops_between_visits_and_comes_back(own_cluster: Cluster, kiosks: Any) -> None:
    person = kiosks(own_cluster.database(), 1)
    own_cluster.stop("fast")
    person.looks_around()
    assert "服务" in person.sees("closed").headline and person.view.body["reasons"]
    own_cluster.start()
    person.looks_around()
    person.sees("attract")
    person.proves("A0001", ANSWER)
    person.does(on.PrintReports())
    person.sees("done")
