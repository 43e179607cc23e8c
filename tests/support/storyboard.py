"""A person at the kiosk, told as a storyboard: the real engine, services and adapters on the sample hospital.

Archive and printers are the embedded ones, the ledger is SQLite, pixels and PDFs are made by the real workers. Time
limits are turned by hand.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from kiosk import sample
from kiosk.adapters.machine.system import Loop, SystemClock
from kiosk.bootstrap import Application, Outlets, build
from kiosk.config import Settings, at_home
from kiosk.domain.trail import AuditRecord
from kiosk.ports.ledger import AuditFilter
from kiosk.services.machine.supervisor import health_of
from kiosk.session import events as on
from kiosk.session import states as at
from kiosk.session.screens.view import Action, View

DEADLINE_S = 60.0


class HandTimers:
    """Limits that end when the test says so."""

    def __init__(self) -> None:
        self.waiting: list[tuple[float, Callable[[], None]]] = []

    def after(self, seconds: float, call: Callable[[], None]) -> Callable[[], None]:
        entry = (seconds, call)
        self.waiting.append(entry)
        return lambda: self.waiting.remove(entry) if entry in self.waiting else None

    def run_out(self) -> float:
        """The armed limit ends; returns how long it was."""
        seconds, call = self.waiting.pop()
        call()
        return seconds


class TurnedClock(SystemClock):
    """The machine's clock, turned forward, or the wall clock set to another time, when the test says so."""

    def __init__(self) -> None:
        super().__init__("Asia/Shanghai")
        self.passed, self.jump = 0.0, timedelta()

    def monotonic(self) -> float:
        return super().monotonic() + self.passed

    def now(self) -> datetime:
        return super().now() + self.jump + timedelta(seconds=self.passed)


def sample_settings(hospital: Path, home: Path, **sections: dict[str, Any]) -> Settings:
    """Settings of a kiosk of its own on the shared archive; `sections` change options, fast by default."""
    settings = sample.settings_for(hospital)
    archive = settings.archive
    quick = {"seconds_per_sheet": 0.0}
    printers = settings.printers.model_copy(
        update={kind: getattr(settings.printers, kind).model_copy(
            update={"path": home / "printed" / kind, **quick, **sections.get(kind, {})}) for kind in ("report", "film")}
    )  # fmt: skip
    changed: dict[str, Any] = {
        "kiosk": settings.kiosk.model_copy(
            update={"state_dir": home / "state", "private_dir": home / "private", **sections.get("kiosk", {})}
        ),
        "printers": printers,
        "identity": settings.identity.model_copy(update={"uniform_ms": 0, **sections.get("identity", {})}),
        "archive": archive,
    }
    for name in ("reports", "film", "screens", "codes", "camera", "notifier", "ledger"):
        if name in sections:
            section = getattr(settings, name)
            # `film` is a printer's name too: each takes what it knows.
            wanted = {key: value for key, value in sections[name].items() if key in type(section).model_fields}
            changed[name] = type(section).model_validate(section.model_dump() | wanted)
    return at_home(settings.model_copy(update=changed), home)


class Storyboard:
    """Says what the person does, and checks what they see. `adapters` replace the embedded ones."""

    def __init__(
        self,
        hospital: Path,
        home: Path,
        seeded: bool = True,
        adapters: dict[str, Any] | None = None,
        **sections: dict[str, Any],
    ) -> None:
        self.home = home
        self.settings = sample_settings(hospital, home, **sections)
        self.clock = TurnedClock()
        self.loop, self.timers = Loop(), HandTimers()
        self.seen: list[View] = []
        self.heard: list[str] = []  # tones
        self.told: list[on.Event] = []  # by the services
        if seeded:
            self.settings.kiosk.state_dir.mkdir(parents=True)
            sample.seed(self.settings, sample.load_made(hospital))
        self.application: Application = build(
            self.settings, Outlets(self._deliver, self.heard.append), **{"clock": self.clock, **(adapters or {})}
        )
        self.engine = self.application.engine(self.timers, lambda: self.seen.append(self.engine.view()))
        self.looks_around()

    def _deliver(self, event: on.Event) -> None:
        self.told.append(event)
        self.loop.soon(lambda: self.engine.handle(event))

    def close(self) -> None:
        self.application.close()
        shutil.rmtree(self.home / "private", ignore_errors=True)

    # --- what the person does ------------------------------------------------------------------------------------
    def looks_around(self) -> None:
        """The supervisor probes."""
        self.engine.handle(on.HealthKnown(health_of(self.application.supervisor.check())))

    def holds(self, code: str) -> None:
        """A code before the camera."""
        self.engine.handle(on.CodePresented(self.application.rules.parse(code)))

    def does(self, *events: on.Event) -> None:
        for event in events:
            self.engine.handle(event)

    def proves(self, code: str, answer: str) -> None:
        """Scan and answer, up to the list."""
        self.holds(code)
        self.sees("confirm")
        self.does(on.Answer(answer))
        self.sees("list", lambda view: not view.body["loading"])

    def answers(self, text: str) -> None:
        """Types an answer, after any wait, and sees the verdict."""
        wait = getattr(self.state, "wait_s", 0.0)
        self.clock.passed += wait
        self.does(on.Answer(text))
        came = self.loop.run_until(lambda: not getattr(self.state, "checking", False), DEADLINE_S)
        assert came, "no verdict"

    def waits_too_long(self) -> float:
        """The armed limit runs out."""
        return self.timers.run_out()

    # --- what the person sees ------------------------------------------------------------------------------------
    @property
    def view(self) -> View:
        return self.engine.view()

    @property
    def state(self) -> at.State:
        return self.engine.state

    def sees(self, screen: str, when: Callable[[View], bool] = lambda view: True) -> View:
        """Wait until this screen stands (and `when` holds)."""
        came = self.loop.run_until(lambda: self.view.screen == screen and when(self.view), DEADLINE_S)
        assert came, f"waited for {screen}, still {self.view.screen}: {self.view.headline}"
        return self.view

    def settles(self) -> None:
        """Until the lanes are idle."""
        self.loop.run_until(lambda: not self.application.lanes.busy(), DEADLINE_S)

    def button(self, action: str) -> Action:
        view = self.view
        found = [a for a in (view.primary, *view.secondary) if a and a.id == action]
        assert found, f"no button {action} on {view.screen}"
        return found[0]

    def printed(self, kind: str = "report") -> list[Path]:
        """What lies in the tray."""
        return sorted((self.home / "printed" / kind).glob("*.pdf"))

    def audited(self, *kinds: str) -> list[AuditRecord]:
        """Events of these kinds, oldest first."""
        return self.application.adapters.ledger.events(AuditFilter(kinds=kinds))[::-1]

    def faulty(self, kind: str, reason: str, on_: bool = True) -> None:
        """Play a printer state reason, or end it."""
        file = self.home / "printed" / kind / "faults" / reason
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch() if on_ else file.unlink()


def exactly(view: View, **expected: object) -> None:
    """The view's body holds these values."""
    assert {key: view.body[key] for key in expected} == expected
