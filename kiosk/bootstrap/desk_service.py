"""The desk in browsers, composed: the kiosk's own services without a camera, and pages on them."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from kiosk.bootstrap.desk_jobs import reconciling
from kiosk.bootstrap.kiosk import Application, Reconciliation, build
from kiosk.config import CameraSettings, Settings
from kiosk.desk.app import application, routes_of
from kiosk.desk.guard import DeskGuard, Entrance, SessionLimits
from kiosk.desk.pages import DeskPages, Surface
from kiosk.services.desk.nightly import NightlyCheck
from kiosk.services.desk.staff_door import StaffDoor
from kiosk.services.desk_jobs.runner import JobRunner
from kiosk.session.screens.texts import all_texts
from kiosk.web.forgery import origin_of

MINUTE_S = 60.0


@dataclass(frozen=True)
class DeskService:
    """The running parts. Nothing is printed before `start`."""

    app: ASGIApp
    routes: list[BaseRoute]
    parts: Application
    runner: JobRunner
    night: NightlyCheck

    def start(self) -> None:
        """Settle what an earlier run left open, then go on with the jobs, and watch over the figures."""
        self.parts.reconcile()
        for services in reconciling(self.parts.services, self.parts.jobs):
            Reconciliation(self.parts.settings.kiosk, services)()
        self.runner.start()
        self.parts.jobs.today.start()
        self.night.start()

    def close(self) -> None:
        """Let go of all of it."""
        self.night.close()
        self.parts.jobs.today.close()
        self.runner.close()
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
    return DeskService(application(routes, pages), routes, parts, parts.jobs.runner(parts.adapters), night)
