"""The ledger on SQLAlchemy: SQLite for one kiosk, PostgreSQL for a fleet."""

from kiosk.adapters.sql.ledger import SqlLedger

__all__ = ["SqlLedger"]
