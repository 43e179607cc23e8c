"""Holds, film requests, overrides and staff accounts."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import insert, select, update

from kiosk.adapters.sql.engine.part import Part
from kiosk.adapters.sql.models import FilmRequestRow, HoldRow, OverrideRow, StaffRow
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.reasons import FilmReason, OverrideReason
from kiosk.domain.roles import Role, StaffMember


class SqlDesk(Part):
    """kiosk.ports.ledger.DeskLedger."""

    def hold(self, study: str, reason: str, actor: str) -> None:
        """Withhold an exam; a second hold of the same exam replaces the reason."""
        with self.store.write() as session:
            self.store.lock(session, f"hold {study}")
            values = {"reason": reason, "actor": actor, "since": self.store.time(session)}
            changed = session.execute(
                update(HoldRow)
                .where(HoldRow.study == study, HoldRow.released.is_(None))
                .values(**values)
                .returning(HoldRow.number)
            )
            if changed.first() is None:
                session.execute(insert(HoldRow), {"study": study, **values})

    def release(self, study: str, actor: str) -> None:
        """Take a hold back."""
        with self.store.write() as session:
            session.execute(
                update(HoldRow)
                .where(HoldRow.study == study, HoldRow.released.is_(None))
                .values(released=self.store.time(session), released_by=actor)
            )

    def held(self, studies: Sequence[str]) -> dict[str, str]:
        """The held ones among these, with their reason."""
        with self.store.read() as session:
            rows = session.execute(
                select(HoldRow.study, HoldRow.reason).where(HoldRow.study.in_(studies), HoldRow.released.is_(None))
            )
            return dict(rows.all())

    def request_film(self, visit: str, subject: str, study: str, modality: str, reason: FilmReason, how: str) -> None:
        """Somebody wanted film."""
        with self.store.write() as session:
            request = {"visit": visit, "subject": subject, "study": study, "modality": modality, "reason": reason}
            session.execute(insert(FilmRequestRow), {**request, "how": how, "at": self.store.time(session)})

    def override(self, visit: str, actor: str, reason: OverrideReason, what: str, subject: str) -> None:
        """A nurse did what the rules would not have allowed."""
        with self.store.write() as session:
            deed = {"visit": visit, "actor": actor, "reason": reason, "what": what, "subject": subject}
            session.execute(insert(OverrideRow), {**deed, "at": self.store.time(session)})

    def add_staff(self, member: StaffMember, secret_hash: str) -> None:
        """A new account."""
        with self.store.write() as session:
            self.store.lock(session, "staff")
            if session.get(StaffRow, member.name) is not None:
                raise KioskError(FaultCode.CONFIG_INVALID, "there is an account of that name already")
            account = {"name": member.name, "role": member.role, "badge": member.badge, "enabled": member.enabled}
            session.execute(
                insert(StaffRow), {**account, "secret_hash": secret_hash, "since": self.store.time(session)}
            )

    def staff(self) -> list[StaffMember]:
        """All accounts, by name."""
        with self.store.read() as session:
            accounts = session.scalars(select(StaffRow).order_by(StaffRow.name))
            return [StaffMember(a.name, Role(a.role), a.badge, a.enabled) for a in accounts]

    def staff_secret(self, name: str) -> str:
        """The hash of the account's secret, or an empty string."""
        with self.store.read() as session:
            return session.scalar(select(StaffRow.secret_hash).where(StaffRow.name == name)) or ""

    def set_staff(
        self,
        name: str,
        *,
        role: Role | None = None,
        secret_hash: str | None = None,
        enabled: bool | None = None,
        badge: str | None = None,
    ) -> None:
        """Change what is given."""
        wanted = {"role": role, "secret_hash": secret_hash, "enabled": enabled, "badge": badge}
        with self.store.write() as session:
            account = session.get(StaffRow, name, with_for_update=True)
            if account is None:
                raise KioskError(FaultCode.CONFIG_INVALID, "there is no account of that name")
            for field, value in wanted.items():
                if value is not None:
                    setattr(account, field, value)
