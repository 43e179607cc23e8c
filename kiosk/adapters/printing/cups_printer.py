"""A CUPS queue. Jobs are opaque: their name is a serial, their document has the same name, their user is the kiosk.

The appliance's CUPS forgets a job the moment it ends (PreserveJobHistory No), so how it ended is learnt from the
scheduler's event `job-completed` (RFC 3995 subscription, polled), which outlives the kiosk's own process.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import cups

from kiosk.adapters.printing.cups_device import CupsDevice, DeviceFacts
from kiosk.adapters.printing.cups_events import CupsEvents, job_state
from kiosk.adapters.printing.cups_link import FOREIGN, STATUS_CODES, CupsLink, fault_of, not_found
from kiosk.adapters.printing.ipp import GET_PRINTER_ATTRIBUTES, KEYWORD, IppError, ask, first, request
from kiosk.config import PrinterSettings
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.sheets.printing import (
    JOB_ENDED,
    JobState,
    JobStatus,
    Media,
    PrinterState,
    PrinterStatus,
    Recall,
    Ticket,
)

QUICK_S = 5.0  # a question; a scheduler that takes longer is down for whoever waits before the screen
SEND_S = 60.0  # a document: films are large, and the scheduler may be on another machine
CHUNK = 1 << 20
QUEUE_ATTRIBUTES = (
    "printer-state",
    "printer-state-reasons",
    "printer-is-accepting-jobs",
    "queued-job-count",
    "device-uri",
    "marker-names",
    "marker-levels",
    "sides-supported",
)
JOB_ATTRIBUTES = (
    "job-id",
    "job-name",
    "job-state",
    "job-state-reasons",
)
UNKNOWN_CERTIFICATE = "cups-pki-unknown"
STATES = {3: PrinterStatus.IDLE, 4: PrinterStatus.PROCESSING, 5: PrinterStatus.STOPPED}


class CupsPrinter:
    """kiosk.ports.printer.Printer on a CUPS queue."""

    def __init__(self, settings: PrinterSettings) -> None:
        self._settings = settings
        self._address = host, port, local = _address(settings.server)
        # A socket's peer is known to the scheduler by its account; over TCP a neutral name is given.
        self._link = CupsLink(local or host, port, "" if local else "kiosk")
        self._device = CupsDevice(settings.ca_file)
        # CUPS forgets a job that is cancelled before it began without an event; that it accepted to is all there is.
        self._withdrawn: set[str] = set()
        self._events = CupsEvents(self._link, settings.queue)

    @property
    def name(self) -> str:
        """The queue's name."""
        return self._settings.queue

    @property
    def address(self) -> tuple[str, int, str]:
        """Host, port and Unix socket (may be empty) of the scheduler."""
        return self._address

    def formats(self) -> tuple[str, ...]:
        """MIME types the printer itself takes; empty where it cannot be asked. Raises KioskError."""
        self.state()
        return self._device.formats

    @staticmethod
    def filter_options(media: Media, page_size: str) -> dict[str, str]:
        """What the scheduler tells the filters of a job of ours: collections left out, the size by the PPD's name."""
        options = _options(Ticket("geometry", media, 1))
        options = {name: value for name, value in options.items() if not value.startswith("{")}
        return {**options, "ColorModel": "Gray", **({"media": page_size, "PageSize": page_size} if page_size else {})}

    def state(self) -> PrinterState:
        """The queue's state, with the printer's own words where it can be asked."""
        queue = _queue_facts(self._address, self.name)
        device = self._device.facts(str(first(queue.attributes, "device-uri") or ""))
        waiting = (first(each.attributes, "queued-job-count") or 0 for each in (queue, device))
        return PrinterState(
            status=_status(queue, device),
            reasons=_reasons(queue, device),
            media_ready=device.media_ready,
            accepting=first(queue.attributes, "printer-is-accepting-jobs") is not False,
            queued=max(waiting),
            impressions=device.counter,
            supplies=device.supplies or queue.supplies,
            two_sided=device.two_sided if device.attributes else queue.two_sided,
        )

    def submit(self, document: Path, ticket: Ticket) -> str:
        """Create the job, then send its document; the id tells the name too, as numbers begin anew after a crash."""
        try:
            data = document.read_bytes()
        except OSError as error:
            raise KioskError(FaultCode.PRINT_REFUSED, f"document: {error.strerror}") from error
        self._events.subscribe()
        options = _options(ticket)
        number = self._create(ticket.job_name, options)
        try:
            self._link.raw(lambda c: self._send(c, number, ticket.job_name, data), SEND_S)
        except (*FOREIGN, TimeoutError) as error:
            self._withdraw(number, ticket.job_name, error)
        return f"{number}/{ticket.job_name}"

    def job(self, job_id: str) -> JobState:
        """As CUPS has it, corrected by what the printer itself says of a job of that name."""
        number, name = _split(job_id)
        found = self._ask(lambda c: _attributes(c, number)) if number else None
        # After a restart of the scheduler the number may belong to another job.
        if found is not None and found.get("job-name") in (name, None):
            state = job_state(job_id, name, found)
        else:
            vanished = JobStatus.CANCELED if job_id in self._withdrawn else JobStatus.UNKNOWN
            state = self._events.ended(job_id) or JobState(job_id, name, vanished)
        return _corrected(state, self._own_words(name))

    def find(self, job_name: str) -> list[JobState]:
        """Jobs of that name, running ones and those whose end is still known; 0/NAME where only the printer knows."""
        jobs = self._ask(lambda c: c.getJobs(which_jobs="all", my_jobs=True, requested_attributes=list(JOB_ATTRIBUTES)))
        ids = [f"{number}/{job_name}" for number, found in jobs.items() if found.get("job-name") == job_name]
        ids += [job_id for job_id in self._events.known(job_name) if job_id not in ids]
        states = [self.job(job_id) for job_id in ids or [f"0/{job_name}"]]
        return [state for state in states if state.status is not JobStatus.UNKNOWN]

    def cancel(self, job_id: str) -> None:
        """Ask for it; a job that has ended is left alone."""
        number, _ = _split(job_id)
        if self.job(job_id).status in JOB_ENDED:
            return
        try:
            self._link.raw(lambda c: c.cancelJob(number), QUICK_S)
            self._withdrawn.add(job_id)
        except (*FOREIGN, TimeoutError) as error:
            if self.job(job_id).status not in JOB_ENDED:
                raise fault_of(error) from error

    def _own_words(self, name: str) -> JobState:
        if not self._device.known:
            self.state()  # says where the printer is
        return self._device.job(name)

    def _ask(self, work: Callable[[Any], Any]) -> Any:
        return self._link.call(work, QUICK_S)

    def _create(self, name: str, options: dict[str, str]) -> int:
        try:
            return int(self._link.call(lambda c: c.createJob(self.name, name, options), QUICK_S, again=False))
        except KioskError as error:
            if error.code is FaultCode.SPOOLER_DOWN:
                self.state()  # libcups says the same of a missing queue: this names it
            raise

    def _send(self, connection: Any, number: int, name: str, data: bytes) -> None:
        connection.startDocument(self.name, number, name, "application/pdf", 1)
        for start in range(0, len(data), CHUNK):
            part = data[start : start + CHUNK]
            connection.writeRequestData(part, len(part))
        if connection.finishDocument(self.name) > 0x00FF:
            raise cups.IPPError(0x0400, "document refused")

    def _withdraw(self, number: int, name: str, error: BaseException) -> None:
        """The document may not have arrived whole: take the job back; uncertain where that cannot be confirmed."""
        job_id = f"{number}/{name}"
        try:
            self.cancel(job_id)
            end = time.monotonic() + QUICK_S
            while (state := self.job(job_id)).status not in JOB_ENDED and time.monotonic() < end:
                time.sleep(0.05)
        except KioskError:
            raise KioskError(FaultCode.PRINT_UNCERTAIN, f"{job_id} broke off") from error
        if state.status in (JobStatus.CANCELED, JobStatus.ABORTED) and not state.sheets:
            raise fault_of(error) from error
        raise KioskError(FaultCode.PRINT_UNCERTAIN, f"{job_id} broke off, {state.status}") from error


def _queue_facts(address: tuple[str, int, str], queue: str) -> DeviceFacts:
    """Asked without pycups: it is asked several times a second, and pycups' answer leaks."""
    host, port, local = address
    uri = f"ipp://{host}:{port}/printers/{queue}"
    body = request(GET_PRINTER_ATTRIBUTES, uri, [(KEYWORD, "requested-attributes", QUEUE_ATTRIBUTES)])
    try:
        return DeviceFacts.of(ask(uri, body, QUICK_S, local))
    except IppError as error:
        raise KioskError(STATUS_CODES.get(error.status, FaultCode.SPOOLER_DOWN), str(error)) from error
    except OSError as error:
        raise KioskError(FaultCode.SPOOLER_DOWN, type(error).__name__) from error


def _options(ticket: Ticket) -> dict[str, str]:
    size = f"media-size={{x-dimension={ticket.media.width} y-dimension={ticket.media.height}}}"
    kind = f" media-type={ticket.media.kind}" if ticket.media.kind else ""
    return {
        "media-col": f"{{{size}{kind}}}",
        "print-scaling": "none",
        "sides": ticket.sides,
        "print-color-mode": "color" if ticket.colour else "monochrome",
        "job-sheets": "none",
        # For face-up trays the filters would send the last page first, and "three sheets are out" would mean others.
        "outputorder": "normal",
    }


def _attributes(connection: Any, number: int) -> Mapping[str, Any] | None:
    try:
        return dict(connection.getJobAttributes(number, requested_attributes=list(JOB_ATTRIBUTES)))
    except cups.IPPError as error:
        if not_found(error):
            return None
        raise


def _corrected(state: JobState, own: JobState) -> JobState:
    """CUPS takes a job for completed that the printer aborted, and for cancelled what the printer still prints."""
    if own.recall is not Recall.KNOWN:
        return replace(state, recall=own.recall)
    status = own.status if state.status in JOB_ENDED else state.status
    reasons = tuple(dict.fromkeys(state.reasons + own.reasons))
    return replace(state, status=status, sheets=own.sheets, reasons=reasons, recall=Recall.KNOWN)


def _split(job_id: str) -> tuple[int, str]:
    number, _, name = job_id.partition("/")
    return (int(number) if number.isdigit() else 0), name


def _status(queue: DeviceFacts, device: DeviceFacts) -> PrinterStatus:
    if device.reachable is False:
        return PrinterStatus.GONE
    states = (first(each.attributes, "printer-state") for each in (queue, device))
    told = [STATES[state] for state in states if state in STATES]
    return max(told, key=list(PrinterStatus).index, default=PrinterStatus.IDLE)


def _reasons(queue: DeviceFacts, device: DeviceFacts) -> tuple[str, ...]:
    """The printer's own words come first; the queue's copies of them, relabelled by CUPS, are left out."""
    told = queue.reasons
    if device.attributes:
        told = tuple(reason for reason in told if reason.startswith(("cups-", "paused", "hold-new-jobs")))
    unknown = (UNKNOWN_CERTIFICATE,) if device.stranger else ()
    return tuple(dict.fromkeys((*device.reasons, *told, *unknown)))


def _address(server: str) -> tuple[str, int, str]:
    """Host, port and Unix socket of a scheduler as CUPS writes it; the system's own where it is empty."""
    server = server or str(cups.getServer())
    if server.startswith("/"):
        return "localhost", 631, server
    host, _, port = server.partition(":")
    if port and not (port.isdigit() and int(port) < 65_536):
        raise KioskError(FaultCode.CONFIG_INVALID, f"printers.*.server: {server} is no HOST:PORT and no socket")
    return host, int(port) if port.isdigit() else int(cups.getPort()), ""
