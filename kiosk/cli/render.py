"""One frame of a DICOM image as a PNG picture: native size, 8 bit, exactly the pixel values the film uses.

Exit codes: 0 written · 2 usage · 6 the object cannot be shown (one line on standard error says why).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import imagecodecs

from kiosk.adapters.sandbox import Workers
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.imaging.pixels import jobs
from kiosk.imaging.pixels.picture import to_picture


def register(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", type=Path, metavar="FILE.dcm", help="the DICOM object")
    parser.add_argument("--out", type=Path, required=True, metavar="PNG", help="the picture to write")
    parser.add_argument("--frame", type=int, default=1, metavar="N", help="frame number, the first is 1 (default)")
    parser.add_argument("--window", type=float, nargs=2, metavar=("C", "W"), help="centre and width in modality units")


def run(args: argparse.Namespace) -> int:
    """Read, decode and window in the sandbox, write."""
    window = (args.window[0], args.window[1]) if args.window else None
    file = args.file.absolute()
    with Workers(1) as workers:
        frame = workers.call(jobs.frame, file, args.frame - 1, window, deadline_s=jobs.deadline_s(file))
    try:
        args.out.write_bytes(imagecodecs.png_encode(to_picture(frame)))
    except OSError as error:
        raise KioskError(FaultCode.DISK_FULL, f"picture cannot be written ({error.strerror})") from error
    for warning in frame.warnings:
        print(f"kiosk render: {warning}", file=sys.stderr)
    return 0
