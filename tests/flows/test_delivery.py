"""Handing out: what changed meanwhile is said, what was asked twice is printed once, clocks may jump."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.domain.exam import Exam, Report, ReportKind, ReportStatus
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.reasons import FilmReason
from kiosk.domain.sheets.printing import DocumentKind, Order, SheetState
from kiosk.ports.archive import InstanceRef
from kiosk.session import events as on
from kiosk.session import states as at
from kiosk.session.screens.view import View
from tests.support.paper import ANSWER, WANG, WRONG, PaperArchive, at_kiosk, exam, with_status
from tests.support.storyboard import Storyboard


@pytest.fixture
def archive() -> PaperArchive:
    return PaperArchive([exam(WANG, "A0001", 1)])


@pytest.fixture
def person(archive: PaperArchive, tmp_path: Path) -> Iterator[Storyboard]:
    with at_kiosk(tmp_path, archive) as made:
        yield made


def failed(person: Storyboard) -> tuple[FaultCode, View]:
    view = person.sees("trouble")
    assert isinstance(person.state, at.Failed)
    return person.state.fault, view


@pytest.mark.parametrize("status", [ReportStatus.PRELIMINARY, ReportStatus.CANCELLED])
def test_case_17_a_report_taken_back_at_the_last_moment(
    archive: PaperArchive, person: Storyboard, status: ReportStatus
) -> None:
    person.proves("A0001", ANSWER)
    archive.held[0] = with_status(archive.held[0], status)
    person.does(on.PrintReports())
    fault, view = failed(person)
    assert fault is FaultCode.REPORT_CHANGED and "收回修改" in view.headline
    assert "没有打印" in view.body["next"] and not person.printed()
    assert [e.details["fault"] for e in person.audited("document-missing")] == ["report-changed"]
    person.does(on.Retry())
    person.sees("list", lambda v: not v.body["loading"])
    assert not person.view.body["cards"][0]["pickable"]


def test_case_17_an_exam_that_is_gone(archive: PaperArchive, person: Storyboard) -> None:
    person.proves("A0001", ANSWER)
    archive.held.clear()
    person.does(on.PrintReports())
    assert failed(person)[0] is FaultCode.REPORT_CHANGED


def test_case_17_an_amended_report_is_printed_as_it_is_now(archive: PaperArchive, person: Storyboard) -> None:
    person.proves("A0001", ANSWER)
    before = archive.held[0]
    first = before.reports[0]
    newer = replace(first, instance_uid=f"{first.instance_uid}.2", version=2, chain=first.instance_uid)
    archive.held[0] = replace(before, reports=(first, newer))
    person.does(on.PrintReports())
    person.sees("done")
    names = person.application.services.pseudonyms
    ledger = person.application.adapters.ledger
    assert [d.state for d in ledger.deliveries([names.report(newer)])] == ["printed"]
    assert ledger.deliveries([names.report(first)]) == []


def test_case_17_held_while_the_patient_is_at_the_list(archive: PaperArchive, person: Storyboard) -> None:
    person.proves("A0001", ANSWER)
    person.application.adapters.ledger.hold(person.application.services.pseudonyms.study("2.25.1"), "other", "nurse")
    person.does(on.PrintReports())
    fault, view = failed(person)
    assert fault is FaultCode.HELD and "3 号窗口" in view.body["next"] and not person.printed()


def test_case_17_held_while_film_is_being_asked_for(archive: PaperArchive, person: Storyboard) -> None:
    person.proves("A0001", ANSWER)
    person.does(on.AskFilm(), on.ChooseReason(FilmReason.SURGERY))
    person.application.adapters.ledger.hold(person.application.services.pseudonyms.study("2.25.1"), "other", "nurse")
    person.does(on.PrintFilm())
    assert failed(person)[0] is FaultCode.HELD
    assert not person.printed("film") and not person.printed()


def test_case_17_printed_at_another_kiosk_meanwhile(archive: PaperArchive, tmp_path: Path) -> None:
    ledger = {"url": f"sqlite:///{tmp_path / 'shared.db'}"}
    (tmp_path / "key").write_text("ab" * 32)
    (tmp_path / "key").chmod(0o600)
    fleet = {"ledger": ledger, "kiosk": {"pseudonym_key": f"file:{tmp_path / 'key'}"}}
    with at_kiosk(tmp_path / "one", archive, **fleet) as one, at_kiosk(tmp_path / "two", archive, **fleet) as two:
        one.proves("A0001", ANSWER)
        two.proves("A0001", ANSWER)
        one.does(on.PrintReports())
        one.sees("done")
        two.does(on.PrintReports())
        fault, view = failed(two)
        assert fault is FaultCode.ALREADY_PRINTED and "3 号窗口" in view.body["next"]
        assert (len(one.printed()), len(two.printed())) == (1, 0)


def test_just_being_printed_at_another_kiosk_is_said_as_such(archive: PaperArchive, person: Storyboard) -> None:
    """The other kiosk begins while the patient stands at the list; a minute later its sheets are settled."""
    names, ledger = person.application.services.pseudonyms, person.application.adapters.ledger
    (report,) = archive.held[0].final_reports
    person.proves("A0001", ANSWER)
    ledger.open_visit("v-elsewhere", "k-other")
    elsewhere = Order(names.report(report), "s", DocumentKind.REPORT, 1, 1, serial="ELSE-0000-WHERE")
    assert ledger.reserve("v-elsewhere", "k-other", elsewhere)
    person.does(on.PrintReports())
    fault, view = failed(person)
    assert fault is FaultCode.PRINTING_ELSEWHERE and "一分钟" in view.body["next"]
    assert "窗口" not in view.body["next"] and not person.printed()
    person.does(on.Retry())
    card = person.sees("list", lambda v: not v.body["loading"]).body["cards"][0]
    assert card["chip"]["text"] == "正在打印" and "过一分钟再来" in card["why"] and not card["pickable"]
    ledger.settle("ELSE-0000-WHERE", [SheetState.PRINTED])
    person.does(on.Finish())
    person.proves("A0001", ANSWER)
    assert person.view.body["cards"][0]["chip"]["text"] == "已打印"


def test_one_exam_that_fails_does_not_hide_the_other(archive: PaperArchive, person: Storyboard) -> None:
    archive.held.append(exam(WANG, "A0002", 2))
    person.proves("A0001", ANSWER)
    archive.held[0] = with_status(archive.held[0], ReportStatus.PRELIMINARY)
    person.does(on.PrintReports())
    fault, view = failed(person)
    assert fault is FaultCode.REPORT_CHANGED and len(person.printed()) == 1
    assert view.body["printed"] == "已打印 1 张，共 1 张"


def test_case_18_two_reports_of_one_exam_are_listed_and_printed(archive: PaperArchive, person: Storyboard) -> None:
    archive.held[0] = exam(WANG, "A0001", 1, reports=2)
    person.proves("A0001", ANSWER)
    assert person.button("print-reports").text == "打印 2 份报告"
    person.does(on.PrintReports())
    person.sees("done")
    assert len(person.printed()) == 2


def test_case_18_a_report_that_comes_after_the_images(archive: PaperArchive, person: Storyboard) -> None:
    whole = archive.held[0]
    archive.held[0] = replace(whole, reports=())
    person.proves("A0001", ANSWER)
    assert person.view.primary is None and person.view.body["cards"][0]["chip"]["text"] == "报告书写中"
    person.does(on.Finish())
    archive.held[0] = whole
    person.proves("A0001", ANSWER)
    assert person.button("print-reports").enabled


def test_case_35_ten_touches_print_once(person: Storyboard) -> None:
    person.proves("A0001", ANSWER)
    for _ in range(10):
        person.does(on.PrintReports(), on.Touch())
    person.sees("done")
    person.does(*[on.Finish()] * 3)
    person.settles()
    assert len(person.printed()) == 1
    assert len(person.audited("document-printed")) == 1
    assert len(person.audited("visit-closed")) == 1


def test_the_qr_asked_for_again_and_again_leaves_the_lane_free_to_print(person: Storyboard) -> None:
    person.proves("A0001", ANSWER)
    for _ in range(8):
        person.does(on.ShowQr())
        person.sees("qr", lambda v: bool(v.body["matrix"]))
        person.does(on.Back())
    person.does(on.PrintReports())
    person.sees("done")
    assert len(person.printed()) == 1


def test_case_36_tomorrow_it_has_been_printed(person: Storyboard) -> None:
    person.proves("A0001", ANSWER)
    person.does(on.PrintReports())
    person.sees("done")
    person.does(on.Finish())
    person.clock.passed += 86_400
    person.proves("A0001", ANSWER)
    card = person.view.body["cards"][0]
    assert card["chip"]["text"] == "已打印" and "3 号窗口" in card["why"]


def test_case_36_two_copies_by_policy_and_no_third(archive: PaperArchive, tmp_path: Path) -> None:
    with at_kiosk(tmp_path, archive, reports={"copies": 2}) as person:
        for _ in range(2):
            person.proves("A0001", ANSWER)
            person.does(on.PrintReports())
            person.sees("done")
            person.does(on.Finish())
        person.proves("A0001", ANSWER)
        assert person.view.body["cards"][0]["chip"]["text"] == "已打印"
        assert len(person.printed()) == 2


JUMPS = [timedelta(hours=-1), timedelta(days=1), timedelta(days=-365 * 56), timedelta(days=365 * 12)]


@pytest.mark.parametrize("jump", JUMPS, ids=["-1h", "+1d", "1970", "2038"])
def test_case_61_a_clock_that_jumps_changes_neither_limits_nor_the_visit(person: Storyboard, jump: timedelta) -> None:
    person.holds("A0001")
    person.sees("confirm")
    person.answers(WRONG)
    person.answers(WRONG)
    person.clock.jump = jump
    person.does(on.Answer(ANSWER))
    early = person.sees("confirm", lambda v: not v.body["checking"])
    assert early.body["wait_s"] > 0, "the wait is measured by a clock that only goes forward"
    person.answers(ANSWER)
    person.sees("list", lambda v: not v.body["loading"])
    person.does(on.PrintReports())
    person.sees("done")
    assert len(person.printed()) == 1
    assert person.application.adapters.ledger.verify() is None


def test_a_printer_that_was_never_configured_is_said(archive: PaperArchive, tmp_path: Path) -> None:
    with at_kiosk(tmp_path, archive, report={"kind": "none"}) as person:
        person.proves("A0001", ANSWER)
        assert person.view.body["notice"] == "纸质打印暂停，可改用手机查看"
        assert person.view.sub == "没有找到打印机", "nobody is told to touch Print while it cannot be touched"
        assert not person.button("print-reports").enabled


def test_case_18_reports_named_by_nobody(archive: PaperArchive, person: Storyboard) -> None:
    """A structured report beside its PDF is not a second one."""
    one = archive.held[0]
    archive.held[0] = replace(one, reports=(*one.reports, _structured(one)))
    person.proves("A0001", ANSWER)
    assert person.button("print-reports").text == "打印 1 份报告"


def _structured(one: Exam) -> Report:
    return Report(one.study_uid, f"{one.study_uid}.8", f"{one.study_uid}.8.1", ReportKind.STRUCTURED,
                  ReportStatus.FINAL, 2)  # fmt: skip


def test_the_archive_that_fails_just_before_printing(archive: PaperArchive, person: Storyboard) -> None:
    person.proves("A0001", ANSWER)

    def gone(query: object, found: list[Exam]) -> list[Exam]:
        raise KioskError(FaultCode.ARCHIVE_UNREACHABLE)

    archive.lie = gone
    person.does(on.PrintReports())
    fault, view = failed(person)
    assert fault is FaultCode.ARCHIVE_UNREACHABLE and [a for a in view.secondary if a.id == "retry"]
    assert len(person.audited("document-missing")) == 1 and not person.audited("service-failed", "visit-failed")


class ListingArchive(PaperArchive):
    """Remembers which series were asked for their instances."""

    asked: list[str]

    def instances(self, study_uid: str, series_uid: str) -> list[InstanceRef]:
        self.asked.append(series_uid)
        return super().instances(study_uid, series_uid)


def test_what_a_film_needs_first_is_asked_for_while_the_list_is_read_and_only_after_proof(tmp_path: Path) -> None:
    archive = ListingArchive([exam(WANG, "A0001", 1), exam(WANG, "A0002", 2)])
    archive.asked = []
    with at_kiosk(tmp_path, archive) as person:
        person.holds("A0001")
        person.sees("confirm")
        person.answers(WRONG)
        assert archive.asked == [], "nothing before proof"
        person.answers(ANSWER)
        person.sees("list", lambda v: not v.body["loading"])
        assert person.loop.run_until(lambda: archive.asked == ["2.25.1.1", "2.25.2.1"], 30), "the scanned exam first"
        person.does(on.AskFilm(), on.ChooseReason(FilmReason.OTHER_HOSPITAL), on.PrintFilm())
        person.sees("done")
        assert archive.asked == ["2.25.1.1", "2.25.2.1"], "the film needed no further list"
        person.does(on.Finish())
        person.proves("A0001", ANSWER)
        assert person.loop.run_until(lambda: len(archive.asked) == 4, 30), "the next visit asks anew"


def test_a_series_that_has_grown_since_is_listed_again(tmp_path: Path) -> None:
    archive = ListingArchive([exam(WANG, "A0001", 1)])
    archive.asked = []
    with at_kiosk(tmp_path, archive) as person:
        person.proves("A0001", ANSWER)
        assert person.loop.run_until(lambda: len(archive.asked) == 1, 30)
        grown = replace(archive.held[0].series[0], images=4)
        archive.held[0] = replace(archive.held[0], series=(grown,))
        person.does(on.AskFilm(), on.ChooseReason(FilmReason.OTHER_HOSPITAL), on.PrintFilm())
        person.sees("done")
        assert len(archive.asked) == 2
def test_reports_and_film_have_one_total_and_one_time_from_the_first_sheet_on(
    archive: PaperArchive, tmp_path: Path
) -> None:
    archive.held[0] = exam(WANG, "A0001", 1, reports=2)
    with at_kiosk(tmp_path, archive) as person:
        person.proves("A0001", ANSWER)
        person.does(on.AskFilm(), on.ChooseReason(FilmReason.SURGERY), on.PrintFilm())
        person.sees("done")
        told = [event for event in person.told if isinstance(event, on.PrintProgress)]
        assert {event.kind for event in told} == {"report", "film"}
        sheets = len(person.printed()) + len(person.printed("film"))
        assert {event.total for event in told} == {sheets}, "known before the first sheet, and never another"
        assert [event.done for event in told] == sorted(event.done for event in told) and told[-1].done == sheets
        film_s = person.application.services.printing[DocumentKind.FILM].estimate(1)
        assert all(event.eta_s >= film_s for event in told if event.kind == "report"), "the film is still to come"
