"""This tree against another one of the same project (a work tree of an older commit): has anything become dearer?

python -m tests.benchmarks.before_after TREE [ROUNDS]: `kiosk film` (30 CT files, 320 and 508 dpi) and `kiosk scan`
(lobby frames, easy to hard), each whole command in turn from both trees with this Python and its
libraries. Processor seconds of the command with all its workers, since the clock tells how busy the machine is; the
median of the rounds' ratios.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from tests.benchmarks.film_series import write_series
from tests.support.lobby_frames import EASY, HARD, MEDIUM, lobby_frame

HERE = Path(__file__).resolve().parents[2]
FRAMES = [(kind, text, view) for view in (EASY, MEDIUM, HARD)
          for kind, text in (("Code128", "CT2026110042"), ("QRCode", "MR2026110777"))]  # fmt: skip
REACH = 1.05


def main() -> int:
    """Print the table; 1 where something is dearer by more than 5 %."""
    other, rounds = Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 7
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        print(f"{'command':>14} {'before s':>9} {'now s':>7} {'ratio':>6}  least..most")
        for name, command in commands(Path(folder)).items():
            pairs = [(spent(other, command), spent(HERE, command)) for _ in range(rounds)]
            ratios = sorted(now / before for before, now in pairs)
            before, now = (statistics.median(column) for column in zip(*pairs, strict=True))
            ratio = statistics.median(ratios)
            spread = f"{ratios[0]:.2f}..{ratios[-1]:.2f}"
            print(f"{name:>14} {before:>9.2f} {now:>7.2f} {ratio:>5.2f}x  {spread}", flush=True)
            worst = max(worst, ratio)
    return 0 if worst <= REACH else 1


def commands(folder: Path) -> dict[str, list[str]]:
    """What is run, as arguments of `kiosk`."""
    files = [str(path) for path in write_series(folder, 30)]
    frames = folder / "frames"
    frames.mkdir()
    for number, (kind, text, view) in enumerate(FRAMES):
        Image.fromarray(lobby_frame(kind, text, view, number)).save(frames / f"{number}.png")
    film = ["film", *files, "--out", str(folder / "film.pdf"), "--layout", "5x6", "--dpi"]
    return {"film 320 dpi": [*film, "320"], "film 508 dpi": [*film, "508"], "scan": ["scan", str(frames)]}


def spent(tree: Path, command: list[str]) -> float:
    """Processor seconds of a command of that tree. Raises CalledProcessError where it fails."""
    run = [sys.executable, "-m", "kiosk", *command]
    begun = subprocess.Popen(run, cwd=tree, env={**os.environ, "PYTHONPATH": str(tree)}, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(begun.pid, 0)
    begun.returncode = os.waitstatus_to_exitcode(status)
    if begun.returncode:
        raise subprocess.CalledProcessError(begun.returncode, run[:4])
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
