"""What may be handed out now: final reports only, once per version and copy, inside the window, not held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from kiosk.domain.exam import Exam, HandedOut, ListedExam, Readiness, Report, ReportStatus
from kiosk.domain.orders import DeliveryMode

OPEN_STATES = ("open", "uncertain")
# No print run takes so long; what is still open then was left by a kiosk that stopped, and somebody has to look.
LONGEST_RUN = timedelta(minutes=15)


@dataclass(frozen=True)
class DeliveryRules:
    """The hospital's rules."""

    window_days: int = 0  # no limit
    wait_minutes: int = 0
    copies: int = 1
    film_wait_minutes: int = 0


@dataclass(frozen=True)
class Known:
    """What the ledger knows of one exam: is it held, and what became of each report (by instance UID) and the film."""

    held: bool = False
    deliveries: Mapping[str, Sequence[HandedOut]] = field(default_factory=dict)
    film: Sequence[HandedOut] = ()

    def of(self, report: Report) -> Sequence[HandedOut]:
        """Deliveries of one report version."""
        return self.deliveries.get(report.instance_uid, ())


def list_exam(exam: Exam, known: Known, rules: DeliveryRules, now: datetime) -> ListedExam:
    """Where the exam stands, and which report versions are still to be handed out."""
    delivered = tuple(d for report in exam.reports for d in known.of(report))
    film_printed = any(d.state in ("printed", *OPEN_STATES) for d in known.film)
    film_running = any(running(d, now) for d in known.film)
    readiness, due = _readiness(exam, known, rules, now)
    allowed = _film_allowed(exam, rules, now)
    return ListedExam(exam, readiness, due, delivered, film_printed, film_running, allowed, _signed(exam, rules, now))


def _film_allowed(exam: Exam, rules: DeliveryRules, now: datetime) -> bool:
    """By delivery mode and waiting time; staff's holds and the window are the readiness's."""
    if exam.mode in (DeliveryMode.REPORT, DeliveryMode.NEVER):
        return False
    if exam.mode is DeliveryMode.BOTH and not any(_waited(report, rules, now) for report in exam.final_reports):
        return False
    wait = timedelta(minutes=rules.film_wait_minutes)
    return not wait or exam.taken is None or exam.taken + wait <= now


def _signed(exam: Exam, rules: DeliveryRules, now: datetime) -> datetime | None:
    """When a signed report's waiting time is over; None where nothing waits."""
    waiting = [report.written for report in exam.final_reports if report.written and not _waited(report, rules, now)]
    return min(waiting) + timedelta(minutes=rules.wait_minutes) if waiting else None


def _readiness(exam: Exam, known: Known, rules: DeliveryRules, now: datetime) -> tuple[Readiness, tuple[Report, ...]]:
    if known.held or exam.withheld or exam.mode is DeliveryMode.NEVER:
        return Readiness.HELD, ()
    if rules.window_days and exam.taken and exam.taken < now - timedelta(days=rules.window_days):
        return Readiness.OUTSIDE_WINDOW, ()
    if exam.mode is DeliveryMode.FILM:
        return Readiness.FILM_ONLY, ()
    final = tuple(r for r in exam.final_reports if _waited(r, rules, now))
    if not final:
        return _not_ready(exam), ()
    unsettled = [d for r in final for d in known.of(r) if d.state in OPEN_STATES]
    if unsettled:
        return (Readiness.PRINTING if all(running(d, now) for d in unsettled) else Readiness.UNCERTAIN), ()
    due = tuple(r for r in final if sum(d.state == "printed" for d in known.of(r)) < rules.copies)
    if not due:
        return Readiness.PRINTED, ()
    return (Readiness.AMENDED if _earlier_version_printed(exam, due, known) else Readiness.READY), due


def running(delivery: HandedOut, now: datetime) -> bool:
    """True for a print that was begun a little while ago; another kiosk's clock may be a little ahead."""
    return delivery.state == "open" and abs(now - delivery.when) < LONGEST_RUN


def _waited(report: Report, rules: DeliveryRules, now: datetime) -> bool:
    """Without a waiting time the clock is not asked: a skewed one must not hide a signed report (matrix case 61)."""
    return (
        not rules.wait_minutes
        or report.written is None
        or report.written + timedelta(minutes=rules.wait_minutes) <= now
    )


def _not_ready(exam: Exam) -> Readiness:
    if any(r.status is ReportStatus.PRELIMINARY for r in exam.reports) or exam.final_reports:
        return Readiness.PRELIMINARY
    return Readiness.WAITING if exam.images else Readiness.REGISTERED


def _earlier_version_printed(exam: Exam, due: tuple[Report, ...], known: Known) -> bool:
    newest = {r.instance_uid for r in due}
    return any(d.state == "printed" for r in exam.reports if r.instance_uid not in newest for d in known.of(r))
