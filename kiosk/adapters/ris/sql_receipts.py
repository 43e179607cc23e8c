"""Receipts by one statement in the hospital's database: an INSERT, an UPDATE or a CALL that it gives."""

from __future__ import annotations

from datetime import tzinfo

from sqlalchemy import text

from kiosk.adapters.ris.row_values import RECEIPT, receipt_values
from kiosk.adapters.ris.sql_views import HospitalDatabase
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.ports.receipts import PrintReceipt


class SqlReceipts:
    """Implements kiosk.ports.receipts.ReceiptSink. The moment is the hospital's own time, without a zone."""

    def __init__(self, database: HospitalDatabase, statement: str, zone: tzinfo) -> None:
        """Raises KioskError CONFIG_INVALID for more than one statement or a bind that nobody fills."""
        self._database, self._zone = database, zone
        self._statement = statement.rstrip().rstrip(";")
        self._binds = set(text(self._statement)._bindparams)
        unknown = self._binds - set(RECEIPT)
        if unknown or ";" in self._statement:
            said = f"ris.receipts.statement: one statement with binds of {', '.join(RECEIPT)}"
            raise KioskError(FaultCode.CONFIG_INVALID, said)

    def printed(self, receipt: PrintReceipt) -> None:
        """See the port."""
        values = receipt_values(receipt, self._zone)
        self._database.write(self._statement, {name: value for name, value in values.items() if name in self._binds})

    def close(self) -> None:
        """See the port."""
        self._database.close()
