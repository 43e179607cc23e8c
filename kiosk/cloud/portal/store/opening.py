"""The portal's tables: made at first start, and refused where another version of the program made them.

The whole store is this number; a version that changes a table raises it and says in docs/cloud-portal.md how to bring
an older one along.
"""

from __future__ import annotations

from sqlalchemy import inspect, text
from sqlalchemy.exc import SQLAlchemyError

from kiosk.adapters.sql.engine.errors import fault_of
from kiosk.adapters.sql.engine.store import Store
from kiosk.cloud.portal.store.models import PortalBase
from kiosk.domain.faults import FaultCode, KioskError

VERSION = 1


def prepare(store: Store) -> None:
    """Make what is missing. Several processes that start together wait for the first. Raises KioskError."""
    try:
        with store.engine.execution_options(kiosk_write=True).begin() as connection:
            if not store.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('kiosk portal tables'))"))
            if not inspect(connection).has_table("portal_version"):
                PortalBase.metadata.create_all(connection)
                connection.execute(text("CREATE TABLE portal_version (number INTEGER NOT NULL)"))
                connection.execute(text("INSERT INTO portal_version VALUES (:number)"), {"number": VERSION})
            found = connection.execute(text("SELECT number FROM portal_version")).scalar_one()
    except SQLAlchemyError as error:
        raise fault_of(error) from error
    if found != VERSION:
        raise KioskError(FaultCode.CONFIG_INVALID, f"portal.database is of version {found}, this program of {VERSION}")
