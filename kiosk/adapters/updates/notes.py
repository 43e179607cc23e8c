"""What a machine remembers of its updates: a file a thing, each whole after a power cut."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kiosk.adapters.machine.durable import make_folder, put, sync_folder
from kiosk.ports.updates import Trial

KEPT = 20


class UpdateMemory:
    """Numbers that were taken and left, and what is being tried."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def number(self) -> int:
        """The greatest that was ever taken; 0 at first."""
        return int(self._read("number", 0))

    def undone(self) -> list[int]:
        """The newest that were left again."""
        return list(self._read("undone", []))

    def trial(self) -> Trial | None:
        """What is being tried."""
        kept = self._read("trial", None)
        return Trial(**kept) if kept else None

    def begin(self, trial: Trial) -> None:
        """From now on this is being tried."""
        self._write("trial", asdict(trial))

    def end(self) -> None:
        """Nothing is being tried."""
        (self._folder / "trial").unlink(missing_ok=True)
        sync_folder(self._folder)

    def leave(self, number: int) -> None:
        """Not once more."""
        if number not in self.undone():
            self._write("undone", [*self.undone(), number][-KEPT:])

    def take(self, number: int) -> None:
        """Nothing older any more."""
        self._write("number", max(number, self.number()))

    def _read(self, name: str, nothing: Any) -> Any:
        try:
            return json.loads((self._folder / name).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return nothing

    def _write(self, name: str, value: Any) -> None:
        make_folder(self._folder)
        put(self._folder / name, json.dumps(value).encode())
