"""The composition root: each adapter can be given, what is given is what is used, and everything is let go of."""

from __future__ import annotations

import inspect
import threading
from pathlib import Path

import pytest

from kiosk.bootstrap import Adapters, Application, Outlets, Services
from kiosk.bootstrap import kiosk as root
from kiosk.domain.exam import Exam, Report
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.health import Health
from kiosk.domain.person.identity import IdentityFacts
from kiosk.domain.trail import AuditRecord, EventKind
from kiosk.ports.probe import Finding
from kiosk.services.machine.supervisor import Supervisor
from kiosk.session import effects as do
from kiosk.session import events as on
from tests.support.paper import ANSWER, WANG, PaperArchive, at_kiosk, exam


class Sink:
    """kiosk.ports.audit.AuditSink in memory."""

    def __init__(self) -> None:
        self.kept: list[AuditRecord] = []

    def append(self, record: AuditRecord) -> int:
        self.kept.append(record)
        return len(self.kept)


class Drawer:
    """kiosk.ports.reports.ReportSource: reports of an information system. `gone`: none is there any more."""

    def __init__(self, gone: bool = False) -> None:
        self.asked: list[str] = []
        self._gone = gone

    def find(self, exam: Exam) -> tuple[Report, ...]:
        return exam.reports

    def document(self, exam: Exam, report: Report) -> bytes:
        self.asked.append(report.instance_uid)
        if self._gone:
            raise KioskError(FaultCode.REPORT_UNREADABLE, "gone")
        return b"a report"


class Register:
    """kiosk.ports.directory.Directory that knows another telephone than the study's record."""

    def facts(self, patient_id: str, hint: IdentityFacts) -> IdentityFacts:
        return IdentityFacts(patient_id, hint.name, "", None, "13500009999")


def test_events_go_to_the_sink_that_was_given(tmp_path: Path) -> None:
    sink = Sink()
    with at_kiosk(tmp_path, PaperArchive([exam()]), adapters={"sink": sink}) as person:
        person.proves("A0001", ANSWER)
        person.does(on.PrintReports())
        person.sees("done")
        kinds = [record.kind for record in sink.kept]
        assert EventKind.VISIT_OPENED in kinds and EventKind.DOCUMENT_PRINTED in kinds
        assert person.audited() == [], "the ledger's own trail is not written beside it"


def test_reports_come_from_the_source_that_was_given(tmp_path: Path) -> None:
    drawer, archive = Drawer(), PaperArchive([exam()])
    with at_kiosk(tmp_path, archive, adapters={"reports": drawer}) as person:
        person.proves("A0001", ANSWER)
        person.does(on.PrintReports())
        person.sees("done")
    assert set(drawer.asked) == {exam().reports[0].instance_uid}, "its pages are counted first, then it is printed"


def test_a_report_that_its_source_has_lost_is_said(tmp_path: Path) -> None:
    with at_kiosk(tmp_path, PaperArchive([exam()]), adapters={"reports": Drawer(gone=True)}) as person:
        person.proves("A0001", ANSWER)
        person.does(on.PrintReports())
        person.sees("trouble")
        assert person.state.fault is FaultCode.REPORT_UNREADABLE


def test_who_is_asked_what_comes_from_the_directory_that_was_given(tmp_path: Path) -> None:
    with at_kiosk(tmp_path, PaperArchive([exam(WANG)]), adapters={"directory": Register()}) as person:
        person.holds("A0001")
        view = person.sees("confirm")
        assert view.body["question"] == "phone-last-four"


def test_closing_lets_go_of_the_archive(tmp_path: Path) -> None:
    archive = PaperArchive([exam()])
    with at_kiosk(tmp_path, archive):
        assert not archive.closed
    assert archive.closed


def test_every_effect_has_its_row(tmp_path: Path) -> None:
    """Sound, CancelWork and Wipe are carried out at once, all others on a lane."""
    effects = {one for one in vars(do).values() if inspect.isclass(one) and one.__module__ == do.__name__}
    with at_kiosk(tmp_path, PaperArchive()) as person:
        rows = set(person.application.runner._works)
    assert rows == effects - {do.Sound, do.CancelWork, do.Wipe}


def test_whoever_saw_something_fail_wakes_the_supervisor() -> None:
    """The wait between looks is half a minute; the test ends at once."""
    wake, told = threading.Event(), list[Health]()
    findings: list[str] = []
    both = threading.Event()

    class Probe:
        name = "archive"

        def check(self) -> Finding:
            fault = FaultCode.ARCHIVE_UNREACHABLE if findings else None
            return Finding("archive", fault is None, "", fault)

    def tell(health: Health) -> None:
        told.append(health)
        if len(told) == 1:
            findings.append("down")
            wake.set()
        else:
            both.set()

    supervisor = Supervisor([Probe()], tell=tell, wake=wake)
    supervisor.start()
    assert both.wait(20)
    supervisor.close()
    assert told == [Health(), Health(archive=FaultCode.ARCHIVE_UNREACHABLE)]


@pytest.mark.parametrize("made", [Adapters, Services, Application, Outlets])
def test_nothing_is_set_after_it_was_wired(made: type) -> None:
    assert made.__dataclass_params__.frozen  # type: ignore[attr-defined]


def test_the_wiring_asks_no_adapter_for_its_class() -> None:
    places = [Path(inspect.getfile(root)).parent, Path(inspect.getfile(Supervisor)).parents[1]]
    source = "".join(file.read_text(encoding="utf-8") for place in places for file in place.rglob("*.py"))
    asked = [line.strip() for line in source.splitlines() if "isinstance(" in line]
    assert asked == ["whole = wish.document if isinstance(wish.document, Path) else wish.document(reservation)"]
