"""Makes the kiosk's tones: python -m assets.make_sounds FOLDER. Soft attacks and decays, no sharp edges."""

from __future__ import annotations

import array
import math
import sys
import wave
from pathlib import Path

RATE = 22050
LOUDEST = 0.42 * 32767
# name: (frequency in Hz, start in s, length in s, strength)
TONES = {
    "good-read": ((1046.5, 0.0, 0.14, 1.0), (1568.0, 0.07, 0.22, 0.8)),
    "paper-ready": ((659.3, 0.0, 0.5, 0.9), (784.0, 0.16, 0.5, 0.9), (1046.5, 0.32, 0.8, 1.0)),
    "help-call": tuple((f, 0.55 * n + s, 0.5, 1.0) for n in range(3) for f, s in ((880.0, 0.0), (1174.7, 0.16))),
    "soft-error": ((392.0, 0.0, 0.22, 0.9), (329.6, 0.18, 0.36, 0.9)),
}


def strike(frequency: float, at: float) -> float:
    """A small bell: the fundamental and two quieter partials."""
    partials = ((1, 1.0), (2, 0.28), (3, 0.1))
    return sum(weight * math.sin(2 * math.pi * frequency * n * at) for n, weight in partials) / 1.38


def samples(notes: tuple[tuple[float, float, float, float], ...]) -> array.array[int]:
    """The notes mixed, 16 bit."""
    length = max(start + long for _, start, long, _ in notes)
    mixed = [0.0] * round(length * RATE)
    for frequency, start, long, strength in notes:
        for i in range(round(long * RATE)):
            at = i / RATE
            shape = min(1.0, at / 0.008) * math.exp(-4.5 * at / long) * min(1.0, (long - at) / 0.02)
            mixed[min(round(start * RATE) + i, len(mixed) - 1)] += strength * shape * strike(frequency, at)
    peak = max(1.0, max(abs(s) for s in mixed))
    return array.array("h", (round(LOUDEST * s / peak) for s in mixed))


def write(folder: Path) -> None:
    """All tones as WAV files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, notes in TONES.items():
        data = samples(notes)
        if sys.byteorder == "big":
            data.byteswap()
        with wave.open(str(folder / f"{name}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(data.tobytes())


if __name__ == "__main__":
    write(Path(sys.argv[1]))
