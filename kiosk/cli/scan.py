"""Read codes from pictures and videos with the camera's own pipeline.

One JSON line a file: `path`, `symbols` ([{format, text}]) and `ms` (reading alone, without loading the file).
A picture is searched to the end of the budget. A video runs through the live pipeline (two equal reads in a row):
its line also tells `frames` and `accepted_at`, the number of the frame, counted from 1, at which the symbol was
accepted, or null. A folder stands for the pictures and videos in it. A file that cannot be read has `error` instead
of `symbols`.

Exit codes: 0 at least one file could be read as a picture · 2 usage · 6 none could.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiosk.domain.faults import FaultCode, KioskError

if TYPE_CHECKING:
    from kiosk.adapters.symbols import CascadeReader

EXIT_USAGE, EXIT_NOTHING = 2, 6


def register(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="pictures, videos or folders of them")
    parser.add_argument("--json", action="store_true", help="accepted for uniformity; the output is always JSON lines")
    formats = "symbologies, separated by commas, or all (default: codes.formats of --config, else Code128,QRCode)"
    parser.add_argument("--formats", metavar="NAMES", help=formats)
    parser.add_argument("--budget-ms", type=float, metavar="MS", help="reading time for one picture")


def run(args: argparse.Namespace) -> int:
    """Read every file; one line each."""
    from kiosk.adapters.symbols import CascadeReader
    from kiosk.adapters.symbols.reader import BUDGET_MS, DEFAULT_FORMATS

    formats = tuple(args.formats.split(",")) if args.formats else _configured(args.config) or DEFAULT_FORMATS
    try:
        reader = CascadeReader(formats, budget_ms=args.budget_ms or BUDGET_MS)
    except KioskError as fault:
        print(f"kiosk scan: {fault.detail}", file=sys.stderr)
        return EXIT_USAGE
    reader.warm_up()
    readable = 0
    for path in _files(args.paths):
        line = _line(reader, path)
        readable += "error" not in line
        print(json.dumps({"path": str(path), **line}), flush=True)
    return 0 if readable else EXIT_NOTHING


def _configured(file: Path | None) -> tuple[str, ...]:
    if file is None:
        return ()
    from kiosk.config import load

    return load(file).codes.formats


def _files(paths: list[Path]) -> Iterator[Path]:
    from kiosk.adapters.camera.pictures import PICTURES, VIDEOS

    for path in paths:
        if path.is_dir():
            yield from sorted(one for one in path.iterdir() if one.suffix.lower() in PICTURES | VIDEOS)
        else:
            yield path


def _line(reader: CascadeReader, path: Path) -> dict[str, Any]:
    from kiosk.adapters.camera.pictures import VIDEOS

    try:
        return _video(reader, path) if path.suffix.lower() in VIDEOS else _picture(reader, path)
    except KioskError as fault:
        return {"error": str(fault.code), "detail": fault.detail}


def _picture(reader: CascadeReader, path: Path) -> dict[str, Any]:
    from kiosk.adapters.camera.pictures import load_picture
    from kiosk.adapters.symbols import grey_of

    grey = grey_of(load_picture(path))
    started = time.perf_counter()
    reading = reader.read(grey, thorough=True)
    spent = time.perf_counter() - started
    return {
        "symbols": [{"format": symbol.format, "text": symbol.text} for symbol in reading.symbols],
        "ms": round(spent * 1000, 2),
        "hint": str(reading.hint),
    }


def _video(reader: CascadeReader, path: Path) -> dict[str, Any]:
    from kiosk.adapters.camera.video import video_frames
    from kiosk.adapters.symbols import LiveReader, grey_of

    live = LiveReader(reader)
    accepted: list[dict[str, str]] = []
    accepted_at: int | None = None
    frames, spent = 0, 0.0
    for frames, pixels in enumerate(video_frames(path), 1):
        grey = grey_of(pixels)
        started = time.perf_counter()
        result = live.feed(grey)
        spent += time.perf_counter() - started
        if result.accepted:
            accepted.append({"format": result.accepted.format, "text": result.accepted.text})
            accepted_at = accepted_at or frames
    if not frames:
        raise KioskError(FaultCode.OBJECT_UNREADABLE, "not a video")
    return {"symbols": accepted, "ms": round(spent * 1000, 2), "frames": frames, "accepted_at": accepted_at}
