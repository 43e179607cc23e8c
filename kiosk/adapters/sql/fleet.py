"""The machines of one ledger."""

from __future__ import annotations

import json

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from kiosk.adapters.sql.engine.part import Part
from kiosk.adapters.sql.fleet_tables import DeviceRow, FleetOrderRow
from kiosk.adapters.sql.models import EventRow, VisitRow
from kiosk.domain.fleet import DeviceReport, DeviceState, FleetAction, FleetOrder
from kiosk.domain.trail import EventOutcome

DAY_S = 86_400.0


class SqlFleet(Part):
    """kiosk.ports.fleet.FleetLedger."""

    def report_device(self, report: DeviceReport) -> None:
        """One row a machine."""
        faults = json.dumps(report.faults, ensure_ascii=False, sort_keys=True)
        with self.store.write() as session:
            now, kept = self.store.time(session), session.get(DeviceRow, report.device)
            same = kept is not None and _kinds(kept.faults) == _kinds(faults)
            row = DeviceRow(
                device=report.device,
                version=report.version,
                release=report.release,
                settings=report.settings,
                faults=faults,
                since=kept.since if kept is not None and same else now,
                seen=now,
            )
            session.merge(row)

    def devices(self) -> list[DeviceState]:
        """With their visits and alarms."""
        with self.store.read() as session:
            now = self.store.time(session)
            visits, alarms = _visits(session, now - DAY_S), _alarms(session, now - DAY_S)
            rows = session.scalars(select(DeviceRow).order_by(DeviceRow.device)).all()
            return [
                DeviceState(
                    report=_report(row),
                    seen=row.seen,
                    since=row.since,
                    last_visit=_last_visit(session, row.device),
                    visits=visits.get(row.device, 0),
                    alarms=alarms.get(row.device, 0),
                    closed=order.reason if (order := _closing(session, row.device)) else "",
                    now=now,
                )
                for row in rows
            ]

    def forget_device(self, device: str) -> bool:
        """Its orders go with it."""
        with self.store.write() as session:
            session.execute(delete(FleetOrderRow).where(FleetOrderRow.device == device))
            kept = session.get(DeviceRow, device)
            if kept is not None:
                session.delete(kept)
            return kept is not None

    def tell_device(self, device: str, action: FleetAction, reason: str, actor: str) -> None:
        """Orders are kept: the newest counts."""
        with self.store.write() as session:
            order = {"device": device, "action": action, "reason": reason, "actor": actor}
            session.execute(insert(FleetOrderRow), order | {"at": self.store.time(session)})

    def closed_by(self, device: str) -> FleetOrder | None:
        """The newest order, where it is to close."""
        with self.store.read() as session:
            return _closing(session, device)


def _closing(session: Session, device: str) -> FleetOrder | None:
    newest = select(FleetOrderRow).where(FleetOrderRow.device == device).order_by(FleetOrderRow.number.desc()).limit(1)
    row = session.scalar(newest)
    if row is None or row.action != FleetAction.CLOSE:
        return None
    return FleetOrder(row.device, FleetAction.CLOSE, row.reason, row.actor, row.at)


def _report(row: DeviceRow) -> DeviceReport:
    faults = {probe: (code, detail) for probe, (code, detail) in json.loads(row.faults).items()}
    return DeviceReport(row.device, row.version, row.release, row.settings, faults)


def _kinds(faults: str) -> dict[str, str]:
    """Which fault each probe found; its detail may change with every look (so many MiB free)."""
    return {probe: code for probe, (code, _) in json.loads(faults).items()}


def _visits(session: Session, since: float) -> dict[str, int]:
    counted = select(VisitRow.kiosk, func.count()).where(VisitRow.opened > since).group_by(VisitRow.kiosk)
    return {kiosk: count for kiosk, count in session.execute(counted)}  # noqa: C416 - rows, not tuples


def _alarms(session: Session, since: float) -> dict[str, int]:
    alarm = (EventRow.at > since, EventRow.outcome == EventOutcome.ALARM)
    counted = select(EventRow.kiosk, func.count()).where(*alarm).group_by(EventRow.kiosk)
    return {kiosk: count for kiosk, count in session.execute(counted)}  # noqa: C416 - rows, not tuples


def _last_visit(session: Session, device: str) -> float:
    return session.scalar(select(func.max(VisitRow.opened)).where(VisitRow.kiosk == device)) or 0.0
