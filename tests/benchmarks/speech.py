"""What speech costs: python -m tests.benchmarks.speech. A visit's sentences in each language, spoken by the real voice.

The player is one that takes everything at once, so the figure is the processor time of everything (this process,
opusdec, espeak-ng) over the seconds of sound it made. Gates: ≤ 5 % of a core, ≤ 20 MB beyond what the kiosk holds,
the first sound at the player within 300 ms (a sound card has its own buffer beside that).
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MOST_CPU, MOST_MB = 5.0, 20.0
LANGUAGES = ("zh", "zh-Hant", "en", "es", "ar")


def cpu_s() -> float:
    """Of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def memory_mb() -> float:
    """Resident now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def size(file: Path) -> int:
    """Bytes so far."""
    return file.stat().st_size if file.exists() else 0


def measure(language: str) -> None:
    """One language in a process of its own; what the screens load anyway is loaded before."""
    import numpy  # noqa: F401 - the camera holds it anyway

    from kiosk.session.facts import Facts
    from kiosk.session.screens.bodies import present
    from kiosk.session.screens.texts import load_texts
    from kiosk.session.screens.view import Surroundings
    from ui.pictures import samples

    around = Surroundings(Facts(), load_texts(language, "X"), samples.NOW)
    names = ("attract", "scan", "scan-hint", "confirm", "list", "film", "printing", "qr", "done", "trouble")
    views = [present(samples.states()[name], around) for name in names]
    before = memory_mb()
    from kiosk.adapters.speech.speaking import SpeakingVoice

    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder) / "sound"
        player = Path(folder) / "aplay"
        player.write_text(f"#!/bin/sh\nexec cat >> {sound}\n")
        player.chmod(0o755)
        os.environ["PATH"] = f"{folder}:{os.environ['PATH']}"
        voice, began, waits = SpeakingVoice(), cpu_s(), list[float]()
        for view in views:
            assert view.spoken
            heard, asked = size(sound), time.monotonic()
            voice.say(view.spoken.pieces, view.spoken.language, 0.6)
            while size(sound) == heard:
                time.sleep(0.001)
            waits.append(time.monotonic() - asked)
            voice._pool.submit(int).result()  # every sentence to its end: nobody interrupts
        voice.close()
        used, seconds = cpu_s() - began, sound.stat().st_size / 48_000
    share, more = used / seconds * 100, memory_mb() - before
    well = "" if share <= MOST_CPU and more <= MOST_MB else "   over the gate"
    print(f"{language:8} {seconds:6.1f} s of speech   {share:4.1f} % of a core   {more:5.1f} MB   "
          f"begins after {1000 * sorted(waits)[len(waits) // 2]:3.0f} ms, at most {1000 * max(waits):3.0f} ms{well}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(sys.argv[1])
    else:
        for one in LANGUAGES:
            subprocess.run([sys.executable, "-m", "tests.benchmarks.speech", one], check=True)
