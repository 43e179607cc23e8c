"""The command line. Each module here is one command: `register` declares its arguments, `run` returns the exit code.

Exit codes: 0 ok · 2 usage or bad configuration · others as documented in the command's help.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from kiosk.domain.faults import KioskError

COMMANDS = ("scan", "render", "film")
EXIT_USAGE = 2
EXIT_SERVICE = 6


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    main_parser = argparse.ArgumentParser(prog="kiosk", description="Self-service report and film kiosk.")
    commands = main_parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in COMMANDS:
        module = importlib.import_module(f"kiosk.cli.{name}")
        summary = (module.__doc__ or name).splitlines()[0]
        command = commands.add_parser(
            name, help=summary, description=module.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        command.add_argument("--config", type=Path, metavar="FILE", help="kiosk.toml (default: sample hospital)")
        module.register(command)
        command.set_defaults(run=module.run)
    return main_parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; a fault that nobody handled is told in one line."""
    args = parser().parse_args(arguments)
    try:
        return int(args.run(args))
    except KioskError as fault:
        print(f"kiosk {args.command}: {fault}", file=sys.stderr)
        return EXIT_SERVICE
    except BrokenPipeError:
        return 0
