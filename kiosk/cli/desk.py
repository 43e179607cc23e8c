"""The staff station: the same desk and admin screens in a window, on the shared database."""

from __future__ import annotations

import argparse

from kiosk.cli.screens import become


def register(command: argparse.ArgumentParser) -> None:
    """Arguments: none of its own."""


def run(args: argparse.Namespace) -> int:
    """Become the screens."""
    return become("desk", ["--config", str(args.config)] if args.config else [])
