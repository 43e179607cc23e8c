"""The worklist as staff see it."""

from __future__ import annotations

from kiosk.domain.desk_work.today import TodayAsked, TodayShown
from kiosk.domain.trail import EventKind
from kiosk.services.audit import Audit
from kiosk.services.desk.user import DeskUser
from kiosk.services.worklist.today import TodayList


class TodayDesk:
    """Shows the worklist; who looked for somebody is noted, whom they looked for is not."""

    def __init__(self, today: TodayList, audit: Audit) -> None:
        self._today = today
        self._audit = audit

    def today(self, user: DeskUser, asked: TodayAsked) -> TodayShown:
        """The exams of the last days."""
        shown = self._today.page(asked)
        if asked.query:
            self._audit.record(EventKind.STAFF_SEARCH, visit=user.session, actor=user.name, found=shown.matched)
        return shown
