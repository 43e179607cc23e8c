"""What `kiosk doctor` looks at for printing: each printer, and whether CUPS runs as the appliance needs it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.sheets.media import same_size
from kiosk.domain.sheets.printer_reasons import worst
from kiosk.domain.sheets.printing import Media, PrinterState, PrinterStatus
from kiosk.ports.printer import Printer
from kiosk.ports.probe import Finding

LOW_PERCENT = 10
ADVICE: Mapping[FaultCode, str] = {
    FaultCode.SPOOLER_DOWN: "Start CUPS: systemctl start cups. Check printers.*.server in kiosk.toml.",
    FaultCode.PRINTER_MISSING: "Set the queue up: installer/cups/add-queue.sh. Check printers.*.queue in kiosk.toml.",
    FaultCode.PRINTER_OFFLINE: "Switch the printer on and check its network cable and address.",
    FaultCode.PRINTER_STOPPED: "Enable the queue: cupsenable QUEUE && cupsaccept QUEUE.",
    FaultCode.MEDIA_EMPTY: "Fill the tray.",
    FaultCode.MEDIA_JAM: "Clear the jam, then settle uncertain sheets at the desk.",
    FaultCode.DOOR_OPEN: "Close all doors and covers of the printer.",
    FaultCode.TRAY_MISSING: "Push the tray in.",
    FaultCode.OUTPUT_FULL: "Empty the output tray.",
    FaultCode.SUPPLY_EMPTY: "Replace the supply that the printer names.",
    FaultCode.WRONG_MEDIA: "Load the media named in kiosk.toml, or set trust_media_ready = false for this printer.",
}
UNVERIFIED = (
    "The printer's certificate is not known, so it is not asked for its media and counters: a jam leaves more sheets "
    "to be looked at by staff. Name the certificate in printers.*.ca_file (add-queue.sh keeps it)."
)
OTHERWISE = "Look at the printer's own display."

# Directive, what its value must match, and why.
SCHEDULER_RULES: tuple[tuple[str, str, str], ...] = (
    ("PreserveJobFiles", r"no|off|0", "documents would stay in the spool"),
    ("PreserveJobHistory", r"no|off|0", "job titles would stay in the spool"),
    ("ErrorPolicy", r"abort-job", "CUPS would repeat failed jobs by itself"),
    ("WebInterface", r"no|off", "queues could be changed from a browser"),
    ("Browsing", r"no|off", "the kiosk would announce its printers"),
    ("DefaultPolicy", r"kiosk", "the kiosk's user could do more than submit, follow and cancel"),
    ("PageLogFormat", r"((?!%\{job-name\}|%u|%\{job-originating).)*", "titles or users would be logged"),
    ("Listen", r"/\S+", "CUPS would be reachable over the network"),
)
FILES_RULES: tuple[tuple[str, str, str], ...] = (
    ("FileDevice", r"no|off", "queues could write to files of this machine"),
)
MEMORY_FILE_SYSTEMS = ("tmpfs", "ramfs")


class PrinterProbe:
    """One printer: reachable, able to print, loaded with what is needed, supplies."""

    def __init__(self, name: str, printer: Printer, media: Media | None = None) -> None:
        self.name = f"printer {name}"
        self._printer = printer
        self._media = media

    def check(self) -> Finding:
        """Look now."""
        try:
            state = self._printer.state()
        except KioskError as error:
            return self._bad(error.code, error.detail or str(error.code))
        fault = self._fault(state)
        if fault is not None:
            return self._bad(fault, ", ".join(state.reasons) or str(state.status))
        if "cups-pki-unknown" in state.reasons:
            return Finding(self.name, True, f"{self._printer.name} is {state.status}, as CUPS says", advice=UNVERIFIED)
        low = [f"{name} {level} %" for name, level in state.supplies if 0 <= level <= LOW_PERCENT]
        said = f"{self._printer.name} is {state.status}, {state.queued} waiting"
        return Finding(self.name, True, said, advice=f"Order soon: {', '.join(low)}." if low else "")

    def _fault(self, state: PrinterState) -> FaultCode | None:
        if state.status is PrinterStatus.GONE:
            return FaultCode.PRINTER_OFFLINE
        reason = worst(state.reasons)
        if reason is not None:
            return reason.fault
        if state.status is PrinterStatus.STOPPED or not state.accepting:
            return FaultCode.PRINTER_STOPPED
        wrong = self._media is not None and bool(state.media_ready)
        if wrong and not any(self._media and same_size(self._media, ready) for ready in state.media_ready):
            return FaultCode.WRONG_MEDIA
        return None

    def _bad(self, fault: FaultCode, said: str) -> Finding:
        return Finding(self.name, False, said, fault, ADVICE.get(fault, OTHERWISE))


class CupsProbe:
    """The scheduler's configuration against installer/cups: other values are refused, each with its reason."""

    name = "cups"

    def __init__(
        self,
        folder: Path = Path("/etc/cups"),
        file_system_of: Callable[[Path], str] | None = None,
    ) -> None:
        self._folder = folder
        self._file_system_of = file_system_of or file_system

    def check(self) -> Finding:
        """Read both files."""
        try:
            scheduler = directives(self._folder / "cupsd.conf")
            files = directives(self._folder / "cups-files.conf")
        except OSError as error:
            advice = "Run kiosk doctor as root: the scheduler's configuration is not for everybody."
            return Finding(self.name, False, f"{error.filename}: {error.strerror}", FaultCode.CONFIG_INVALID, advice)
        wrong = [*broken(scheduler, SCHEDULER_RULES), *broken(files, FILES_RULES), *self._spool(files)]
        if "port" in scheduler:
            wrong.append("Port: CUPS would be reachable over the network")
        if wrong:
            advice = "Install installer/cups/cupsd.conf and cups-files.conf, then restart CUPS."
            return Finding(self.name, False, "; ".join(wrong), FaultCode.CONFIG_INVALID, advice)
        return Finding(self.name, True, "keeps nothing, repeats nothing, listens on a socket only")

    def _spool(self, files: Mapping[str, Sequence[str]]) -> list[str]:
        spool = Path(next(iter(files.get("requestroot", ())), "/var/spool/cups"))
        kind = self._file_system_of(spool)
        return (
            [] if kind in MEMORY_FILE_SYSTEMS else [f"RequestRoot {spool} is on {kind}: documents would reach a disk"]
        )


def directives(file: Path) -> dict[str, list[str]]:
    """Top-level directives of a CUPS configuration file, names in lower case; sections are left out."""
    found: dict[str, list[str]] = {}
    depth = 0
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        words = line.split("#", 1)[0].split(None, 1)
        if not words:
            continue
        if words[0].startswith("<"):
            depth += -1 if words[0].startswith("</") else 1
        elif depth == 0:
            found.setdefault(words[0].lower(), []).append(words[1].strip() if len(words) > 1 else "")
    return found


def broken(found: Mapping[str, Sequence[str]], rules: Sequence[tuple[str, str, str]]) -> list[str]:
    """What does not match, with the reason."""
    return [
        f"{name}: {why}"
        for name, wanted, why in rules
        if not found.get(name.lower())
        or not all(re.fullmatch(wanted, value, re.IGNORECASE) for value in found[name.lower()])
    ]


def file_system(path: Path) -> str:
    """The kind of file system a path is on, by the longest mount point above it."""
    mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines()]
    above = [(place, kind) for place, kind in mounts if path.is_relative_to(place)]
    return max(above, key=lambda mount: len(mount[0]), default=("/", "unknown"))[1]
