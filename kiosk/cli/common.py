"""What several commands share: finding settings, printing tables, logging."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from typing import Any

from kiosk import sample
from kiosk.config import Settings, load

EXIT_OK, EXIT_USAGE, EXIT_IDENTITY, EXIT_NOTHING, EXIT_RULE, EXIT_SERVICE, EXIT_UNCERTAIN = 0, 2, 3, 4, 5, 6, 7
EXIT_PARTLY = 8


def settings_of(args: argparse.Namespace) -> Settings:
    """The configured hospital, or the embedded sample hospital."""
    return load(args.config) if args.config else sample.prepare(sample.home()).settings


def quiet_logs(level: int = logging.ERROR) -> None:
    """Log lines go to standard error, one line each, escaped."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine("%(asctime)s %(levelname)s %(name)s %(message)s", "%Y-%m-%d %H:%M:%S%z"))
    logging.basicConfig(level=level, handlers=[handler])


class OneLine(logging.Formatter):
    """One event, one line: control characters are escaped and long lines cut (matrix case 106)."""

    longest = 2000

    def format(self, record: logging.LogRecord) -> str:
        """The escaped line."""
        text = super().format(record)
        return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)[: self.longest]


def table(rows: Iterable[Sequence[object]], head: Sequence[str]) -> str:
    """Rows under a head, columns as wide as needed."""
    cells = [list(head), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in cells)


def stamp(seconds: float, zone: tzinfo) -> str:
    """A moment by the hospital's clock, with its distance from UTC: 2026-05-01 14:03:59 +0800."""
    return f"{datetime.fromtimestamp(seconds, zone):%Y-%m-%d %H:%M:%S %z}"


def out_json(value: Any) -> None:
    """One JSON object on one line."""
    print(json.dumps(value, ensure_ascii=False, default=str))
