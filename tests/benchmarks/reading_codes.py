"""Reading codes side by side: this product, pyzbar, zxing-cpp and OpenCV, on the same frames in the same run.

python -m tests.benchmarks.reading_codes                      the project's own lobby frames
python -m tests.benchmarks.reading_codes --frames DIR         a folder with meta.json: [{f, kind, text, tier}, ...]
python -m tests.benchmarks.reading_codes --photographs DIR    a folder with barcodes/MANIFEST.tsv

Milliseconds are processor time of the thread that reads, so that other work on the machine counts little. Frames of
python-barcode whose text begins with 99 are left out and counted: that library draws such a symbol
without its first two digits, and every reader then reads, rightly, another text than the list says.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray
from pyzbar import pyzbar

from kiosk.adapters.camera.pictures import load_picture
from kiosk.adapters.symbols import CascadeReader, grey_of
from tests.support.lobby_frames import EASY, HARD, MEDIUM, lobby_frame, photograph
from tests.support.shared_data import photographs

Grey = NDArray[np.uint8]
Decoder = Callable[[Grey], list[str]]
FORMATS = ("Code128", "QRCode")


@dataclass(frozen=True)
class Sample:
    """One frame: `text` empty where nothing must be read."""

    name: str
    group: str
    text: str
    grey: Grey


@dataclass
class Score:
    """What one decoder made of the samples."""

    exact: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    milliseconds: dict[bool, list[float]] = field(default_factory=lambda: defaultdict(list))


def decoders(formats: tuple[str, ...]) -> dict[str, Decoder]:
    """The reader and its peers, restricted alike where they can be."""
    reader = CascadeReader(formats)
    reader.warm_up()
    everything = formats == ("all",)
    kinds = None if everything else [pyzbar.ZBarSymbol.CODE128, pyzbar.ZBarSymbol.QRCODE]
    names = zxingcpp.BarcodeFormats([zxingcpp.barcode_format_from_str(one) for one in formats if not everything])
    only = {} if everything else {"formats": names}
    bars, codes = cv2.barcode.BarcodeDetector(), cv2.QRCodeDetector()
    return {
        "kiosk": lambda grey: [one.text for one in reader.read(grey, thorough=True).symbols],
        "pyzbar": lambda grey: [one.data.decode("utf-8", "replace") for one in pyzbar.decode(grey, symbols=kinds)],
        "zxing-cpp": lambda grey: [
            one.text for one in zxingcpp.read_barcodes(grey, text_mode=zxingcpp.TextMode.Plain, **only)
        ],
        "OpenCV": lambda grey: _opencv(bars, codes, grey),
    }


def _opencv(bars: cv2.barcode.BarcodeDetector, codes: cv2.QRCodeDetector, grey: Grey) -> list[str]:
    try:
        texts = [codes.detectAndDecode(grey)[0], *bars.detectAndDecodeMulti(grey)[1]]
    except cv2.error:
        return []
    return [text for text in texts if text]


def own_frames(count: int) -> Iterator[Sample]:
    """The project's own generator."""
    for number in range(count):
        for tier, view in (("easy", EASY), ("medium", MEDIUM), ("hard", HARD)):
            for kind in FORMATS:
                text = f"CT2026{number:04d}-{tier[0].upper()}"
                yield Sample(f"{kind} {tier} {number}", f"{kind} {tier}", text, lobby_frame(kind, text, view, number))
        yield Sample(f"blank {number}", "blank", "", photograph(None, HARD, 1000 + number))


def folder_frames(folder: Path) -> Iterator[Sample]:
    """Frames with meta.json."""
    for one in json.loads((folder / "meta.json").read_text()):
        group = "blank" if one["kind"] == "blank" else f"{one['kind']} {one['tier']}"
        if is_drawn_short(one["kind"], one["text"]):
            print(f"left out: {one['f']}, drawn without its first two digits")
            continue
        yield Sample(one["f"], group, one["text"], grey_of(load_picture(folder / one["f"])))


def is_drawn_short(kind: str, text: str) -> bool:
    """True for a text of which python-barcode loses the first pair when it draws Code 128 (set C, value 99)."""
    return kind == "code128" and text.startswith("99")


def public_photographs(folder: Path) -> Iterator[Sample]:
    """Photographs of a manifest; line ends are compared as the manifest writes them."""
    for one in photographs(folder):
        text = "" if one.expected is None else one.expected
        kind = "generated" if one.kind.startswith("generated") else one.kind
        yield Sample(one.path.name, kind if text else f"negative {kind}", text, grey_of(load_picture(one.path)))


def compare(samples: Iterator[Sample], peers: dict[str, Decoder]) -> tuple[Counter[str], dict[str, Score]]:
    """Every decoder on every sample, one sample at a time so that all share the machine's moods."""
    totals: Counter[str] = Counter()
    scores = {name: Score() for name in peers}
    for sample in samples:
        totals[sample.group] += 1
        for name, decode in peers.items():
            started = time.thread_time()
            texts = [text.replace("\r\n", "\n") for text in decode(sample.grey)]
            scores[name].milliseconds[bool(sample.text)].append((time.thread_time() - started) * 1000)
            scores[name].exact[sample.group] += sample.text in texts if sample.text else not texts
            if any(text != sample.text for text in texts):
                scores[name].wrong.append(sample.name)
    return totals, scores


def report(totals: Counter[str], scores: dict[str, Score]) -> None:
    """A table, and the ratios to pyzbar."""
    print(f"{'':28}" + "".join(f"{name:>12}" for name in scores))
    for group, total in sorted(totals.items()):
        print(f"{group:22}{total:6}" + "".join(f"{score.exact[group]:12}" for score in scores.values()))
    coded = [group for group in totals if group != "blank" and not group.startswith("negative")]
    count = sum(totals[group] for group in coded)
    shares = [100 * sum(score.exact[group] for group in coded) / max(1, count) for score in scores.values()]
    print(f"{'exact, %':22}{count:6}" + "".join(f"{share:12.1f}" for share in shares))
    print(f"{'other texts':28}" + "".join(f"{len(score.wrong):12}" for score in scores.values()))
    for label, coded_frames, figure in (
        ("mean ms, with a code", True, np.mean),
        ("95th percentile, without", False, lambda values: np.percentile(values, 95)),
    ):
        values = [float(figure(score.milliseconds[coded_frames] or [float("nan")])) for score in scores.values()]
        print(f"{label:28}" + "".join(f"{value:12.1f}" for value in values))
        print(f"{'  × pyzbar':28}" + "".join(f"{value / values[1]:12.2f}" for value in values))
    print("other texts of kiosk:", ", ".join(scores["kiosk"].wrong) or "none")


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=Path, metavar="DIR")
    parser.add_argument("--photographs", type=Path, metavar="DIR")
    parser.add_argument("--all-formats", action="store_true", help="every symbology, not only Code 128 and QR")
    parser.add_argument("--count", type=int, default=8, help="own frames of each kind and tier")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    peers = decoders(("all",) if args.all_formats else FORMATS)
    if args.frames:
        samples = folder_frames(args.frames)
    elif args.photographs:
        samples = public_photographs(args.photographs)
    else:
        samples = own_frames(args.count)
    report(*compare(samples, peers))


if __name__ == "__main__":
    main()
