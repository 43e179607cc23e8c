"""Print DICOM files or folders to film sheets (PDF, on request also PNG and PWG raster).

The last line of output is one JSON object with --json: sheets, placed, left_out, skipped [{file, reason}],
warnings [{file, reason}] on images that count as placed, true_size, ms. Every image given is counted once; each frame
of a multi-frame object is an image. true_size is true where at least one sheet is printed in life size by calibrated
spacing.

Exit codes: 0 ok - 2 usage or bad configuration - 3 fonts missing or output cannot be written -
6 nothing could be shown (then no PDF is left).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from kiosk.adapters.documents.film_worker import Sink, run_film
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.sheets.film import FilmJob, media_named, parse_grid

EXIT_OK, EXIT_USAGE, EXIT_MACHINE, EXIT_NOTHING = 0, 2, 3, 6
DPI = 320.0


def register(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("source", nargs="*", type=Path, metavar="SOURCE", help="DICOM files or folders with subfolders")
    parser.add_argument("--out", type=Path, required=True, metavar="PDF", help="the PDF to write")
    parser.add_argument("--protocol", default="", metavar="NAME", help="film protocol (default: by modality)")
    parser.add_argument("--layout", default="", metavar="CxR", help="columns x rows, instead of the protocol's")
    media = "DICOM film size, such as 14INX17IN or A4 (default: film.media of --config, else the protocol's)"
    parser.add_argument("--media", default="", metavar="SIZE", help=media)
    parser.add_argument("--dpi", type=float, metavar="N", help="the printer's resolution (default: film.dpi, else 320)")
    parser.add_argument("--png", type=Path, metavar="DIR", help="also write each sheet as PNG into this folder")
    parser.add_argument("--pwg", type=Path, metavar="FILE", help="also write all sheets as PWG raster")
    parser.add_argument("--test-page", action="store_true", help="print the printer test page, no images")
    parser.add_argument("--json", action="store_true", help="print the outcome as one JSON object, the last line")


def run(args: argparse.Namespace) -> int:
    """Print."""
    start = time.perf_counter()
    try:
        _take_from_config(args)
        _check(args)
        files = tuple(_files(args.source))
        outcome = _print(args, files)
    except ValueError as error:
        print(f"kiosk film: {error}", file=sys.stderr)
        return EXIT_USAGE
    except OSError as error:
        print(f"kiosk film: output cannot be written: {error.strerror or error}", file=sys.stderr)
        return EXIT_MACHINE
    except KioskError as fault:
        print(f"kiosk film: {fault}", file=sys.stderr)
        return EXIT_USAGE if fault.code is FaultCode.CONFIG_INVALID else EXIT_MACHINE
    for list_ in ("skipped", "warnings"):
        outcome[list_] = [_named(files, item) for item in outcome[list_]]
    outcome["ms"] = round((time.perf_counter() - start) * 1000)
    _tell(args, outcome)
    return EXIT_OK if outcome["sheets"] else EXIT_NOTHING


def _take_from_config(args: argparse.Namespace) -> None:
    """What is not given is as the kiosk of this configuration would print it."""
    if args.config:
        from kiosk.config import load

        wanted = load(args.config).film
        args.media, args.dpi = args.media or wanted.media, args.dpi or wanted.dpi
    args.dpi = DPI if args.dpi is None else args.dpi


def _check(args: argparse.Namespace) -> None:
    """Refuse what cannot be meant, before anything is read."""
    if not args.source and not args.test_page:
        raise ValueError("give a file or folder, or --test-page")
    if not 50 <= args.dpi <= 1270:
        raise ValueError("--dpi must be between 50 and 1270")
    if args.media:
        media_named(args.media)
    if args.layout:
        parse_grid(args.layout)
    for target in filter(None, (args.out, args.pwg)):
        if target.is_dir() or not target.resolve().parent.is_dir():
            raise ValueError(f"{'is a folder' if target.is_dir() else 'no such folder'}: {target}")


def _files(sources: Iterable[Path]) -> Iterable[Path]:
    """Each file once, folders in the order of their names."""
    seen: set[Path] = set()
    for source in sources:
        if not source.exists():
            raise ValueError(f"no such file or folder: {source}")
        found = sorted(path for path in source.rglob("*") if path.is_file()) if source.is_dir() else [source]
        for path in found:
            if path.resolve() not in seen:
                seen.add(path.resolve())
                yield path


def _request(args: argparse.Namespace, files: tuple[Path, ...]) -> FilmJob:
    return FilmJob(
        files=files, dpi=args.dpi, protocol=args.protocol, grid=args.layout, media=args.media, png=args.png is not None,
        pwg=args.pwg is not None, test_page=args.test_page,
    )  # fmt: skip


def _print(args: argparse.Namespace, files: tuple[Path, ...]) -> dict[str, Any]:
    output = _Output(args)
    try:
        outcome = run_film(_request(args, files), output.fresh, _progress(quiet=args.json))
        output.finish(keep=outcome["sheets"] > 0)
    finally:
        output.discard()
    return outcome


def _progress(*, quiet: bool) -> Any:
    def tell(done: int, total: int) -> None:
        if not quiet and sys.stderr.isatty():
            print(f"\rsheet {done} of {total}", end="" if done < total else "\n", file=sys.stderr, flush=True)

    return tell


class _Output:
    """The files under way; they get their names when the film is complete."""

    def __init__(self, args: argparse.Namespace) -> None:
        self._out, self._pwg, self._png = args.out, args.pwg, args.png
        self._open: dict[Path, BinaryIO] = {}

    def fresh(self) -> Sink:
        """Start anew."""
        self.discard()
        self._stream(self._target(0))
        return self._write

    def _target(self, channel: int) -> Path:
        if channel == 0:
            return Path(self._out)
        return Path(self._pwg) if channel == 1 else Path(self._png) / f"film-{channel - 1:03d}.png"

    def _stream(self, target: Path) -> BinaryIO:
        if target not in self._open:
            target.parent.mkdir(parents=True, exist_ok=True)
            self._open[target] = _partial(target).open("wb")
        return self._open[target]

    def _write(self, channel: int, data: bytes) -> None:
        self._stream(self._target(channel)).write(data)

    def finish(self, *, keep: bool) -> None:
        """Give the files their names."""
        for target, stream in self._open.items():
            stream.close()
            if keep:
                _partial(target).replace(target)
        self._open.clear() if keep else self.discard()

    def discard(self) -> None:
        """Remove what is not complete."""
        for target, stream in self._open.items():
            stream.close()
            with suppress(FileNotFoundError):
                _partial(target).unlink()
        self._open.clear()


def _partial(target: Path) -> Path:
    return target.with_name(f".{target.name}.part")


def _named(files: tuple[Path, ...], item: dict[str, Any]) -> dict[str, Any]:
    told = {"file": str(files[item["source"]]), "reason": item["reason"]}
    return {**told, "frame": item["frame"]} if item["frame"] is not None else told


def _tell(args: argparse.Namespace, outcome: dict[str, Any]) -> None:
    if outcome["missing"]:
        named = " ".join(f"U+{ord(char):04X}" for char in outcome["missing"])
        print(f"kiosk film: no font has {named}; printed as a box", file=sys.stderr)
    if args.json:
        keys = ("sheets", "placed", "left_out", "skipped", "warnings", "true_size", "ms")
        print(json.dumps({key: outcome[key] for key in keys}, ensure_ascii=False))
        return
    print(f"{outcome['sheets']} sheets, {outcome['placed']} images placed, {outcome['left_out']} left out by the "
          f"protocol, {len(outcome['skipped'])} skipped, {outcome['ms']} ms")  # fmt: skip
    for item in outcome["skipped"]:
        print(f"  skipped {item['file']}: {item['reason']}")
    for item in outcome["warnings"]:
        print(f"  printed with a fault {item['file']}: {item['reason']}")
