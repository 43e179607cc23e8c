"""The engine: holds the visit's state, steps it, hands effects to the services, arms the limits.

It lives on one thread (the screens' or the journey's). Services answer from their lanes through `deliver`, which the
owner connects to `handle` on that thread.
"""

from __future__ import annotations

import logging
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Unpack, cast

from kiosk.domain.calls import HelpCall
from kiosk.domain.faults import FaultCode
from kiosk.domain.health import Health
from kiosk.domain.trail import EventKind, EventOutcome
from kiosk.ports.clock import Clock, Timers
from kiosk.session import effects as do
from kiosk.session import events as on
from kiosk.session.facts import Facts, Policy
from kiosk.session.limits import limit_of, warning_of, warns
from kiosk.session.rows import go_home
from kiosk.session.screens.bodies import present
from kiosk.session.screens.help_words import card
from kiosk.session.screens.spoken import spoken_help
from kiosk.session.screens.texts import Texts
from kiosk.session.screens.view import Preferences, Surroundings, View, Wishes
from kiosk.session.states import Failed, Idle, OutOfService, Staff, Starting, State, claim_of, token_of
from kiosk.session.table import step


def _nothing() -> None:
    """No timer runs."""


log = logging.getLogger(__name__)
Run = Callable[[do.Effect], None]


class Engine:
    """One kiosk's visit, from attract to attract."""

    def __init__(
        self,
        run: Run,
        texts: dict[str, Texts],
        clock: Clock,
        timers: Timers,
        policy: Policy,
        home: Preferences,
        on_change: Callable[[], None],
    ) -> None:
        self.state: State = Starting()
        self.warning = False
        self.call: HelpCall | None = None
        self._read = False
        self.counts: Counter[str] = Counter()
        self._on_change = on_change
        self._home = home
        self.preferences = home
        self._run = run
        self._texts = texts
        self._clock = clock
        self._timers = timers
        self._facts = Facts(policy=policy)
        self._disarm: Callable[[], None] = lambda: None

    @property
    def texts(self) -> Texts:
        """The words of the chosen language."""
        return self._texts[self.preferences.language]

    @property
    def health(self) -> Health:
        """What works, as last known."""
        return self._facts.health

    @property
    def policy(self) -> Policy:
        """What the hospital has decided."""
        return self._facts.policy

    def view(self) -> View:
        """What the screen shows now. A state that cannot be drawn ends in Failed, not in a dead screen."""
        try:
            view = self._present()
        except Exception:  # any state, word or number may be at fault, and somebody stands before the screen
            log.exception("no view of %s", type(self.state).__name__)
            self._crash()
            view = self._present()
        told = None if self._read or view.screen == "trouble" else card(self.call, self.texts)
        said = spoken_help(self.call, self.texts) if told and self.call else view.spoken
        limit = limit_of(self.state, self.policy, self.preferences.pace)
        return replace(view, help=told, spoken=said, limit_s=limit or 0.0)

    def _present(self) -> View:
        simple = self.preferences.simple
        return present(self.state, Surroundings(self._facts, self.texts, self._clock.now(), self.call, simple))

    def choose(self, **wanted: Unpack[Wishes]) -> None:
        """Another language or form, kept for the visit; the visit stays where it is."""
        if wanted.get("language", self.preferences.language) in self._texts:
            self.preferences = replace(self.preferences, **wanted)
        self._arm()
        self._show()

    def dismiss_help(self) -> None:
        """The person has read what is said of their call; it stands all the same."""
        self._read = True
        self._arm()
        self._show()

    def handle(self, event: on.Event) -> None:
        """One event, on the engine's thread. Never raises: a broken row ends in Failed, not in a dead screen."""
        if isinstance(event, on.HealthKnown):
            self._facts = replace(self._facts, health=event.health)
        if isinstance(event, on.HelpKnown):
            self._hear_of_help(event)
            return
        before = self.state
        answers = self.warning and isinstance(event, on.Touch)  # of "still there?": means nothing else
        try:
            if not answers:
                self._take(event)
        except Exception:  # a row is code like any other: its fault must cost this visit, not the kiosk
            log.exception("row failed: %s in %s", type(event).__name__, type(before).__name__)
            self._crash()
        policy = self._facts.policy
        relimited = limit_of(before, policy) != limit_of(self.state, policy)
        if isinstance(event, on.PERSONAL) or type(self.state) is not type(before) or relimited:
            self._arm()
        if self.state is not before or isinstance(event, on.HealthKnown | on.Touch):
            self._show()

    def _hear_of_help(self, event: on.HelpKnown) -> None:
        """A call belongs to its visit; what is new about it is shown, also where it had been read before."""
        if event.token != token_of(self.state):
            self.counts["stale"] += 1
            return
        self.call, self._read = event.call, False
        self._show()

    def _show(self) -> None:
        """Tell the screen; what happens there must not stop the visit."""
        try:
            self._on_change()
        except Exception:  # the screens are Qt and may raise anything
            log.exception("the screen failed at %s", type(self.state).__name__)
            self.counts["crashed"] += 1

    def _take(self, event: on.Event) -> None:
        facts = replace(self._facts, next_token=secrets.token_hex(16))
        transition = step(self.state, event, facts)
        if transition.ignored:
            self.counts[transition.ignored] += 1
            return
        if token_of(transition.state) != token_of(self.state):
            self.call = None
        self.state = transition.state
        if isinstance(self.state, Idle | OutOfService) and not isinstance(event, on.HealthKnown):
            self.preferences = self._home
        for effect in transition.effects:
            self._run(effect)

    def _crash(self) -> None:
        """The person is told, or where that failed too, it ends."""
        self.counts["crashed"] += 1
        token = token_of(self.state)
        effects: tuple[do.Effect, ...] = ()
        if token and not isinstance(self.state, Failed | Staff):
            told = do.Record(token, EventKind.VISIT_FAILED, EventOutcome.FAILED, FaultCode.INTERNAL)
            self.state, effects = Failed(token, FaultCode.INTERNAL, claim=claim_of(self.state)), (told,)
        else:
            self.state, effects = go_home(self.state, self._facts, "failed")
            self.call = None
        for effect in effects:
            try:
                self._run(effect)
            except Exception:  # the way out is gone on to its end: the wipe is among these effects
                log.exception("effect not started: %s", type(effect).__name__)
                self.counts["crashed"] += 1

    def _arm(self) -> None:
        """Start the person's limit anew; the last seconds ask whether somebody is still there."""
        self._disarm()
        self.warning = False
        policy, pace = self._facts.policy, self.preferences.pace
        limit = limit_of(self.state, policy, pace)
        if limit is None:
            # Somebody chose a form on the start screen; if they go away again, the next person is not greeted with it.
            home = cast("Wishes", asdict(self._home))
            wished = self.preferences != self._home
            self._disarm = self._timers.after(policy.idle_s * pace, lambda: self.choose(**home)) if wished else _nothing
            return
        warn_s = warning_of(limit, policy, pace) if warns(self.state) else 0.0
        self._disarm = self._timers.after(limit - warn_s, lambda: self._limit_near(warn_s))

    def _limit_near(self, warn_s: float) -> None:
        if warn_s <= 0:
            self.handle(on.TimeUp(token_of(self.state)))
            return
        self.warning = True
        self._disarm = self._timers.after(warn_s, lambda: self.handle(on.TimeUp(token_of(self.state))))
        self._show()
