"""A release on its way to the machines of one ledger."""

from __future__ import annotations

import json

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from kiosk.adapters.sql.engine.part import Part
from kiosk.adapters.sql.fleet_tables import RolloutRow, UpdateNoteRow
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.updates.rollouts import Rollout, UpdateNote, UpdateOutcome


class SqlRollouts(Part):
    """kiosk.ports.updates.RolloutLedger."""

    def begin_rollout(self, rollout: Rollout) -> None:
        """Only forwards: a number that was used stands for what it stood for."""
        with self.store.write() as session:
            newest = _newest(session)
            if newest is not None and rollout.number <= newest.number:
                raise KioskError(FaultCode.CONFIG_INVALID, f"a number greater than {newest.number} is wanted")
            values = {
                "number": rollout.number,
                "release": rollout.release,
                "version": rollout.version,
                "first": json.dumps(rollout.first),
                "soak_s": rollout.soak_s,
                "stopped": "",
                "actor": rollout.actor,
                "at": self.store.time(session),
            }
            session.execute(insert(RolloutRow), values)

    def stop_rollout(self, reason: str) -> None:
        """Or let it go on."""
        with self.store.write() as session:
            newest = _newest(session)
            if newest is None:
                raise KioskError(FaultCode.CONFIG_INVALID, "no release was started")
            newest.stopped = reason
            if not reason:
                for note in _notes(session, newest.number):
                    if note.outcome == UpdateOutcome.UNDONE:
                        note.outcome = str(UpdateOutcome.EXCUSED)

    def rollout(self) -> Rollout | None:
        """The newest."""
        with self.store.read() as session:
            row = _newest(session)
            if row is None:
                return None
            first = tuple(json.loads(row.first))
            return Rollout(row.number, row.release, row.version, first, row.soak_s, row.stopped, row.actor, row.at)

    def note_update(self, number: int, device: str, outcome: UpdateOutcome, said: str) -> None:
        """In the place of what it told before."""
        with self.store.write() as session:
            row = UpdateNoteRow(number=number, device=device, outcome=outcome, said=said, at=self.store.time(session))
            session.merge(row)

    def update_notes(self, number: int) -> list[UpdateNote]:
        """By machine."""
        with self.store.read() as session:
            rows = _notes(session, number)
            return [UpdateNote(row.device, UpdateOutcome(row.outcome), row.said, row.at) for row in rows]


def _newest(session: Session) -> RolloutRow | None:
    return session.scalar(select(RolloutRow).order_by(RolloutRow.number.desc()).limit(1))


def _notes(session: Session, number: int) -> list[UpdateNoteRow]:
    of_it = select(UpdateNoteRow).where(UpdateNoteRow.number == number).order_by(UpdateNoteRow.device)
    return list(session.scalars(of_it))
