"""The kiosk with the embedded sample hospital.

With a screen: the kiosk in a window, and beside it a tray of sample slips to hold before the camera.
Headless: a scripted visit that leaves pictures of every screen in both orientations, and the printed PDFs.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from kiosk.cli.screens import become


def register(command: argparse.ArgumentParser) -> None:
    """Arguments."""
    command.add_argument("--headless", action="store_true", help="no window: a scripted visit with pictures")
    command.add_argument("--out", type=Path, metavar="DIR", default=Path("demo-output"), help="pictures and PDFs")


def run(args: argparse.Namespace) -> int:
    """Become the screens."""
    return become("demo", ["--out", str(args.out), *(["--headless"] if args.headless else [])])
