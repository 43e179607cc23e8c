"""A visitor who knows what they want: drives the engine as hands on the screens would."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kiosk.adapters.camera.pictures import load_picture
from kiosk.adapters.machine.system import Loop
from kiosk.adapters.symbols import CascadeReader, grey_of
from kiosk.bootstrap import Application, Outlets
from kiosk.cli import common
from kiosk.domain.exam import REFUSALS, ListedExam
from kiosk.domain.faults import FaultCode
from kiosk.domain.person.codes import Claim
from kiosk.domain.person.identity import ANSWER_LENGTH, Question, normalise_answer
from kiosk.domain.reasons import FilmReason, Relation
from kiosk.domain.visit import TaskResult
from kiosk.services.machine.supervisor import health_of
from kiosk.session import events as on
from kiosk.session import rows
from kiosk.session import states as at
from kiosk.session.facts import Facts

VISIT_S = 1800.0
IDENTITY = (
    FaultCode.IDENTITY_REFUSED,
    FaultCode.IDENTITY_LOCKED,
    FaultCode.IDENTITY_AT_DESK,
    FaultCode.PATIENT_COLLISION,
)
NOTHING = (
    FaultCode.NOTHING_FOUND,
    FaultCode.NOTHING_READY,
    FaultCode.REPORT_CHANGED,
    FaultCode.CODE_UNKNOWN,
    FaultCode.CODE_UNSEARCHABLE,
)
RULE = (
    FaultCode.ALREADY_PRINTED,
    FaultCode.PRINTING_ELSEWHERE,
    FaultCode.HELD,
    FaultCode.OUTSIDE_WINDOW,
    FaultCode.FILM_AT_DESK,
    FaultCode.FILM_NEVER,
)
EXITS = {
    **dict.fromkeys(IDENTITY, common.EXIT_IDENTITY),
    **dict.fromkeys(NOTHING, common.EXIT_NOTHING),
    **dict.fromkeys(RULE, common.EXIT_RULE),
    FaultCode.PRINT_UNCERTAIN: common.EXIT_UNCERTAIN,
}


@dataclass(frozen=True)
class Wish:
    """What the visitor will answer and wants to take away."""

    answer: str
    reports: bool = False
    film: str | None = None
    qr: bool = False


@dataclass
class JourneyRecord:
    """What is known of a visit afterwards; `fault` is what was missing, `exams` what the list showed last."""

    fault: FaultCode | None = None
    visit: str = ""
    exams: tuple[ListedExam, ...] = ()
    tasks: tuple[TaskResult, ...] = ()
    link: dict[str, Any] | None = None
    steps: list[dict[str, Any]] = field(default_factory=list)
    since: float = field(default_factory=time.monotonic)

    def step(self, name: str) -> dict[str, Any] | None:
        """Note the screen that stands now, with the milliseconds that the one before took; None where it still does."""
        if self.steps and self.steps[-1]["name"] == name:
            return None
        now = time.monotonic()
        self.steps.append({"name": name, "ms": round((now - self.since) * 1000, 1)})
        self.since = now
        return self.steps[-1]

    @property
    def outcome(self) -> str:
        """One word for how it ended; `refused` says what was missing of a visit that is partly delivered."""
        if self.partly:
            return "partly-delivered"
        return str(self.fault) if self.fault else "delivered"

    @property
    def partly(self) -> bool:
        """True where one thing was handed out and another was not; what staff must look at is never only that."""
        handed_out = self.link is not None or any(task.fault is None for task in self.tasks)
        return handed_out and self.fault not in (None, FaultCode.PRINT_UNCERTAIN)

    @property
    def exit_code(self) -> int:
        """What `kiosk journey` returns."""
        if self.partly:
            return common.EXIT_PARTLY
        return EXITS.get(self.fault, common.EXIT_SERVICE) if self.fault else common.EXIT_OK

    def summary(self) -> dict[str, Any]:
        """What `--json` prints."""
        return {
            "visit": self.visit,
            "outcome": self.outcome,
            "refused": self.fault,
            "exams": [_exam(e) for e in self.exams],
            "tasks": [_task(t) for t in self.tasks],
            "link": self.link,
            "steps": self.steps,
        }


class Visitor:
    """One visit, from presenting the code to the wiped kiosk; what came of it is in `record`."""

    def __init__(self, wire: Callable[[Outlets], Application], wish: Wish, told: bool = True) -> None:
        """`wire` gives the application that posts to the outlets."""
        self._wish = wish
        self._told = told
        self._loop = Loop()
        self._application = wire(Outlets(self._deliver))
        self.engine = self._application.engine(self._loop, self._look)
        self.record = JourneyRecord()
        self._wishes: deque[str] = deque()
        self._answered = self._listed = self._over = False
        self._acting: dict[type, Callable[[Any], None]] = {
            at.Scanning: self._scanning,
            at.Verifying: self._verifying,
            at.Relating: lambda _: self._deliver(on.TellRelation(Relation.SELF)),
            at.Listing: self._choosing,
            at.FilmRequest: self._film,
            at.ShowingQr: self._qr,
            at.Done: self._done,
            at.Failed: self._failed,
            at.OutOfService: self._closed,
        }

    def visit(self, code: str | None, picture: Path | None) -> int:
        """Go through the visit; returns the exit code of `kiosk journey`."""
        health = health_of(self._application.supervisor.check())
        self._loop.soon(lambda: self.engine.handle(on.HealthKnown(health)))
        if not health.closed:
            self._application.reconcile()
            claim = _presented(self._application, code, picture)
            self._loop.soon(lambda: self.engine.handle(on.CodePresented(claim)))
        if not self._loop.run_until(lambda: self._over, VISIT_S):
            self.record.fault = FaultCode.INTERNAL
        return self.record.exit_code

    def close(self) -> None:
        """Let go of everything."""
        self._application.close()

    # --- what happens, and what the visitor does ----------------------------------------------------------------
    def _deliver(self, event: on.Event) -> None:
        self._loop.soon(lambda: self.engine.handle(event))

    def _look(self) -> None:
        state = self.engine.state
        step = self.record.step(type(state).__name__.lower())
        if step and self._told:
            print(f"{step['ms']:9.1f} ms  {step['name']}: {self.engine.view().headline}")
        self.record.visit = at.token_of(state) or self.record.visit
        if isinstance(state, at.Idle) and self.record.visit:
            self._over = True
        action = self._acting.get(type(state))
        if action:
            action(state)

    def _closed(self, state: at.OutOfService) -> None:
        self.record.fault, self._over = state.reasons[0], True

    def _scanning(self, state: at.Scanning) -> None:
        if state.problem:
            self.record.fault = state.problem
            self._deliver(on.Finish())

    def _verifying(self, state: at.Verifying) -> None:
        if state.checking:
            return
        if self._answered and not state.wrong and state.wait_s:
            self._answered = False  # it came too early and was not looked at: give it again when the time has come
            self._loop.after(state.wait_s, lambda: self._verifying(state))
            return
        if self._answered:
            self.record.fault = FaultCode.IDENTITY_REFUSED
            self._deliver(on.Finish())
            return
        fits = self._fitting(state)
        if fits is not state.question:
            self._deliver(on.AskOther(fits))
            return
        self._answered = True
        self._deliver(on.Answer(self._wish.answer))

    def _fitting(self, state: at.Verifying) -> Question:
        """The question this answer is for, by its length; else the one that stands."""
        for question in (state.question, *state.questions):
            if len(normalise_answer(question, self._wish.answer)) == ANSWER_LENGTH[question]:
                return question
        return state.question

    def _choosing(self, state: at.Listing) -> None:
        self.record.exams = state.exams
        if not self._listed:
            self._listed = True
            self._plan(state)
        if not self._wishes:
            self._deliver(on.Finish())
            return
        if state.picked and not self._wish.reports:
            self._deliver(on.Pick(min(state.picked)))
            return
        wish = self._wishes.popleft()
        wanted: dict[str, on.Event] = {"qr": on.ShowQr(), "film": on.AskFilm(), "reports": on.PrintReports()}
        self._deliver(wanted[wish])

    def _plan(self, state: at.Listing) -> None:
        """What can be had of what is wished; the first refusal is the outcome, the rest is still done."""
        facts = Facts(self.engine.health, self.engine.policy)
        film = any(rows.may_film(e, facts) for e in state.exams)
        if self._wish.qr and any(rows.may_show(e) for e in state.exams):
            self._wishes.append("qr")
        if self._wish.film and film:
            self._wishes.append("film")
        elif self._wish.reports and state.picked:
            self._wishes.append("reports")
        if self._wish.film and not film:
            self.record.fault = _no_film(state.exams)
        wants_list_only = not (self._wish.reports or self._wish.film or self._wish.qr)
        if (self._wish.reports or wants_list_only) and not any(e.printable for e in state.exams):
            self.record.fault = refusal(state.exams)
        elif self._wish.reports and self.engine.health.report_printer:
            self.record.fault = self.engine.health.report_printer

    def _film(self, state: at.FilmRequest) -> None:
        reason = FilmReason(self._wish.film or FilmReason.OTHER)
        self._deliver(on.PrintFilm() if state.reason else on.ChooseReason(reason))

    def _qr(self, state: at.ShowingQr) -> None:
        if state.link and self.record.link is None:
            self.record.link = {
                "url": state.link.url,
                "question": state.link.question,
                "publication": state.publication,
                "done": state.done,
            }
            self._deliver(on.Back())

    def _done(self, state: at.Done) -> None:
        self.record.tasks = state.receipt.tasks
        self._deliver(on.Finish())

    def _failed(self, state: at.Failed) -> None:
        if state.receipt.tasks:
            self.record.tasks = state.receipt.tasks
        self.record.fault = state.fault
        self._deliver(on.Finish())


def _presented(application: Application, code: str | None, picture: Path | None) -> Claim | None:
    """What the slip claims; None where its picture shows no code, or several."""
    if picture is None:
        return application.rules.parse_typed(code or "")
    reader = CascadeReader(application.settings.codes.formats)
    symbols = reader.read(grey_of(load_picture(picture)), thorough=True).symbols
    if len({symbol.text for symbol in symbols}) != 1:
        return None
    return application.rules.parse(symbols[0].text, symbols[0].format)


def refusal(exams: tuple[ListedExam, ...]) -> FaultCode:
    """Why nothing can be printed: a rule, if one stands in the way; else nothing is ready."""
    return next((REFUSALS[e.readiness] for e in exams if e.readiness in REFUSALS), FaultCode.NOTHING_READY)


def _no_film(exams: tuple[ListedExam, ...]) -> FaultCode:
    if any(e.film_running for e in exams):
        return FaultCode.PRINTING_ELSEWHERE
    return FaultCode.ALREADY_PRINTED if any(e.film_printed for e in exams) else FaultCode.FILM_NEVER


def _exam(listed: ListedExam) -> dict[str, Any]:
    exam = listed.exam
    return {
        "accession": exam.accession,
        "modality": exam.modality,
        "body_part": exam.body_part,
        "taken": exam.taken,
        "readiness": listed.readiness,
        "reports": len(exam.final_reports),
        "images": exam.images,
    }


def _task(task: TaskResult) -> dict[str, Any]:
    return {
        "document": task.kind,
        "queue": task.queue,
        "job_id": task.job_id,
        "pages": task.pages,
        "sheets_printed": task.sheets_printed,
        "serial": task.serial,
        "fault": task.fault,
    }
