"""What was handed out is told to the hospital's systems: at least once, in order, when they can be reached."""

from __future__ import annotations

import contextlib
import threading

from kiosk.domain.exam import Exam, Report
from kiosk.domain.faults import KioskError
from kiosk.domain.visit import TaskResult
from kiosk.ports.clock import Clock
from kiosk.ports.receipts import PrintReceipt, ReceiptOutbox, ReceiptSink

LATE_S = 900.0


class Receipts:
    """Keeps receipts in an outbox and passes them on. `ask` is a probe that also does the passing on."""

    def __init__(self, outbox: ReceiptOutbox, sink: ReceiptSink, clock: Clock, kiosk: str) -> None:
        self._outbox, self._sink, self._clock, self._kiosk = outbox, sink, clock, kiosk
        self._lock = threading.Lock()

    def note(self, exam: Exam, report: Report | None, task: TaskResult) -> None:
        """Keep what was printed; a call of `flush` tells it. Raises KioskError where it cannot be kept."""
        receipt = PrintReceipt(
            serial=task.serial,
            kind=task.kind,
            accession=exam.accession,
            study_uid=exam.study_uid,
            patient_id=exam.identity.patient_id,
            report=report.number if report else "",
            sheets=task.sheets_printed,
            kiosk=self._kiosk,
            when=self._clock.now().timestamp(),
        )
        self._outbox.put(receipt)

    def flush(self) -> int:
        """Tell what waits, oldest first, until one cannot be told; returns how many were. Raises KioskError."""
        told = 0
        with self._lock:
            while batch := self._outbox.waiting():
                for receipt in batch:
                    self._sink.printed(receipt)
                    self._outbox.done(receipt.serial)
                    told += 1
        return told

    def ask(self) -> str:
        """Tell what waits; raises KioskError where the oldest has waited for more than a quarter of an hour."""
        try:
            told = self.flush()
        except KioskError as fault:
            waiting = self._outbox.waiting(1)
            age = self._clock.now().timestamp() - waiting[0].when if waiting else 0.0
            if age > LATE_S:
                raise KioskError(fault.code, f"receipts wait for {age / 60:.0f} min: {fault.detail}") from fault
            return f"receipts wait, not for long yet ({fault.detail})"
        return f"all receipts told ({told} now)"

    def close(self) -> None:
        """Tell what waits, if that can be done now; the rest is told after the next start."""
        with contextlib.suppress(KioskError):
            self.flush()
        self._sink.close()
