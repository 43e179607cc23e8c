"""The print service against a printer that does what the test says, with the real journal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.adapters.sql import SqlLedger
from kiosk.config import PrinterSettings
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.sheets.media import pwg_media
from kiosk.domain.sheets.printing import DocumentKind, JobStatus, Order, PrinterStatus, Recall, Reservation, SheetState
from kiosk.services.printing.print_service import PrintResult, PrintService, PrintWish
from tests.support.scripted import HandClock, ScriptedPrinter

P, M, U = SheetState.PRINTED, SheetState.MISSING, SheetState.UNCERTAIN
A4, A3 = pwg_media("iso_a4_210x297mm"), pwg_media("iso_a3_297x420mm")
ORDER = Order("document", "subject", DocumentKind.REPORT, copy=1, sheets=4)


class Bench:
    """A service with all its parts within reach."""

    def __init__(self, home: Path, **settings: object) -> None:
        self.home = home
        self.ledger = SqlLedger(f"sqlite:///{home}/ledger.sqlite")
        self.printer = ScriptedPrinter()
        self.clock = HandClock()
        self.heard: list[tuple[int, int, FaultCode | None]] = []
        self.extracted: list[tuple[int, int]] = []
        self.service = PrintService(
            self.ledger,
            self.printer,
            PrinterSettings(stall_s=90, refill_s=180, **settings),  # type: ignore[arg-type]
            self.clock,
            self._extract,
            self.clock.sleep,
        )

    def _extract(self, source: Path, _target: Path, first: int, count: int) -> Path:
        self.extracted.append((first, count))
        return source

    def wish(self) -> PrintWish:
        return PrintWish(self.home / "document.pdf", A4)

    def print(self, order: Order = ORDER) -> PrintResult:
        return self.service.print_document("visit", "kiosk-1", order, self.wish(), self._hear)

    def _hear(self, done: int, total: int, waiting: FaultCode | None) -> None:
        self.heard.append((done, total, waiting))

    def complete_at(self, seconds: float, sheets: int | None = 4) -> None:
        self.clock.at(seconds, lambda: self.printer.now_job(status=JobStatus.COMPLETED, sheets=sheets))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.ledger.close()


def states(result: PrintResult) -> tuple[SheetState, ...]:
    assert result.reservation is not None
    return result.reservation.states


def test_a_smooth_job_is_printed_once_and_settled(bench: Bench) -> None:
    for second in (1, 2, 3):
        bench.clock.at(second, lambda n=second: bench.printer.now_job(sheets=n))  # type: ignore[misc]
    bench.complete_at(4)
    result = bench.print()
    assert result.fault is None and states(result) == (P,) * 4
    assert bench.ledger.deliveries(["document"])[0].state == "printed"
    assert [done for done, _, _ in bench.heard][-1] == 4 and len(bench.printer.submitted) == 1
    assert bench.printer.submitted[0][1].job_name == result.reservation.serial  # type: ignore[union-attr]


def test_case_24_offline_at_start_takes_nothing(bench: Bench) -> None:
    bench.printer.now(status=PrinterStatus.GONE)
    assert bench.print() == PrintResult(None, FaultCode.PRINTER_OFFLINE)
    assert bench.ledger.copies("document") == 0 and not bench.printer.submitted


def test_case_25_empty_before_the_job_is_refused_before_taking_anything(bench: Bench) -> None:
    bench.printer.now("media-empty-error", status=PrinterStatus.STOPPED)
    assert bench.print() == PrintResult(None, FaultCode.MEDIA_EMPTY)
    assert bench.ledger.copies("document") == 0


def test_case_25_refilled_in_the_middle_goes_on(bench: Bench) -> None:
    bench.clock.at(1, lambda: bench.printer.now_job(sheets=2))
    bench.clock.at(2, lambda: bench.printer.now("media-empty-warning"))
    bench.clock.at(170, lambda: bench.printer.now())
    bench.complete_at(175)
    result = bench.print()
    assert result.fault is None and states(result) == (P,) * 4
    assert (2, 4, FaultCode.MEDIA_EMPTY) in bench.heard and not bench.printer.cancelled
    assert bench.ledger.durations("report") == [], "a job that waited teaches no speed"


def test_case_25_not_refilled_is_cancelled_and_confirmed(bench: Bench) -> None:
    bench.clock.at(1, lambda: bench.printer.now_job(sheets=2))
    bench.clock.at(2, lambda: bench.printer.now("media-empty-error", status=PrinterStatus.STOPPED))
    result = bench.print()
    assert result.fault is FaultCode.MEDIA_EMPTY and states(result) == (P, P, M, M)
    assert 180 < bench.clock.seconds < 200 and len(bench.printer.cancelled) == 1


def test_case_25_cancel_without_confirmation_is_uncertain(bench: Bench) -> None:
    bench.printer.cancels = False
    bench.clock.at(1, lambda: bench.printer.now_job(sheets=2))
    bench.clock.at(2, lambda: bench.printer.now("media-empty-error", status=PrinterStatus.STOPPED))
    result = bench.print()
    assert result.fault is FaultCode.PRINT_UNCERTAIN and states(result) == (P, P, U, U)


def test_case_26_jam_leaves_the_sheet_in_the_rollers_uncertain(bench: Bench) -> None:
    bench.clock.at(1, lambda: bench.printer.now_job(sheets=1))
    bench.clock.at(2, lambda: bench.printer.now("media-jam-error", status=PrinterStatus.STOPPED))
    result = bench.print()
    assert result.fault is FaultCode.PRINT_UNCERTAIN and states(result) == (P, U, M, M)


def test_case_26_only_the_missing_sheets_are_printed_after_staff_looked(bench: Bench) -> None:
    bench.clock.at(1, lambda: bench.printer.now_job(sheets=1))
    bench.clock.at(2, lambda: bench.printer.now("media-jam-error", status=PrinterStatus.STOPPED))
    jammed = bench.print().reservation
    assert jammed is not None
    assert bench.service.remaining(ORDER) == (replace(ORDER, first_sheet=3, sheets=2),), "2 is uncertain: not offered"
    settled = bench.service.settle_by_staff(jammed.serial, printed=(), actor="nurse")
    assert settled.states == (P, M, M, M) and bench.service.remaining(ORDER)[0].first_sheet == 2
    bench.printer.now()
    bench.printer.now_job(status=JobStatus.PROCESSING, sheets=0)
    bench.complete_at(bench.clock.seconds + 5, sheets=3)
    result = bench.print(bench.service.remaining(ORDER)[0])
    assert states(result) == (P, P, P) and bench.extracted[-1] == (2, 3)
    assert bench.service.remaining(ORDER) == () and bench.print().fault is FaultCode.ALREADY_PRINTED


def test_staff_settles_by_the_numbers_on_the_paper(bench: Bench) -> None:
    bench.printer.forgets = True
    bench.printer.submit_error = KioskError(FaultCode.PRINT_UNCERTAIN)
    uncertain = bench.print(replace(ORDER, first_sheet=3, sheets=3)).reservation
    assert uncertain is not None and uncertain.states == (U, U, U)
    bench.service.settle_by_staff(uncertain.serial, printed=(3, 5), actor="nurse")
    assert bench.ledger.reservation(uncertain.serial).states == (P, M, P)  # type: ignore[union-attr]
    assert [(o.first_sheet, o.sheets) for o in bench.service.remaining(replace(ORDER, sheets=6))] == [
        (1, 2), (4, 1), (6, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("reason", "fault"),
    [
        ("door-open-error", FaultCode.DOOR_OPEN),
        ("marker-supply-empty-error", FaultCode.SUPPLY_EMPTY),
        ("input-tray-missing", FaultCode.TRAY_MISSING),
        ("spool-area-full-error", FaultCode.PRINTER_BUSY),
        ("paused", FaultCode.PRINTER_STOPPED),
        ("martian-dust-error", FaultCode.PRINTER_FAULT),
    ],
)
def test_case_27_each_reason_has_its_fault_before_and_during(bench: Bench, reason: str, fault: FaultCode) -> None:
    bench.clock.at(1, lambda: bench.printer.now_job(sheets=0))
    bench.clock.at(1, lambda: bench.printer.now(reason))
    result = bench.print()
    assert result.fault in (fault, FaultCode.PRINT_UNCERTAIN) and any(heard[2] is fault for heard in bench.heard)
    assert bench.service.preflight() is fault
    assert bench.print(replace(ORDER, copy=2)) == PrintResult(None, fault)


def test_case_27_low_toner_stops_nobody(bench: Bench) -> None:
    bench.printer.now("toner-low-warning", "media-low-report", "marker-supply-empty-report", status=PrinterStatus.IDLE)
    bench.complete_at(1)
    assert bench.print().fault is None


def test_case_27_a_warning_explains_why_nothing_moves(bench: Bench) -> None:
    bench.clock.at(1, lambda: bench.printer.now_job(sheets=1))
    bench.clock.at(1, lambda: bench.printer.now("marker-supply-empty-warning"))
    result = bench.print()
    assert (1, 4, FaultCode.SUPPLY_EMPTY) in bench.heard and states(result) == (P, U, M, M)
    assert bench.clock.seconds < 60, "a sheet takes four seconds here"


def test_case_27_a_warning_while_paper_comes_out_stops_nobody(bench: Bench) -> None:
    bench.printer.now("marker-supply-empty-warning", status=PrinterStatus.IDLE)
    for second in (5, 10, 15):
        bench.clock.at(second, lambda n=second // 5: bench.printer.now_job(sheets=n))  # type: ignore[misc]
    bench.complete_at(20)
    assert bench.print().fault is None and {heard[2] for heard in bench.heard} == {None}


def test_case_28_spooler_down_before_the_job_leaves_no_open_entry(bench: Bench) -> None:
    bench.printer.submit_error = KioskError(FaultCode.SPOOLER_DOWN)
    assert bench.print().fault is FaultCode.SPOOLER_DOWN
    assert bench.ledger.unsettled() == [] and bench.service.remaining(ORDER) == (ORDER,)
    bench.printer.error = KioskError(FaultCode.SPOOLER_DOWN)
    assert bench.print() == PrintResult(None, FaultCode.SPOOLER_DOWN)


def test_case_29_spooler_killed_and_job_forgotten_is_uncertain(bench: Bench) -> None:
    bench.clock.at(1, lambda: setattr(bench.printer, "error", KioskError(FaultCode.SPOOLER_DOWN)))
    bench.clock.at(9, lambda: setattr(bench.printer, "error", None))
    bench.clock.at(9, lambda: bench.printer.now_job(status=JobStatus.UNKNOWN, sheets=None))
    result = bench.print()
    assert result.fault is FaultCode.PRINT_UNCERTAIN and states(result) == (U,) * 4
    assert len(bench.printer.submitted) == 1


def test_case_30_printer_that_vanishes_is_uncertain_after_the_stall_time(bench: Bench) -> None:
    bench.clock.at(1, lambda: bench.printer.now(status=PrinterStatus.GONE))
    result = bench.print()
    assert states(result) == (U,) * 4 and 90 < bench.clock.seconds < 120


def test_case_30_silence_is_uncertain_after_the_stall_time(bench: Bench) -> None:
    bench.printer.cancels = False
    bench.clock.at(5, lambda: bench.printer.now_job(sheets=1))
    result = bench.print()
    assert states(result) == (P, U, U, U) and 95 < bench.clock.seconds < 120


def test_case_31_wrong_media_is_refused_unless_the_printer_lies_about_it(bench: Bench, tmp_path: Path) -> None:
    bench.printer.now(status=PrinterStatus.IDLE, media_ready=(A3,))
    assert bench.print() == PrintResult(None, FaultCode.WRONG_MEDIA)
    liar = Bench(tmp_path / "liar", trust_media_ready=False)
    liar.printer.now(status=PrinterStatus.IDLE, media_ready=(A3,))
    liar.complete_at(1)
    assert liar.print().fault is None
    liar.ledger.close()


def test_case_32_success_with_an_unmoved_counter_is_uncertain(bench: Bench) -> None:
    bench.printer.now(status=PrinterStatus.IDLE, impressions=1000)
    bench.complete_at(2, sheets=None)
    assert states(bench.print()) == (U,) * 4


def test_case_32_a_counter_that_moves_late_is_waited_for(bench: Bench) -> None:
    bench.printer.now(status=PrinterStatus.IDLE, impressions=1000)
    bench.complete_at(2, sheets=None)
    bench.clock.at(4, lambda: bench.printer.now(impressions=1004))
    assert states(bench.print()) == (P,) * 4


def test_case_32_a_printer_that_counts_wrongly_is_not_asked(tmp_path: Path) -> None:
    bench = Bench(tmp_path, trust_counter=False)
    bench.printer.now(status=PrinterStatus.IDLE, impressions=1000)
    bench.complete_at(2, sheets=0)
    assert states(bench.print()) == (P,) * 4
    bench.ledger.close()


def test_case_33_foreign_jobs_before_ours_are_told_and_waited_for(bench: Bench) -> None:
    bench.printer.now(status=PrinterStatus.PROCESSING, queued=3)
    bench.printer.now_job(status=JobStatus.PENDING)
    bench.clock.at(60, lambda: bench.printer.now_job(status=JobStatus.PROCESSING))
    bench.complete_at(65)
    assert bench.print().fault is None and (0, 4, FaultCode.PRINTER_BUSY) in bench.heard


def test_case_33_a_queue_that_does_not_move_gives_the_job_back(bench: Bench) -> None:
    bench.printer.now(status=PrinterStatus.PROCESSING, queued=3)
    bench.printer.now_job(status=JobStatus.PENDING, sheets=None, recall=Recall.FORGOTTEN)
    result = bench.print()
    assert result.fault is FaultCode.PRINTER_BUSY and states(result) == (M,) * 4
    assert bench.service.remaining(ORDER) == (ORDER,)


def test_case_30_a_job_that_the_queue_took_back_after_it_began_is_not_called_missing(bench: Bench) -> None:
    bench.clock.at(1, lambda: bench.printer.now_job(sheets=1))
    bench.clock.at(2, lambda: bench.printer.now_job(status=JobStatus.PENDING, sheets=None, recall=Recall.FORGOTTEN))
    assert states(bench.print()) == (P, U, U, U)


class TestPowerCycle:
    """The printer is switched off and on in mid-job: it knows nothing of the job, and CUPS calls that completed."""

    def forget_at(self, bench: Bench, second: float, recall: Recall = Recall.FORGOTTEN) -> None:
        changes = {"status": JobStatus.COMPLETED, "sheets": None, "recall": recall}
        bench.clock.at(second, lambda: bench.printer.now_job(**changes))

    def test_case_30_what_it_had_counted_is_printed_and_the_rest_uncertain(self, bench: Bench) -> None:
        bench.clock.at(1, lambda: bench.printer.now_job(sheets=1))
        self.forget_at(bench, 3)
        result = bench.print()
        assert states(result) == (P, U, U, U) and result.fault is FaultCode.PRINT_UNCERTAIN

    def test_case_30_after_a_jam_with_nothing_out_nothing_is_printed(self, bench: Bench) -> None:
        bench.clock.at(1, lambda: bench.printer.now("media-jam-error", status=PrinterStatus.STOPPED))
        bench.clock.at(3, lambda: bench.printer.now(status=PrinterStatus.GONE))
        bench.clock.at(9, lambda: bench.printer.now(status=PrinterStatus.IDLE))
        self.forget_at(bench, 9)
        assert states(bench.print()) == (U,) * 4

    @pytest.mark.parametrize(("after", "expected"), [(1004, P), (1003, U), (1009, U), (2, U), (None, U)])
    def test_case_32_a_page_counter_proves_all_of_it_or_nothing(
        self, bench: Bench, after: int | None, expected: SheetState
    ) -> None:
        bench.printer.now(status=PrinterStatus.IDLE, impressions=1000)
        bench.clock.at(2, lambda: bench.printer.now(status=PrinterStatus.IDLE, impressions=after))
        self.forget_at(bench, 3)
        assert states(bench.print()) == (expected,) * 4

    def test_case_30_one_that_does_not_answer_at_the_end_is_asked_again(self, bench: Bench) -> None:
        self.forget_at(bench, 2, Recall.UNHEARD)
        bench.clock.at(3, lambda: bench.printer.now_job(sheets=4, recall=Recall.KNOWN))
        assert states(bench.print()) == (P,) * 4

    def test_case_30_one_that_never_answers_again_is_uncertain(self, bench: Bench) -> None:
        self.forget_at(bench, 2, Recall.UNHEARD)
        assert states(bench.print()) == (U,) * 4

    def test_one_that_cannot_be_asked_at_all_leaves_the_spoolers_word(self, bench: Bench) -> None:
        self.forget_at(bench, 2, Recall.MUTE)
        assert states(bench.print()) == (P,) * 4


def test_case_34_the_document_is_made_with_the_serial_that_names_the_job(bench: Bench) -> None:
    made: list[Reservation] = []

    def make(reservation: Reservation) -> Path:
        made.append(reservation)
        return bench.home / "stamped.pdf"

    bench.complete_at(1)
    result = bench.service.print_document("v", "k", ORDER, PrintWish(make, A4))
    assert result.reservation is not None and made[0].serial == result.reservation.serial
    assert bench.printer.submitted[0][1].job_name == made[0].serial


def test_a_document_that_cannot_be_made_frees_the_reservation(bench: Bench) -> None:
    def fail(_: Reservation) -> Path:
        raise KioskError(FaultCode.REPORT_UNREADABLE)

    result = bench.service.print_document("v", "k", ORDER, PrintWish(fail, A4))
    assert result.fault is FaultCode.REPORT_UNREADABLE and states(result) == (M,) * 4
    assert bench.service.remaining(ORDER) == (ORDER,) and not bench.printer.submitted


def test_case_35_ten_presses_make_one_job(bench: Bench) -> None:
    bench.complete_at(1)
    results = [bench.print() for _ in range(10)]
    assert [r.fault for r in results] == [None] + [FaultCode.ALREADY_PRINTED] * 9
    assert len(bench.printer.submitted) == 1


def test_two_sided_sheets_are_counted_by_their_impressions(bench: Bench) -> None:
    two_sided = replace(ORDER, sheets=2, impressions=2)
    bench.complete_at(2, sheets=3)  # three pages: the last sheet has one side
    result = bench.print(two_sided)
    assert states(result) == (P, P) and bench.printer.submitted[0][1].sides == "two-sided-long-edge"
    assert bench.extracted == [(1, 4)]


def test_two_sided_job_broken_off_after_three_pages_has_one_sheet(bench: Bench) -> None:
    bench.clock.at(1, lambda: bench.printer.now_job(sheets=3))
    bench.clock.at(2, lambda: bench.printer.now("media-jam-error"))
    assert states(bench.print(replace(ORDER, sheets=3, impressions=2))) == (P, U, M)


def test_cancelling_is_confirmed_and_honest(bench: Bench) -> None:
    asked = iter([False] * 10 + [True] * 10)
    bench.clock.at(1, lambda: bench.printer.now_job(sheets=2))
    result = bench.service.print_document("v", "k", ORDER, bench.wish(), cancelled=lambda: next(asked))
    assert states(result) == (P, P, U, M) and len(bench.printer.cancelled) == 1


def test_estimate_is_configured_first_and_learnt_later(bench: Bench) -> None:
    assert bench.service.estimate(3) == pytest.approx(12.0)
    times = iter(range(0, 10**6, 1))
    for copy, (sheets, seconds) in enumerate([(1, 5), (2, 7), (4, 11), (3, 90)], start=1):
        reservation = bench.ledger.reserve("v", "k", replace(ORDER, copy=copy, sheets=sheets))
        assert reservation is not None
        start = float(next(times) * 1000)
        for moment, act in ((start, "submit"), (start + seconds, "settle")):
            bench.ledger.store._now = lambda moment=moment: moment
            if act == "submit":
                bench.ledger.submitted(reservation.serial, "report", "")
            else:
                bench.ledger.settle(reservation.serial, [P] * sheets)
    assert bench.service.estimate(10) == pytest.approx(3 + 2 * 10, rel=0.2)


def test_case_61_limits_use_the_monotonic_clock(bench: Bench) -> None:
    bench.clock.at(1, lambda: bench.printer.now("media-empty-error"))
    bench.clock.at(2, lambda: setattr(bench.clock, "wall", bench.clock.wall.replace(year=1970)))
    bench.clock.at(50, lambda: bench.printer.now())
    bench.complete_at(60)
    assert bench.print().fault is None


class TestReconcile:
    """What is found out after the kiosk stopped in the middle."""

    def reserve(self, bench: Bench, marked: bool = True) -> Reservation:
        reservation = bench.ledger.reserve("visit", "kiosk-1", ORDER)
        assert reservation is not None
        if marked:
            bench.ledger.submitted(reservation.serial, "report", "")
        return reservation

    def test_case_55_never_handed_over_is_freed(self, bench: Bench) -> None:
        self.reserve(bench, marked=False)
        (result,) = bench.service.reconcile("kiosk-1")
        assert states(result) == (M,) * 4 and bench.service.remaining(ORDER) == (ORDER,)

    def test_case_55_handed_over_and_unknown_is_uncertain_and_stays_so(self, bench: Bench) -> None:
        self.reserve(bench)
        (result,) = bench.service.reconcile("kiosk-1")
        assert states(result) == (U,) * 4 and result.fault is FaultCode.PRINT_UNCERTAIN
        assert bench.service.reconcile("kiosk-1") == [] and bench.service.remaining(ORDER) == ()
        assert not bench.printer.submitted

    def test_case_55_running_job_is_adopted_and_followed(self, bench: Bench) -> None:
        serial = self.reserve(bench).serial
        bench.printer.now_job(job_id=f"7/{serial}", name=serial, sheets=1)
        bench.complete_at(3)
        (result,) = bench.service.reconcile("kiosk-1")
        assert states(result) == (P,) * 4 and not bench.printer.submitted

    def test_case_55_ended_job_is_taken_over(self, bench: Bench) -> None:
        serial = self.reserve(bench).serial
        bench.printer.now_job(job_id=f"7/{serial}", name=serial, status=JobStatus.ABORTED, sheets=1)
        (result,) = bench.service.reconcile("kiosk-1")
        assert states(result) == (P, U, M, M)

    def test_a_spooler_that_does_not_answer_keeps_it_open(self, bench: Bench) -> None:
        self.reserve(bench)
        bench.printer.error = KioskError(FaultCode.SPOOLER_DOWN)
        (result,) = bench.service.reconcile("kiosk-1")
        assert result.fault is FaultCode.SPOOLER_DOWN and len(bench.ledger.unsettled("kiosk-1")) == 1
        assert bench.print().fault is FaultCode.SPOOLER_DOWN

    def test_other_kiosks_and_queues_are_left_alone(self, bench: Bench) -> None:
        serial = self.reserve(bench).serial
        bench.ledger.submitted(serial, "film", "")
        assert bench.service.reconcile("kiosk-2") == [] and bench.service.reconcile("kiosk-1") == []
