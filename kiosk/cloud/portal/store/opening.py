"""The portal's tables: made at first start, brought along from older versions, and refused where a newer one made them.

The whole store has one number. A version that changes a table adds a step to `STEPS`, never changes one, and makes
`PortalBase` say the same: fresh stores are made from it at once. A step is one transaction with the number; several
processes that start together wait for the first.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from kiosk.adapters.sql.engine.errors import fault_of
from kiosk.adapters.sql.engine.store import Store
from kiosk.cloud.portal.store.models import PortalBase
from kiosk.domain.faults import FaultCode, KioskError


def _papers_name_their_serial(connection: Connection) -> None:
    """1 → 2: what whoever holds a printed document can compare with it."""
    for column in ("kind", "serial"):
        connection.execute(text(f"ALTER TABLE portal_papers ADD COLUMN {column} VARCHAR(200) NOT NULL DEFAULT ''"))


STEPS: tuple[Callable[[Connection], None], ...] = (_papers_name_their_serial,)
VERSION = 1 + len(STEPS)


def prepare(store: Store) -> None:
    """Make what is missing, bring along what is older. Raises KioskError; then the store is as it was."""
    try:
        with store.engine.execution_options(kiosk_write=True).begin() as connection:
            if not store.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('kiosk portal tables'))"))
            if not inspect(connection).has_table("portal_version"):
                PortalBase.metadata.create_all(connection)
                connection.execute(text("CREATE TABLE portal_version (number INTEGER NOT NULL)"))
                connection.execute(text("INSERT INTO portal_version VALUES (:number)"), {"number": VERSION})
            found = int(connection.execute(text("SELECT number FROM portal_version")).scalar_one())
            if 0 < found < VERSION:
                _brought_along(connection, found)
                found = VERSION
    except SQLAlchemyError as error:
        raise fault_of(error) from error
    if found != VERSION:
        raise KioskError(FaultCode.CONFIG_INVALID, f"portal.database is of version {found}, this program of {VERSION}")


def _brought_along(connection: Connection, found: int) -> None:
    for step in STEPS[found - 1 :]:
        step(connection)
    connection.execute(text("UPDATE portal_version SET number = :number"), {"number": VERSION})
