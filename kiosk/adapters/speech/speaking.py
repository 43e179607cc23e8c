"""The voice through the machine's player: phrase after phrase on a thread of its own, cut off at once when told."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from kiosk.adapters.speech.sounds import RATE, louder, sound_of, units

PLAYERS = {
    "aplay": ("-q", "-t", "raw", "-f", "S16_LE", "-r", str(RATE), "-c", "1", "-"),
    "paplay": ("--raw", "--format=s16le", f"--rate={RATE}", "--channels=1"),
    "pw-play": ("--format", "s16", "--rate", str(RATE), "--channels", "1", "-"),
}


class SpeakingVoice:
    """One player process an utterance: killing it is silence at once, whatever it has buffered."""

    def __init__(self) -> None:
        self._player = next(([path, *words] for name, words in PLAYERS.items() if (path := shutil.which(name))), None)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="voice")
        self._door = threading.Lock()
        self._turn = 0
        self._playing: subprocess.Popen[bytes] | None = None

    def say(self, pieces: Sequence[str], language: str, volume: float) -> None:
        """As the port has it."""
        turn = self._next_turn()
        if self._player is not None:
            with contextlib.suppress(RuntimeError):  # closed meanwhile
                self._pool.submit(self._speak, turn, tuple(pieces), language, volume)

    def hush(self) -> None:
        """As the port has it."""
        self._next_turn()

    def close(self) -> None:
        """As the port has it."""
        self.hush()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _next_turn(self) -> int:
        with self._door:
            self._turn += 1
            if self._playing:
                self._playing.kill()
            return self._turn

    def _speak(self, turn: int, pieces: tuple[str, ...], language: str, volume: float) -> None:
        player = self._start(turn)
        if player is None or player.stdin is None:
            return
        with contextlib.suppress(OSError):  # hushed, or the sound card has gone
            for unit in (unit for piece in pieces for unit in units(piece)):
                player.stdin.write(louder(sound_of(unit, language), volume))
                player.stdin.flush()
        with contextlib.suppress(OSError):
            player.stdin.close()
        player.wait()
        with self._door:
            self._playing = None

    def _start(self, turn: int) -> subprocess.Popen[bytes] | None:
        with self._door:
            if turn != self._turn or self._player is None:
                return None
            try:
                quiet = subprocess.DEVNULL
                self._playing = subprocess.Popen(self._player, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet)
            except OSError:
                return None
            return self._playing
