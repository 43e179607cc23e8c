"""The sample hospital's desk: the program as it is, on a free port of this machine, with the kiosk's ledger, archive
and trays."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.config import Settings
from kiosk.domain.faults import FaultCode, KioskError

START_S, END_S, LOOK_S = 60.0, 15.0, 0.1
ADDRESS = re.compile(r"^The desk: (http\S+)$", re.MULTILINE)


@dataclass
class SampleDesk:
    """`hospital`: settings of the kiosk whose ledger it shares; `folder`: where its configuration and log lie."""

    hospital: Settings
    folder: Path
    _program: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> None:
        """It is ready later."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        config = self.folder / "kiosk.toml"
        config.write_text(self._configuration())
        command = [sys.executable, "-m", "kiosk", "desk", "run", "--config", str(config), "--port", "0"]
        with self._log.open("wb") as out:
            self._program = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)

    def ready(self) -> str:
        """Its address, once it listens. Raises KioskError INTERNAL where it does not."""
        end = time.monotonic() + START_S
        while time.monotonic() < end and self._program is not None and self._program.poll() is None:
            found = ADDRESS.search(self._log.read_text())
            if found:
                return found[1]
            time.sleep(LOOK_S)
        raise KioskError(FaultCode.INTERNAL, f"the sample desk did not start; see {self._log}")

    def stop(self) -> None:
        """End it."""
        program, self._program = self._program, None
        if program is None:
            return
        program.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            program.wait(END_S)
        if program.poll() is None:
            program.kill()
            program.wait()

    def __enter__(self) -> SampleDesk:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def _log(self) -> Path:
        return self.folder / "desk.log"

    def _configuration(self) -> str:
        """JSON strings are TOML strings too."""
        kiosk, q = self.hospital, json.dumps
        printers = [
            f"[printers.{kind}]\npath = {q(str(one.path.resolve()))}\nseconds_per_sheet = {one.seconds_per_sheet}\n"
            for kind, one in (("report", kiosk.printers.report), ("film", kiosk.printers.film))
        ]
        return "\n".join((
            f"[kiosk]\nid = \"desk\"\nstate_dir = {q(str(kiosk.kiosk.state_dir.resolve()))}\n",
            f"[archive]\npath = {q(str(kiosk.archive.path.resolve()))}\n",
            "[camera]\nsource = \"none\"\n",
            *printers,
            "[desk]\nworklist_days = 90\n",
        ))  # fmt: skip
