"""All machines of the ledger as staff see them: how each is, close one, open it again."""

from __future__ import annotations

from kiosk.domain.desk import DeviceAsked, DevicesShown, NothingAsked
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.fleet import FleetAction
from kiosk.services.desk.user import DeskUser
from kiosk.services.machine.fleet import FleetOffice


class KioskDesk:
    """Shows the machines and tells them, through the ledger, what staff want."""

    def __init__(self, office: FleetOffice) -> None:
        self._office = office

    def devices(self, _: DeskUser, __: NothingAsked) -> DevicesShown:
        """How each is."""
        return self._shown()

    def close_kiosk(self, user: DeskUser, asked: DeviceAsked) -> DevicesShown:
        """No more visits there, from the end of the one under way."""
        return self._tell(FleetAction.CLOSE, user, asked)

    def open_kiosk(self, user: DeskUser, asked: DeviceAsked) -> DevicesShown:
        """Visits again."""
        return self._tell(FleetAction.OPEN, user, asked)

    def _tell(self, action: FleetAction, user: DeskUser, asked: DeviceAsked) -> DevicesShown:
        why = asked.why.strip()
        if not why:
            return self._shown("why-missing")
        if asked.device not in {state.report.device for state in self._office.ledger.devices()}:
            raise KioskError(FaultCode.NOTHING_FOUND, asked.device)
        self._office.tell(asked.device, action, why, user.name)
        return self._shown()

    def _shown(self, problem: str = "") -> DevicesShown:
        return DevicesShown(tuple(self._office.ledger.devices()), problem=problem)
