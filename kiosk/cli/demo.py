"""The kiosk with the embedded sample hospital.

With a screen: the kiosk in a window, and beside it a tray of sample slips to hold before the camera.
Headless: a scripted visit that leaves pictures of every screen in both orientations, the printed PDFs, and pictures of
every view of the staff's desk. Both have that desk in the browser, and their cloud: portal, relay and publisher on free
ports of this machine. With --serve it stays up, and cloud.json beside the pictures tells the address, a patient's link
and the answer; --lan lets phones in.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from kiosk.cli.screens import become


def register(command: argparse.ArgumentParser) -> None:
    """Arguments."""
    command.add_argument("--headless", action="store_true", help="no window: a scripted visit with pictures")
    command.add_argument("--serve", action="store_true", help="headless: the cloud stays up until interrupted")
    command.add_argument("--lan", action="store_true", help="the cloud can be reached by phones in this network")
    command.add_argument("--out", type=Path, metavar="DIR", default=Path("demo-output"), help="pictures and PDFs")


def run(args: argparse.Namespace) -> int:
    """Become the screens."""
    flags = [f"--{name}" for name in ("headless", "serve", "lan") if getattr(args, name)]
    return become("demo", ["--out", str(args.out), *flags])
