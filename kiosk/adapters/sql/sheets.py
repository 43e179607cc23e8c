"""Reservations and the life of their sheets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import groupby

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from kiosk.adapters.sql.engine.part import Part
from kiosk.adapters.sql.models import PrintTaskRow, SheetRow
from kiosk.domain.exam import HandedOut
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.sheets.printing import FINAL, DocumentKind, Order, Reservation, Settlement, SheetState
from kiosk.domain.sheets.serials import new_serial

OPEN = (SheetState.RESERVED, SheetState.SUBMITTED)


class SqlSheets(Part):
    """kiosk.ports.ledger.SheetLedger."""

    def reserve(self, visit: str, kiosk: str, order: Order) -> Reservation | None:
        """Commit the right to print; the unique index on held sheets is what stops a second one."""
        self.store.require_spare()
        serial = order.serial or new_serial()
        try:
            with self.store.write() as session:
                now = self.store.time(session)
                task = insert(PrintTaskRow).returning(PrintTaskRow.number)
                number = session.scalars(task, _task(serial, visit, kiosk, order, now)).one()
                taken = session.scalars(self._take_free_sheets(), _sheets(serial, order, now)).all()
                # All or none: a part of a document in the patient's hand and a part in another tray helps nobody.
                if len(taken) < order.sheets:
                    raise _HeldError
        except _HeldError:
            return None
        states = (SheetState.RESERVED,) * order.sheets
        return Reservation(serial, order, visit, kiosk, states, since=now, number=number)

    def _take_free_sheets(self) -> ReturningInsert[tuple[int]]:
        """Sheets held by another are passed over, and waited for where the other has not committed yet."""
        if self.store.is_sqlite:
            return sqlite.insert(SheetRow).on_conflict_do_nothing().returning(SheetRow.number)
        return postgresql.insert(SheetRow).on_conflict_do_nothing().returning(SheetRow.number)

    def submitted(self, serial: str, queue: str, job_id: str) -> None:
        """Written twice: before the job is handed over (no job id) and when it was accepted."""

        def work(session: Session) -> None:
            now = self.store.time(session)
            session.execute(
                update(PrintTaskRow)
                .where(PrintTaskRow.serial == serial)
                # The first time stands: how long jobs take is learnt from it.
                .values(queue=queue, job_id=job_id, submitted=func.coalesce(PrintTaskRow.submitted, now))
            )
            session.execute(
                update(SheetRow)
                .where(SheetRow.serial == serial, SheetRow.state == SheetState.RESERVED)
                .values(state=SheetState.SUBMITTED, changed=now)
            )

        self.store.settle(work)

    def settle(self, serial: str, states: Sequence[SheetState], why: str = "", actor: str = "") -> None:
        """Write how each sheet ended; what is already printed or missing stays as it is."""

        def work(session: Session) -> None:
            sheets = _sheets_of(session, (serial,))
            if len(sheets) != len(states):
                raise KioskError(FaultCode.INTERNAL, f"{len(states)} outcomes for {len(sheets)} sheets of {serial}")
            now = self.store.time(session)
            for row, state in zip(sheets, states, strict=True):
                if row.state not in FINAL and row.state != state:
                    session.execute(
                        update(SheetRow)
                        .where(SheetRow.number == row.number, SheetRow.state.not_in(FINAL))
                        # Only a person's word can be taken back; what spooler and printer said stands.
                        .values(state=state, changed=now, was=row.state if actor else "")
                    )
            session.execute(
                update(PrintTaskRow)
                .where(PrintTaskRow.serial == serial)
                .values(settled=now, why=why[:200], actor=actor)
            )

        self.store.settle(work)

    def unsettle(self, serial: str) -> bool:
        """Checked here, and once more by the unique index where another kiosk reserves at the same moment."""
        undone = False

        def work(session: Session) -> None:
            nonlocal undone
            said = [row for row in _sheets_of(session, (serial,)) if row.was]
            undone = bool(said) and not _held_later(session, said) and self._put_back(session, said)

        self.store.settle(work)
        return undone

    def _put_back(self, session: Session, said: Sequence[SheetRow]) -> bool:
        now = self.store.time(session)
        try:
            with session.begin_nested():  # a savepoint: where the index refuses, the settlement around it still stands
                for row in said:
                    before = {"state": row.was, "was": "", "changed": now}
                    session.execute(update(SheetRow).where(SheetRow.number == row.number).values(**before))
        except IntegrityError:
            return False
        undone = {"settled": now, "why": FaultCode.PRINT_UNCERTAIN, "actor": ""}
        session.execute(update(PrintTaskRow).where(PrintTaskRow.serial == said[0].serial).values(**undone))
        return True

    def settlements(self, seconds: float) -> list[Settlement]:
        """Newest first."""
        with self.store.read() as session:
            since = self.store.time(session) - seconds
            wanted = select(PrintTaskRow).where(PrintTaskRow.actor != "", PrintTaskRow.settled >= since)
            tasks = session.scalars(wanted.order_by(PrintTaskRow.settled.desc())).all()
            return [told for task in tasks if (told := _settlement(session, task)) is not None]

    def reservation(self, serial: str) -> Reservation | None:
        """One reservation by its serial."""
        with self.store.read() as session:
            return next(iter(_reservations(session, [serial])), None)

    def unsettled(self, kiosk: str | None = None) -> list[Reservation]:
        """Open or uncertain ones, oldest first."""
        wanted = select(SheetRow.serial).where(SheetRow.state.in_((*OPEN, SheetState.UNCERTAIN))).distinct()
        if kiosk is not None:
            wanted = wanted.join(PrintTaskRow, PrintTaskRow.serial == SheetRow.serial).where(
                PrintTaskRow.kiosk == kiosk
            )
        with self.store.read() as session:
            return _reservations(session, session.scalars(wanted).all())

    def deliveries(self, documents: Sequence[str]) -> list[HandedOut]:
        """One entry for each copy of a document of which anything was or may have been printed."""
        with self.store.read() as session:
            rows = session.execute(
                select(PrintTaskRow.document, PrintTaskRow.copy, PrintTaskRow.serial).where(
                    PrintTaskRow.document.in_(documents)
                )
            ).all()
            found = {r.serial: r for r in _reservations(session, [row.serial for row in rows])}
            changed = _last_changes(session, list(found))
        copies = groupby(sorted(rows, key=lambda row: (row.document, row.copy)), lambda row: (row.document, row.copy))
        made = (_delivery(document, [found[r.serial] for r in group], changed) for (document, _), group in copies)
        return sorted((d for d in made if d is not None), key=lambda d: d.when, reverse=True)

    def copies(self, document: str) -> int:
        """The highest copy number ever reserved."""
        with self.store.read() as session:
            return session.scalar(select(func.max(PrintTaskRow.copy)).where(PrintTaskRow.document == document)) or 0

    def sheets_of(self, document: str, copy: int) -> dict[int, SheetState]:
        """The last state of each sheet of one copy ever reserved, by its number in the document."""
        with self.store.read() as session:
            rows = session.execute(
                select(SheetRow.sheet, SheetRow.state)
                .where(SheetRow.document == document, SheetRow.copy == copy)
                .order_by(SheetRow.number)
            )
            return _best_states(rows)

    def impressions_of(self, document: str, copy: int) -> int | None:
        """Of the first reservation of that copy."""
        wanted = select(PrintTaskRow.impressions).where(PrintTaskRow.document == document, PrintTaskRow.copy == copy)
        with self.store.read() as session:
            return session.scalar(wanted.order_by(PrintTaskRow.number).limit(1))

    def durations(self, queue: str, limit: int = 50) -> list[tuple[int, float]]:
        """Sheets and seconds of this queue's last smooth jobs, newest first: from hand-over to the last sheet."""
        with self.store.read() as session:
            rows = session.execute(
                select(PrintTaskRow.sheets, PrintTaskRow.settled - PrintTaskRow.submitted)
                # A job that waited for paper or a person tells nothing of the printer's speed.
                .where(PrintTaskRow.queue == queue, PrintTaskRow.why == "", PrintTaskRow.settled.is_not(None))
                .where(PrintTaskRow.submitted.is_not(None))
                .order_by(PrintTaskRow.settled.desc())
                .limit(limit)
            )
            return [(sheets, float(seconds)) for sheets, seconds in rows if seconds and seconds > 0]


class _HeldError(Exception):
    """Somebody holds or has printed one of the sheets; leaving with it rolls the reservation back."""


def _task(serial: str, visit: str, kiosk: str, order: Order, now: float) -> dict[str, object]:
    return {
        "serial": serial,
        "visit": visit,
        "kiosk": kiosk,
        "document": order.document,
        "subject": order.subject,
        "kind": order.kind,
        "copy": order.copy,
        "first_sheet": order.first_sheet,
        "sheets": order.sheets,
        "impressions": order.impressions,
        "reason": order.reason,
        "modality": order.modality,
        "since": now,
    }


def _sheets(serial: str, order: Order, now: float) -> list[dict[str, object]]:
    return [
        {
            "serial": serial,
            "document": order.document,
            "copy": order.copy,
            "sheet": order.first_sheet + index,
            "state": SheetState.RESERVED,
            "changed": now,
        }
        for index in range(order.sheets)
    ]


def _sheets_of(session: Session, serials: Sequence[str]) -> list[SheetRow]:
    """Locked on PostgreSQL, in order, so that two settlements cannot interleave."""
    return list(
        session.scalars(
            select(SheetRow)
            .where(SheetRow.serial.in_(serials))
            .order_by(SheetRow.serial, SheetRow.sheet)
            .with_for_update()
        )
    )


def _reservations(session: Session, serials: Sequence[str]) -> list[Reservation]:
    if not serials:
        return []
    tasks = session.scalars(
        select(PrintTaskRow).where(PrintTaskRow.serial.in_(serials)).order_by(PrintTaskRow.number)
    ).all()
    states: dict[str, list[SheetState]] = {}
    for serial, state in session.execute(
        select(SheetRow.serial, SheetRow.state)
        .where(SheetRow.serial.in_(serials))
        .order_by(SheetRow.serial, SheetRow.sheet)
    ):
        states.setdefault(serial, []).append(SheetState(state))
    return [_reservation(task, tuple(states.get(task.serial, ()))) for task in tasks]


def _reservation(task: PrintTaskRow, states: tuple[SheetState, ...]) -> Reservation:
    order = Order(
        document=task.document,
        subject=task.subject,
        kind=DocumentKind(task.kind),
        copy=task.copy,
        sheets=task.sheets,
        first_sheet=task.first_sheet,
        reason=task.reason,
        modality=task.modality,
        impressions=task.impressions,
    )
    return Reservation(
        serial=task.serial,
        order=order,
        visit=task.visit,
        kiosk=task.kiosk,
        states=states,
        queue=task.queue,
        job_id=task.job_id,
        since=task.since,
        number=task.number,
    )


def _held_later(session: Session, said: Sequence[SheetRow]) -> bool:
    """True where one of these sheets was reserved again, of this copy or another, and is not missing."""
    first = said[0]
    later = select(SheetRow.number).where(
        SheetRow.document == first.document,
        SheetRow.sheet.in_([row.sheet for row in said]),
        SheetRow.number > first.number,
        SheetRow.serial != first.serial,
        SheetRow.state != SheetState.MISSING,
    )
    return session.scalars(later.limit(1)).first() is not None


def _settlement(session: Session, task: PrintTaskRow) -> Settlement | None:
    """What was said of the task's sheets; None where that cannot be taken back."""
    rows = session.scalars(select(SheetRow).where(SheetRow.serial == task.serial).order_by(SheetRow.sheet)).all()
    said = [row for row in rows if row.was]
    if not said or _held_later(session, said):
        return None
    reservation = _reservation(task, tuple(SheetState(row.state) for row in rows))
    return Settlement(reservation, tuple(row.sheet for row in said), task.actor, task.settled or 0.0)


def _last_changes(session: Session, serials: Sequence[str]) -> dict[str, float]:
    rows = session.execute(
        select(SheetRow.serial, func.max(SheetRow.changed))
        .where(SheetRow.serial.in_(serials))
        .group_by(SheetRow.serial)
    )
    return dict(rows.all())


def _best_states(rows: Iterable[tuple[int, str]]) -> dict[int, SheetState]:
    """What counts for each sheet: a missing one yields to any later reservation, and to nothing else."""
    best: dict[int, SheetState] = {}
    for sheet, state in rows:
        if best.get(sheet, SheetState.MISSING) is SheetState.MISSING:
            best[sheet] = SheetState(state)
    return best


def _delivery(document: str, parts: list[Reservation], changed: dict[str, float]) -> HandedOut | None:
    parts.sort(key=lambda part: part.number)  # in the order of reserving: `_best_states` lets a later one win
    states = _best_states((part.order.first_sheet + i, s) for part in parts for i, s in enumerate(part.states))
    word = _delivery_word(tuple(states.values()))
    if not word:
        return None
    when = max(changed[part.serial] for part in parts)
    printed = sum(state is SheetState.PRINTED for state in states.values())
    return HandedOut(document, word, datetime.fromtimestamp(when, UTC), parts[-1].kiosk, printed, len(states))


def _delivery_word(states: tuple[SheetState, ...]) -> str:
    # The worst first: one sheet in doubt keeps the whole document from being printed until somebody has looked.
    if SheetState.UNCERTAIN in states:
        return "uncertain"
    if any(state in OPEN for state in states):
        return "open"
    if SheetState.PRINTED not in states:
        return ""
    return "printed" if all(state is SheetState.PRINTED for state in states) else "partly"
