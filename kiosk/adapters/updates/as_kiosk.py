"""What a machine's updater, which is root, asks of the kiosk's own commands, which are not."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from kiosk.adapters.machine.durable import make_folder, put
from kiosk.domain.updates.rollouts import Turn, UpdateOutcome

COMMAND = ("/usr/local/bin/kiosk",)
LIMIT_S = 300
LOOK_S = 1.0
Command = Sequence[str]


def doctor(limit_s: float, command: Command = COMMAND, unit: str = "kiosk.service") -> Sequence[str] | None:
    """What it finds, a word a probe. None where the kiosk did not tell READY, its first picture, within the limit."""
    end = time.monotonic() + limit_s
    while subprocess.run(["systemctl", "is-active", "--quiet", unit], check=False).returncode:
        if time.monotonic() > end:
            return None
        time.sleep(LOOK_S)
    code, said = _run(command, "doctor", "--json")
    try:
        return [f"{one['probe']}: {one['fault']}" for one in json.loads(said)["findings"] if not one["ok"]]
    except (ValueError, KeyError, TypeError):
        return [f"doctor: ended with {code}"]


class KioskVoice:
    """kiosk.ports.updates.FleetVoice by `kiosk fleet turn` and `kiosk fleet note`. What could not be told waits in a
    file, so that a machine that is cut off tells it when the ledger is back."""

    def __init__(self, folder: Path, command: Command = COMMAND) -> None:
        self._waiting, self._command = folder / "to-tell", command

    def turn(self) -> Turn:
        """Asks the ledger."""
        self.tell_waiting()
        code, said = _run(self._command, "fleet", "turn")
        if code:
            raise OSError(f"the ledger cannot be asked ({code})")
        return Turn(**json.loads(said))

    def note(self, number: int, outcome: UpdateOutcome, said: str) -> None:
        """Now, or later."""
        make_folder(self._waiting.parent)
        put(self._waiting, json.dumps([*self._untold(), [number, outcome, said]]).encode())
        self.tell_waiting()

    def tell_waiting(self) -> None:
        """In their order; what cannot be told stays."""
        untold = self._untold()
        while untold:
            number, outcome, said = untold[0]
            if _run(self._command, "fleet", "note", str(number), outcome, "--said", said)[0]:
                return
            untold = untold[1:]
            put(self._waiting, json.dumps(untold).encode())

    def _untold(self) -> list[list[str]]:
        try:
            return list(json.loads(self._waiting.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return []


def _run(command: Command, *words: str) -> tuple[int, str]:
    # In the kiosk's unprivileged command nothing of root's environment matters; the words are ours.
    first, *rest = words
    try:
        done = subprocess.run([*command, first, *rest], stdout=subprocess.PIPE, text=True, timeout=LIMIT_S, check=False)
    except subprocess.TimeoutExpired:
        return 1, ""
    return done.returncode, done.stdout
