"""The desk in browsers, composed: the kiosk's own services without a camera, and pages on them."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from kiosk.bootstrap.kiosk import Application, build
from kiosk.config import CameraSettings, Settings
from kiosk.desk.app import application, routes_of
from kiosk.desk.guard import DeskGuard, Entrance, SessionLimits
from kiosk.desk.pages import DeskPages, Surface
from kiosk.services.desk.staff_door import StaffDoor
from kiosk.session.screens.texts import all_texts
from kiosk.statistics.nightly import NightlyCheck
from kiosk.web.forgery import origin_of

MINUTE_S = 60.0


@dataclass(frozen=True)
class DeskService:
    """The running parts. Before the first print, `parts.reconcile` settles what an earlier run left open; `night`
    checks the figures once it is started."""

    app: ASGIApp
    routes: list[BaseRoute]
    parts: Application
    night: NightlyCheck

    def close(self) -> None:
        """Let go of all of it."""
        self.night.close()
        self.parts.close()


def build_desk(settings: Settings) -> DeskService:
    """All parts on the configured ledger, archive and printers. Raises KioskError as `build` does."""
    parts = build(settings.model_copy(update={"camera": CameraSettings(source="none")}))
    hospital, desk, ledger = settings.hospital, settings.desk, parts.adapters.ledger
    origin = origin_of(desk.origin)
    texts, secure = all_texts(hospital.desk_in), origin.startswith("https:")
    pages = DeskPages(Surface(texts, hospital.name_in, parts.adapters.clock.now, secure))
    limits = SessionLimits(desk.session_minutes * MINUTE_S, desk.session_hours * 60 * MINUTE_S)

    def door(address: str) -> StaffDoor:
        """Wrong PINs are counted by the PC they come from: one that guesses does not shut out the whole hospital."""
        names, audit = parts.services.pseudonyms, parts.services.audit
        return StaffDoor(ledger, names, audit, f"{settings.kiosk.id} {names.stranger(address)}")

    guard = DeskGuard(parts.desk, ledger, pages, origin, Entrance(door, limits, frozenset(desk.four_eyes)))
    routes = routes_of(guard)
    night = NightlyCheck(ledger, parts.services.audit, ZoneInfo(hospital.time_zone), parts.adapters.clock.now)
    return DeskService(application(routes, pages), routes, parts, night)
