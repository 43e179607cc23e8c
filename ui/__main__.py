"""python -m ui run|demo: what the `kiosk` command becomes when screens are wanted."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from kiosk.config import load
from kiosk.domain.faults import FaultCode, KioskError


def parsed(arguments: list[str]) -> argparse.Namespace:
    """The arguments as `kiosk.cli` passes them on."""
    parser = argparse.ArgumentParser(prog="python -m ui")
    screens = parser.add_subparsers(dest="screen", required=True)
    kiosk = screens.add_parser("run")
    kiosk.add_argument("--config", type=Path)
    kiosk.add_argument("--windowed", action="store_true")
    demo = screens.add_parser("demo")
    demo.add_argument("--headless", action="store_true")
    demo.add_argument("--out", type=Path, default=Path("demo-output"))
    demo.add_argument("--lan", action="store_true")
    demo.add_argument("--serve", action="store_true")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Show what is asked for."""
    args = parsed(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    try:
        if args.screen == "demo" and args.headless:
            from ui.pictures.headless import tour

            return tour(args.out, serve=args.serve, lan=args.lan)
        from ui import starts

        if args.screen == "demo":
            return starts.demo(lan=args.lan)
        settings = load(args.config) if args.config else None
        return starts.kiosk(settings, args.windowed)
    except KioskError as fault:
        print(f"kiosk {args.screen}: {fault}", file=sys.stderr)
        return 2 if fault.code is FaultCode.CONFIG_INVALID else 6


sys.exit(main(sys.argv[1:]))
