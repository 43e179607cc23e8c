"""A private CUPS scheduler and IPP printers that behave like real ones, for tests.

The scheduler runs with the appliance's own configuration (installer/cups) in a folder of its own; the printers are
`ippeveprinter` with a print command that puts out one file a sheet and plays faults.

    printer.sheets()          what lies in the tray: (job name, sheet), one entry for each sheet that came out
    printer.raise_fault(k)    plays a printer-state-reasons keyword until clear_fault(k)
    scheduler.kill()          SIGKILL with all its backends and filters
"""

from __future__ import annotations

import getpass
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.servers import Server, answers, free_port, program, socket_answers, wait_until

CONFIGURATION = Path(__file__).parents[2] / "installer" / "cups"
A4 = ("iso_a4_210x297mm", 21000, 29700)
FILM_14X17 = ("na_14x17_14x17in", 35560, 43180)
FILM_10X12 = ("na_10x12_10x12in", 25400, 30480)

TRAY = Path(__file__).with_name("tray.py")


def start_discovery() -> None:
    """ippeveprinter announces itself by DNS-SD and will not start without: the system bus and Avahi are started
    where they do not run yet (and left running, as they would on any machine)."""
    bus = Path("/run/dbus/system_bus_socket")
    avahi = program("avahi-daemon", "avahi-daemon")
    if os.geteuid() and (not socket_answers(bus) or subprocess.run([avahi, "--check"], check=False).returncode):
        raise AssertionError(
            "the system bus and Avahi do not run: sudo service dbus start; sudo service avahi-daemon start"
        )
    if not socket_answers(bus):
        bus.parent.mkdir(parents=True, exist_ok=True)
        bus.unlink(missing_ok=True)
        Path("/run/dbus/pid").unlink(missing_ok=True)
        subprocess.run([program("dbus-daemon", "dbus"), "--system", "--fork"], check=True)
        wait_until(lambda: socket_answers(bus), "start of the system bus")
    if subprocess.run([avahi, "--check"], check=False).returncode:
        subprocess.run([avahi, "--daemonize", "--no-rlimits"], check=True, capture_output=True)


def _media_col(size: tuple[str, int, int], kind: str) -> str:
    margins = " ".join(f"MEMBER integer media-{side}-margin 0" for side in ("top", "bottom", "left", "right"))
    dimensions = f"MEMBER integer x-dimension {size[1]} MEMBER integer y-dimension {size[2]}"
    return (
        f"{{ MEMBER collection media-size {{ {dimensions} }} {margins} "
        f"MEMBER keyword media-type {kind} MEMBER keyword media-source main }}"
    )


@dataclass(frozen=True)
class Capabilities:
    """What a test printer says it can do and has loaded."""

    make: str = "Test Paper Printer"
    sizes: tuple[tuple[str, int, int], ...] = (A4,)
    ready: tuple[tuple[str, int, int], ...] = (A4,)
    kind: str = "stationery"
    formats: str = "application/pdf,image/pwg-raster,image/jpeg,application/octet-stream"
    duplex: bool = True
    extra: tuple[str, ...] = ()

    def lines(self) -> str:
        """As `ippeveprinter -a` reads them."""
        size_list = ",".join(
            f"{{ MEMBER integer x-dimension {x} MEMBER integer y-dimension {y} }}" for _, x, y in self.sizes
        )
        sides = "one-sided,two-sided-long-edge,two-sided-short-edge" if self.duplex else "one-sided"
        zero = [f"integer media-{side}-margin-supported 0" for side in ("top", "bottom", "left", "right")]
        attributes = [
            f"mimeMediaType document-format-supported {self.formats}",
            f"mimeMediaType document-format-default {self.formats.split(',')[0]}",
            f'text printer-make-and-model "{self.make}"',
            "boolean color-supported false",
            "integer copies-default 1",
            "rangeOfInteger copies-supported 1-1",
            f"keyword media-supported {','.join(name for name, _, _ in self.sizes)}",
            f"keyword media-default {self.sizes[0][0]}",
            f"keyword media-ready {','.join(name for name, _, _ in self.ready) or 'none'}",
            "keyword media-col-supported media-size,media-top-margin,media-left-margin,media-right-margin,"
            "media-bottom-margin,media-type,media-source",
            f"collection media-col-default {_media_col(self.sizes[0], self.kind)}",
            f"collection media-col-ready {','.join(_media_col(size, self.kind) for size in self.ready or self.sizes)}",
            f"collection media-col-database {','.join(_media_col(size, self.kind) for size in self.sizes)}",
            f"collection media-size-supported {size_list}",
            *zero,
            "keyword media-source-supported main",
            f"keyword media-type-supported {self.kind}",
            "resolution printer-resolution-default 300dpi",
            "resolution printer-resolution-supported 300dpi,320dpi,508dpi",
            "resolution pwg-raster-document-resolution-supported 300dpi",
            "keyword pwg-raster-document-type-supported sgray_8",
            "keyword pwg-raster-document-sheet-back normal",
            "keyword print-color-mode-supported monochrome",
            "keyword print-color-mode-default monochrome",
            f"keyword sides-supported {sides}",
            "keyword sides-default one-sided",
            "enum print-quality-supported 4,5",
            "enum print-quality-default 4",
            "keyword print-scaling-supported none,auto,fit",
            "keyword print-scaling-default auto",
            "enum finishings-supported 3",
            "enum finishings-default 3",
            "enum orientation-requested-supported 3,4",
            "enum orientation-requested-default 3",
            "keyword output-bin-supported face-up",
            "keyword output-bin-default face-up",
            "integer pages-per-minute 120",
            "keyword ipp-features-supported ipp-everywhere",
            "keyword job-creation-attributes-supported copies,media,media-col,print-scaling,print-quality,"
            "print-color-mode,sides,orientation-requested,printer-resolution,output-bin",
            "keyword overrides-supported document-numbers,pages",
            "keyword which-jobs-supported completed,not-completed",
            *self.extra,
        ]
        return "".join(f"ATTR {attribute}\n" for attribute in attributes)


FILM_IMAGER = Capabilities(
    make="Test Film Imager", sizes=(FILM_14X17, FILM_10X12), ready=(FILM_14X17,), kind="film", duplex=False
)


class IppPrinter:
    """One `ippeveprinter` with its tray and its faults."""

    def __init__(
        self,
        home: Path,
        name: str,
        capabilities: Capabilities | None = None,
        seconds_per_sheet: float = 0.05,
        secure: bool = False,
    ) -> None:
        self.scheme = "ipps" if secure else "ipp"
        self.home = home / name
        self.name = name
        self.port = free_port()
        for part in ("faults", "tray", "spool", "received", "attributes", "keys"):
            (self.home / part).mkdir(parents=True)
        command = self.home / "print"
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "{TRAY}" "$1"\n')
        command.chmod(0o755)
        attributes = self.home / "printer.conf"
        attributes.write_text((capabilities or Capabilities()).lines())
        self._server = Server(
            [
                program("ippeveprinter", "cups-ipp-utils"), "-p", str(self.port), "-n", "localhost",
                "-K", str(self.home / "keys"),
                "-d", str(self.home / "spool"), "-c", str(command), "-a", str(attributes), "-v", "-r", "off",
                f"{name} {os.getpid()}",
            ],
            self.home / "log",
            {"TRAY_HOME": str(self.home), "TRAY_PORT": str(self.port), "TRAY_SECONDS": str(seconds_per_sheet)},
        )  # fmt: skip

    @property
    def uri(self) -> str:
        """Where it answers."""
        return f"{self.scheme}://localhost:{self.port}/ipp/print"

    @property
    def certificate(self) -> Path:
        """The one it signed itself, when it was first asked for one."""
        return self.home / "keys" / "localhost.crt"

    def start(self) -> None:
        """Switch it on."""
        self._server.start()
        wait_until(lambda: answers(self.port) or not self._server.alive, f"start of printer {self.name}")
        assert self._server.alive, self.said()

    def stop(self) -> None:
        """Switch it off, and whatever it was printing with it."""
        if self._server.alive:
            self._server.kill()

    def sheets(self) -> list[tuple[str, int]]:
        """Job name and page of every sheet in the tray, in the order they came out."""
        found = [file.name.rsplit(".", 2) for file in (self.home / "tray").iterdir()]
        return [(name, int(page)) for name, page, _ in sorted(found, key=lambda parts: parts[2])]

    def received(self) -> list[Path]:
        """Every document that arrived, in order."""
        return sorted((self.home / "received").iterdir(), key=lambda file: file.stem.rpartition("-")[2])

    def attributes(self, document: Path) -> dict[str, str]:
        """The IPP attributes of the job a received document came with, as ippeveprinter names them (IPP_...)."""
        lines = (self.home / "attributes" / document.stem).read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def raise_fault(self, keyword: str, from_page: int = 1) -> None:
        """Play a reason from a page on."""
        (self.home / "faults" / f"{keyword}@{from_page}").touch()

    def clear_faults(self) -> None:
        """All is well again."""
        for file in (self.home / "faults").iterdir():
            file.unlink()

    def set(self, word: str, on: bool = True) -> None:
        """`swallow`: reports success but puts nothing out; `abort`: gives jobs up."""
        (self.home / word).touch() if on else (self.home / word).unlink(missing_ok=True)

    def put_right(self) -> None:
        """No faults, no tricks, switched on."""
        self.clear_faults()
        for word in ("swallow", "abort"):
            self.set(word, False)
        if not self._server.alive:
            self.start()

    def said(self) -> str:
        """Its log: every request it received, among others."""
        return (self.home / "log").read_text(errors="replace")


class Scheduler:
    """A private cupsd with the appliance's configuration."""

    def __init__(self, user: str = "") -> None:
        self.home = Path(tempfile.mkdtemp(prefix="cups-"))  # short: a socket's path has at most 107 bytes
        self.user = user or getpass.getuser()
        self._prepare()
        self._server = Server(
            [
                program("cupsd", "cups-daemon"),
                "-f",
                "-c",
                str(self.etc / "cupsd.conf"),
                "-s",
                str(self.etc / "cups-files.conf"),
            ],
            self.home / "out",
            {"TMPDIR": str(self.home / "spool" / "tmp")},
        )

    @property
    def etc(self) -> Path:
        """Its configuration."""
        return self.home / "etc"

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self.home / "run" / "cups.sock"

    def start(self, empty_spool: bool = True) -> None:
        """Start it as the appliance does: with an emptied spool."""
        if empty_spool:
            self.empty_spool()
        self._server.start()
        wait_until(lambda: socket_answers(self.socket) or not self._server.alive, "start of cupsd")
        assert self._server.alive, self.said()

    def empty_spool(self) -> None:
        """What the systemd drop-in does before each start."""
        for file in (self.home / "spool").glob("[cd]*[0-9]"):
            file.unlink()
        for name in ("job.cache", "job.cache.O"):
            (self.home / "cache" / name).unlink(missing_ok=True)

    def stop(self) -> None:
        """End it; a busy machine's has time to write down what it knows."""
        self._server.stop(60)

    def rests(self) -> bool:
        """No job's file lies in its spool, no filter and no backend runs."""
        return not self._server.busy and not list((self.home / "spool").glob("[cd]*[0-9]"))

    def queues(self) -> set[str]:
        """The queues it knows."""
        return {line.split()[0] for line in self.admin("lpstat", "-p").splitlines() if line.startswith("printer ")}

    def kill(self) -> None:
        """SIGKILL it with all its backends and filters."""
        self._server.kill()

    @property
    def alive(self) -> bool:
        """True while it runs."""
        return self._server.alive

    def add(self, queue: str, printer: IppPrinter) -> None:
        """Set a queue up as installer/cups/add-queue.sh does."""
        self.admin(
            "lpadmin", "-p", queue, "-E", "-v", printer.uri, "-m", "everywhere", "-o", "printer-error-policy=abort-job"
        )
        # The scheduler asks the printer in the background; until then the queue passes everything on as it is.
        wait_until((self.etc / "ppd" / f"{queue}.ppd").exists, f"the description of queue {queue}")

    def admin(self, *command: str) -> str:
        """Run a client program against this scheduler."""
        program(command[0], "cups-client")
        env = {**os.environ, "CUPS_SERVER": str(self.socket)}
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}{done.stdout}\n{self.said()[-3000:]}"
        return done.stdout

    def remove(self) -> None:
        """End it and delete its folder."""
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    def said(self) -> str:
        """Its error log."""
        log = self.home / "log" / "error_log"
        return log.read_text(errors="replace") if log.exists() else ""

    def _prepare(self) -> None:
        for part in ("etc", "run", "spool", "spool/tmp", "cache", "log", "root"):
            (self.home / part).mkdir()
        if os.geteuid() == 0:
            self.home.chmod(0o755)
            shutil.chown(self.home / "spool" / "tmp", "lp", "lp")
            (self.home / "spool" / "tmp").chmod(0o1777)
        text = (CONFIGURATION / "cupsd.conf").read_text()
        text = text.replace("/run/cups/cups.sock", str(self.socket)).replace("user kiosk ", f"user kiosk {self.user} ")
        text = text.replace("@OWNER kiosk", f"@OWNER kiosk {self.user}")
        (self.etc / "cupsd.conf").write_text(text)
        (self.etc / "cups-files.conf").write_text(self._files())

    def _files(self) -> str:
        text = (CONFIGURATION / "cups-files.conf").read_text()
        places = {
            "/run/cups-spool/tmp": "spool/tmp", "/run/cups-spool": "spool", "/run/cups": "run", "/etc/cups": "etc",
            "/var/cache/cups": "cache", "/var/log/cups": "log",
        }  # fmt: skip
        for appliance, ours in places.items():
            text = re.sub(rf"(?<=\s){re.escape(appliance)}(?=/|\n)", str(self.home / ours), text)
        if os.geteuid():
            me = getpass.getuser()
            text = re.sub(r"(?m)^(User|Group|SystemGroup) .*$", rf"\1 {me}", text)
        return text


@dataclass
class PrintShop:
    """A scheduler with a paper printer `report` and a film imager `film`."""

    scheduler: Scheduler
    printers: dict[str, IppPrinter] = field(default_factory=dict)

    @classmethod
    def open(cls, home: Path, seconds_per_sheet: float = 0.05, **capabilities: Capabilities) -> PrintShop:
        """Start everything; `capabilities` by queue name."""
        start_discovery()
        shop = cls(Scheduler())
        try:
            shop.scheduler.start()
            for queue, able in (capabilities or {"report": Capabilities(), "film": FILM_IMAGER}).items():
                printer = shop.printers[queue] = IppPrinter(home, queue, able, seconds_per_sheet)
                printer.start()
                shop.scheduler.add(queue, printer)
            shop.scheduler.stop()  # asked to end it writes its queues down; killed later it still knows them
            shop.scheduler.start()
        except BaseException:
            shop.close()
            raise
        return shop

    @property
    def server(self) -> str:
        """For PrinterSettings.server."""
        return str(self.scheduler.socket)

    def put_right(self) -> None:
        """Clear all faults and start what is down."""
        if not self.scheduler.alive:
            self.scheduler.start()
        for printer in self.printers.values():
            printer.put_right()
        for queue in self.printers.keys() - self.scheduler.queues():
            self.scheduler.add(queue, self.printers[queue])

    def close(self) -> None:
        """Stop everything that was started."""
        for printer in self.printers.values():
            printer.stop()
        self.scheduler.remove()


def main() -> None:
    """Run a shop until it is ended: for trying things by hand (docs/trying-it.md). Argument: a folder for its trays."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # the scheduler must not outlive this
    with tempfile.TemporaryDirectory() as spare:
        shop = PrintShop.open(Path(sys.argv[1] if sys.argv[1:] else spare), 0.2)
        try:
            print(f"CUPS_SERVER={shop.server}", *(f"{name}: {p.home}" for name, p in shop.printers.items()), sep="\n")
            sys.stdout.flush()
            signal.pause()
        finally:
            shop.close()


if __name__ == "__main__":
    main()
