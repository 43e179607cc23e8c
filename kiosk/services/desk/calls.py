"""Calls for help: told to every desk on the ledger, claimed by a person, over with the visit.

Knows no screen and no visit's state: the kiosk, the staff panel and a desk in a browser use the same.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable
from typing import TypeVar

from kiosk.domain.calls import HelpCall
from kiosk.domain.desk import CallAsked, CallsShown, NothingAsked
from kiosk.domain.faults import KioskError
from kiosk.domain.trail import EventKind
from kiosk.ports.ledger import Ledger
from kiosk.services.audit import Audit
from kiosk.services.desk.user import DeskUser

log = logging.getLogger(__name__)
GLANCE_S = 0.5  # how often a desk looks for new calls, and a kiosk whether somebody comes
OLDEST_S = 3600.0  # a call of a kiosk that died is not listed for ever
STOP_S = 2.0
T = TypeVar("T")


class Calls:
    """Makes, lists, claims and ends calls, and tells of changes while somebody watches."""

    def __init__(self, ledger: Ledger, audit: Audit, kiosk: str) -> None:
        self._ledger = ledger
        self._audit = audit
        self._kiosk = kiosk
        self._lock = threading.Lock()
        self._watch: _Watch | None = None
        self._closed = False

    def summon(self, visit: str, where: str) -> HelpCall:
        """Tell the desk that this visit needs a person. Its code is empty where that could not be done."""
        try:
            before = self._ledger.call_of(visit)
            call = self._ledger.call_help(visit, self._kiosk, self._free_code(), where)
        except KioskError as error:
            log.error("nobody called: %s", error)
            return HelpCall(visit, self._kiosk, "", where)
        if before is None or before.over:
            self._audit.record(EventKind.HELP_CALLED, visit=visit, code=call.code, where=where)
        return call

    def open(self) -> tuple[HelpCall, ...]:
        """The open calls of all kiosks, oldest first."""
        return tuple(self._ledger.open_calls(OLDEST_S))

    def claim(self, code: str, actor: str, visit: str) -> tuple[HelpCall, ...]:
        """This person goes there; the calls that are open now. `visit`: the desk's own."""
        call = self._coded(code)
        claimed = self._ledger.claim_call(call.visit, actor) if call else None
        if claimed and claimed.claimed_by == actor:
            self._audit.record(EventKind.HELP_CLAIMED, visit=visit, actor=actor, code=code)
        return self.open()

    def end(self, code: str, actor: str, visit: str) -> tuple[HelpCall, ...]:
        """This person has been there; the calls that are still open."""
        call = self._coded(code)
        if call:
            self._ledger.end_call(call.visit)
            self._audit.record(EventKind.HELP_ANSWERED, visit=visit, actor=actor, code=code)
        return self.open()

    def watch_all(self, token: str, tell: Callable[[tuple[HelpCall, ...]], None]) -> None:
        """Tell the open calls, now and whenever they change, until `leave`. On a thread of its own."""
        self._begin(token, self.open, tell)

    def watch_own(self, token: str, tell: Callable[[HelpCall], None]) -> None:
        """Tell this visit's call whenever it changes, until `leave`. On a thread of its own."""
        with self._lock:
            if self._watch and self._watch.token == token and not self._watch.left:
                return

        def tell_known(call: HelpCall | None) -> None:
            if call:
                tell(call)

        self._begin(token, lambda: self._ledger.call_of(token), tell_known)

    def leave(self, token: str) -> None:
        """Nobody watches for this visit any more; returns at once."""
        with self._lock:
            if self._watch and self._watch.token == token:
                self._watch.leave()

    def close(self) -> None:
        """Stop watching, for good: a call that a lane is still making begins no watch that nobody would end."""
        with self._lock:
            watch, self._watch = self._watch, None
            self._closed = True
        if watch:
            watch.leave()
            watch.join(STOP_S)

    def _begin(self, token: str, look: Callable[[], T], tell: Callable[[T], None]) -> None:
        with self._lock:
            if self._closed:
                return
            if self._watch:
                self._watch.leave()
            self._watch = _Watch(token, lambda known: _look(look, tell, known))
            self._watch.start()

    def _coded(self, code: str) -> HelpCall | None:
        return next((call for call in self.open() if call.code == code), None)

    def _free_code(self) -> str:
        taken = {call.code for call in self.open()}
        while (code := f"{secrets.randbelow(9000) + 1000}") in taken:
            pass
        return code


class CallDesk:
    """The calls as staff see them: who calls, who goes there, who has been there."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def calls(self, _: DeskUser, __: NothingAsked) -> CallsShown:
        """Who calls for help."""
        return CallsShown(self._calls.open())

    def claim_help(self, user: DeskUser, asked: CallAsked) -> CallsShown:
        """This person goes there."""
        return CallsShown(self._calls.claim(asked.code, user.name, user.session))

    def answer_help(self, user: DeskUser, asked: CallAsked) -> CallsShown:
        """This person has been there."""
        return CallsShown(self._calls.end(asked.code, user.name, user.session))


def _look(look: Callable[[], T], tell: Callable[[T], None], known: object) -> object:
    try:
        found = look()
    except KioskError as error:
        log.warning("calls unknown: %s", error)
        return known
    if found != known:
        tell(found)
    return found


class _Watch(threading.Thread):
    """Looks again and again until it is left. `look` takes what it returned last."""

    def __init__(self, token: str, look: Callable[[object], object]) -> None:
        super().__init__(name="calls", daemon=True)
        self.token = token
        self._look = look
        self._left = threading.Event()

    @property
    def left(self) -> bool:
        """True once nobody watches."""
        return self._left.is_set()

    def leave(self) -> None:
        """End soon."""
        self._left.set()

    def run(self) -> None:
        """Until it is left."""
        known: object = None
        while not self.left:
            known = self._look(known)
            self._left.wait(GLANCE_S)
