"""The fullscreen kiosk."""

from __future__ import annotations

import argparse

from kiosk.cli.screens import become


def register(command: argparse.ArgumentParser) -> None:
    """Arguments."""
    command.add_argument("--windowed", action="store_true", help="in a window instead of the whole screen")


def run(args: argparse.Namespace) -> int:
    """Become the screens."""
    config = ["--config", str(args.config)] if args.config else []
    return become("run", [*config, *(["--windowed"] if args.windowed else [])])
