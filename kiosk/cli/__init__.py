"""The command line. Each module here is one command: `register` declares its arguments, `run` returns the exit code.

Exit codes: 0 ok · 2 usage or bad configuration · others as documented in the command's help.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from kiosk.domain.faults import FaultCode, KioskError

COMMANDS = (
    "run",
    "demo",
    "journey",
    "scan",
    "render",
    "film",
    "report",
    "doctor",
    "stats",
    "audit",
    "staff",
    "desk",
    "gateway",
    "publish",
    "relay",
    "portal",
    "fleet",
    "support-bundle",
)
EPILOG = "kiosk COMMAND --help tells more. Exit codes: 0 ok, 2 usage or bad configuration, others as the command tells."
EXIT_USAGE = 2
EXIT_SERVICE = 6


def parser(only: str = "") -> argparse.ArgumentParser:
    """The command line; with `only`, the other commands are named but not loaded, so that each starts fast."""
    main_parser = argparse.ArgumentParser("kiosk", description="Self-service report and film kiosk.", epilog=EPILOG)
    commands = main_parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in COMMANDS:
        if only in COMMANDS and name != only:
            commands.add_parser(name)
            continue
        module = importlib.import_module(f"kiosk.cli.{name.replace('-', '_')}")
        words = module.__doc__ or name
        command = commands.add_parser(
            name, help=words.splitlines()[0], description=words, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        command.add_argument("--config", type=Path, metavar="FILE", help="kiosk.toml (default: sample hospital)")
        module.register(command)
        command.set_defaults(run=module.run)
    return main_parser


def config_first(given: Sequence[str]) -> list[str]:
    """`--config FILE` may stand anywhere; it is moved to where it is declared, behind the command."""
    rest, config = list(given), list[str]()
    end = rest.index("--") if "--" in rest else len(rest)
    for at in range(end):
        if rest[at].startswith("--config="):
            config = [rest.pop(at)]
        elif rest[at] == "--config" and at + 1 < end:
            config = [rest.pop(at), rest.pop(at)]
        if config:
            break
    named = bool(rest) and not rest[0].startswith("-")
    return [rest[0], *config, *rest[1:]] if named else rest


def _check_config(file: Path | None) -> None:
    """A bad file is refused by every command, by those too that need little of it."""
    if file is not None:
        from kiosk.config import load  # only now: most commands on files of their own start without it

        load(file)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; a fault that nobody handled is told in one line."""
    given = config_first(list(sys.argv[1:] if arguments is None else arguments))
    args = parser(given[0] if given else "").parse_args(given)
    try:
        _check_config(args.config)
        return int(args.run(args))
    except KioskError as fault:
        print(f"kiosk {args.command}: {fault}", file=sys.stderr)
        return EXIT_USAGE if fault.code is FaultCode.CONFIG_INVALID else EXIT_SERVICE
    except BrokenPipeError:
        return 0
