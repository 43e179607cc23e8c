"""Notices that a cloud film can be opened now: to people who left before it was there, once each, no word more."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from kiosk.domain.faults import KioskError
from kiosk.ports.ledger import Ledger
from kiosk.ports.notifier import Notifier

log = logging.getLogger(__name__)
MOST_TRIES = 5
AGAIN_S = 600.0  # after a refusal by the gateway; longer with every try


@dataclass(frozen=True)
class QuietHours:
    """No messages from `begin` to `end` (HH:MM, hospital's time); the same twice: never quiet."""

    begin: str
    end: str

    def now(self, when: datetime) -> bool:
        """Whether people sleep."""
        clock = f"{when:%H:%M}"
        if self.begin <= self.end:
            return self.begin <= clock < self.end
        return clock >= self.begin or clock < self.end


class ReadyNotices:
    """Sends what is due. Several publishers may share a ledger: whoever takes a notice sends it.

    `telephone` finds a patient's telephone by the study's pseudonym and sealed UID, empty where none is on file.
    """

    def __init__(
        self, ledger: Ledger, notifier: Notifier, telephone: Callable[[str, bytes], str], quiet: QuietHours,
        now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._ledger, self._notifier, self._telephone = ledger, notifier, telephone
        self._quiet, self._now = quiet, now

    def once(self) -> bool:
        """Send the next; False where none is due. Raises KioskError of ledger and archive."""
        if self._quiet.now(self._now()):
            return False
        notice = self._ledger.take_notice()
        if notice is None:
            return False
        try:
            telephone = self._telephone(notice.study, notice.sealed)
            if telephone:
                self._notifier.send_ready(telephone, notice.name)
        except KioskError as fault:
            log.warning("notice not sent: %s", fault)
            if notice.tries < MOST_TRIES:
                self._ledger.notice_again(notice, AGAIN_S * notice.tries)
            return True
        self._ledger.notice_done(notice, bool(telephone))
        return True
