"""The machine as `installer/install.sh` laid it out: releases as folders, a link to the one in use."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from kiosk.adapters.machine.durable import sync_folder
from kiosk.adapters.updates.notes import UpdateMemory
from kiosk.domain.updates.releases import UpdateRefusedError
from kiosk.ports.updates import Trial

HOME = Path("/opt/cloud-film-kiosk")
INSTALLER = "installer/install.sh"
# Of install.sh: somebody is still at the kiosk, nothing was changed.
SOMEBODY_IS_THERE = 3
# What is left of a release that was not laid down whole must not look like one.
MARK = ".complete"
Doctor = Callable[[float], Sequence[str] | None]


class ReleaseFolders:
    """kiosk.ports.updates.Appliance. `words` go before the installer's own (`--stage DIR` below another root)."""

    def __init__(self, doctor: Doctor, home: Path = HOME, words: Sequence[str] = ()) -> None:
        self._home, self._words, self._memory = home, tuple(words), UpdateMemory(home / "updates")
        self.faults = doctor
        self.number, self.undone, self.trial = self._memory.number, self._memory.undone, self._memory.trial
        self.drop = self._memory.end

    def current(self) -> str:
        """Where the link points to."""
        return (self._home / "current").readlink().name

    def holds(self, release: str) -> bool:
        """Whether it was laid down to the end; the installer compares its content before it switches."""
        return (self._home / "releases" / release / MARK).is_file()

    def room(self) -> Path:
        """On the same file system as the releases."""
        room = self._home / "updates" / "room"
        shutil.rmtree(room, ignore_errors=True)
        room.mkdir(parents=True)
        return room

    def unpack(self, archive: Path, release: str) -> None:
        """Beside its place first, then renamed."""
        made, place = archive.parent / "unpacked", self._home / "releases" / release
        made.mkdir()
        words = "--extract", "--zstd", "--no-same-owner", "--directory", str(made), "--file", str(archive)
        if subprocess.run(["tar", *words], check=False).returncode or not (made / release / MARK).is_file():
            raise UpdateRefusedError(f"{archive.name} does not hold release {release}")
        subprocess.run(["sync", "--file-system", str(made)], check=True)
        shutil.rmtree(place, ignore_errors=True)
        (made / release).rename(place)
        sync_folder(place.parent)
        shutil.rmtree(archive.parent)

    def try_out(self, trial: Trial) -> bool:
        """By the new release's own installer."""
        self._memory.begin(trial)
        code = self._install(self._home / "releases" / trial.name, "--switch", trial.name)
        if code == SOMEBODY_IS_THERE:
            self._memory.end()
        return code != SOMEBODY_IS_THERE

    def go_back(self, trial: Trial) -> None:
        """By the installer of the release before, which is known to work."""
        self._memory.leave(trial.number)
        if self.current() == trial.name:
            before = (self._home / "previous").readlink().name
            code = self._install(self._home / "releases" / before, "--rollback")
            if code:
                raise OSError(f"going back ended with {code}; it is tried again")
        self._memory.end()

    def keep(self, trial: Trial) -> None:
        """Nothing older is taken from now on."""
        self._memory.take(trial.number)
        self._memory.end()

    def _install(self, release: Path, *words: str) -> int:
        return subprocess.run(["bash", str(release / INSTALLER), *self._words, *words], check=False).returncode
