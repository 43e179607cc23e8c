"""Short tones through whatever player the machine has; silent where there is none."""

from __future__ import annotations

import array
import io
import shutil
import subprocess
import sys
import wave
from pathlib import Path

PLAYERS = ("aplay", "paplay", "pw-play")
LONGEST_S = 5.0


class Tones:
    """Plays `assets/sounds/NAME.wav`; the tone before is cut off by the next."""

    def __init__(self, folder: Path, volume: float) -> None:
        self._player = next((path for name in PLAYERS if (path := shutil.which(name))), None)
        self._playing: subprocess.Popen[bytes] | None = None
        silent = volume <= 0 or self._player is None
        self._tones = {} if silent else {file.stem: quieter(file, volume) for file in folder.glob("*.wav")}

    def play(self, name: str) -> None:
        """Start a tone; returns at once. A player that cannot play is no fault of the visit."""
        tone = self._tones.get(name)
        if tone is None or self._player is None:
            return
        self.close()
        try:
            self._playing = subprocess.Popen(
                self._command(), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            assert self._playing.stdin is not None  # noqa: S101 - for the type checker
            self._playing.stdin.write(tone)
            self._playing.stdin.close()
        except OSError:
            self._playing = None

    def _command(self) -> list[str]:
        assert self._player is not None  # noqa: S101 - for the type checker
        name = Path(self._player).name
        return [self._player, *(["-q", "-"] if name == "aplay" else ["-"] if name == "pw-play" else [])]

    def close(self) -> None:
        """Stop the tone that plays."""
        if self._playing and self._playing.poll() is None:
            self._playing.kill()
        if self._playing:
            self._playing.wait(LONGEST_S)
        self._playing = None


def quieter(file: Path, volume: float) -> bytes:
    """The WAV file (16 bit) with its samples scaled: not every player has a volume of its own."""
    with wave.open(str(file)) as source:
        parameters, data = source.getparams(), source.readframes(source.getnframes())
    samples = array.array("h", data)
    if sys.byteorder == "big":
        samples.byteswap()
    scaled = array.array("h", (round(s * volume) for s in samples))
    if sys.byteorder == "big":
        scaled.byteswap()
    out = io.BytesIO()
    with wave.open(out, "wb") as target:
        target.setparams(parameters)
        target.writeframes(scaled.tobytes())
    return out.getvalue()
