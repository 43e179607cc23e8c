"""The staff's desk: one door to every action of `kiosk.domain.desk`, where the right is asked for.

What is behind the door are services by use case, each with the methods of its actions (`patients`, `holds`,
`handing_out`, `devices`, `kiosks`, `sheets`, `calls`, `log_book`, `accounts`). What the panels show is returned as
values; who shows them makes words of them. Knows no visit: the panel at a kiosk and a desk in a browser use the same.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

from kiosk.domain.desk import DeskAction, DeskRequest, PanelShown, allowed
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.trail import EventKind, EventOutcome
from kiosk.services.audit import Audit
from kiosk.services.desk.user import DeskUser

log = logging.getLogger(__name__)
Method = Callable[[DeskUser, Any], PanelShown]


class Desk:
    """What staff can do, for one kiosk or staff station. Runs on io lanes.

    Nobody else holds the services, so there is no way round the rights.
    """

    def __init__(self, audit: Audit, *services: object, four_eyes: Iterable[DeskAction] = ()) -> None:
        """`services`: together they have exactly one method for each action; raises TypeError where they have not.
        `four_eyes`: what a second person must confirm."""
        self._audit = audit
        self._four_eyes = frozenset(four_eyes)
        self._methods = {action: _method(action, services) for action in DeskAction}

    def answer(self, user: DeskUser, request: DeskRequest) -> PanelShown:
        """Carry one action out. Raises KioskError: NOT_ALLOWED, and what the action raises."""
        if not allowed(user.who, request.action) or not request.fits or self._alone(user, request.action):
            log.warning("%s refused to %s", request.action, user.name)
            self._audit.record(EventKind.STAFF_REFUSED, EventOutcome.REFUSED, visit=user.session, actor=user.name,
                               what=str(request.action))  # fmt: skip
            raise KioskError(FaultCode.NOT_ALLOWED, str(request.action))
        return self._methods[request.action](user, request.asked)

    def _alone(self, user: DeskUser, action: DeskAction) -> bool:
        """True where two are needed and there is one, or the second may not do it either."""
        second = user.second
        return action in self._four_eyes and (second is None or second.name == user.name or not allowed(second, action))


def _method(action: DeskAction, services: tuple[object, ...]) -> Method:
    """The method of the action's name, of the one service that has it."""
    name = action.name.lower()
    found: list[Method] = [getattr(service, name) for service in services if hasattr(service, name)]
    if len(found) != 1:
        raise TypeError(f"{len(found)} desk services for {action}")
    return found[0]
