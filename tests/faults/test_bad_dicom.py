"""Cases 63 to 68 and 72: files that lie, made here kind by kind, and the shared ones; all through the sandbox.

Every file ends as shown, shown with warning, or cannot be shown, within two seconds, in a worker of at most 1 GiB.
"""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from pydicom.encaps import encapsulate

from kiosk.adapters.sandbox import Workers
from kiosk.domain.faults import KioskError
from kiosk.imaging.dicom.reading import read
from kiosk.imaging.pixels.picture import load_frame
from kiosk.imaging.pixels.presentation import drawings, read_state
from tests.corpus import name, packaged, shared
from tests.faults.mutants import DEADLINE, mutate, run, verdict
from tests.golden.test_presentation_states import state
from tests.making import SYNTAXES, compressed, encoded, image, made, phantom, run_lengths, written
from tests.unit.test_elements import nested

SMALL = np.arange(256, dtype=np.uint8).reshape(16, 16)
PLAIN = made(SMALL)


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    """One sandbox for the module; at the end none of its workers was too large."""
    with Workers(1) as pool:
        pool.warm()
        yield pool
        assert all(peak < 1 << 20 for peak in pool.peaks())


def element(tag: tuple[int, int], vr: bytes, value: bytes) -> bytes:
    """A short element in explicit little endian."""
    return struct.pack("<HH", *tag) + vr + struct.pack("<H", len(value)) + value


def with_short(data: bytes, number: int, value: int) -> bytes:
    """Group 0028 element `number` (US) set to `value`."""
    at = data.index(struct.pack("<HH", 0x0028, number) + b"US\x02\0") + 8
    return data[:at] + struct.pack("<H", value) + data[at + 2 :]


def with_pixels(data: bytes, length: int, content: bytes | None = None) -> bytes:
    """Pixel data with another claimed length and content."""
    at = data.index(b"\xe0\x7f\x10\x00")
    return data[: at + 8] + struct.pack("<I", length) + (data[at + 12 :] if content is None else content)


def with_transfer_syntax(data: bytes, syntax: bytes) -> bytes:
    """Another transfer syntax of the same length, or padded."""
    at = data.index(b"\x02\x00\x10\x00UI")
    length = int.from_bytes(data[at + 6 : at + 8], "little")
    padded = syntax + b"\0" * (len(syntax) % 2)
    return data[: at + 6] + struct.pack("<H", len(padded)) + padded + data[at + 8 + length :]


def encapsulated(stream: bytes, syntax: str) -> bytes:
    """A 16 x 16 object of 8 bits whose frame is `stream`."""
    dataset = image(SMALL)
    dataset.PixelData = encapsulate([stream])
    dataset["PixelData"].VR = "OB"
    return written(dataset, SYNTAXES[syntax])


def deflated(body: bytes) -> bytes:
    """A deflated object with this data set."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    start = PLAIN.index(b"\x08\x00\x16\x00")
    return with_transfer_syntax(PLAIN[:start], SYNTAXES["deflated"].encode()) + packer.compress(body) + packer.flush()


PLAIN_DEFLATED_START = deflated(b"")[:-2]


def jpeg2000_of(size: int) -> bytes:
    """A stream whose SIZ claims size x size."""
    stream = bytearray(compressed(SMALL, "jpeg2000"))
    stream[8:16] = struct.pack(">II", size, size)
    return bytes(stream)


def jpeg_of(rows: int, columns: int, marker: int = 0xC0) -> bytes:
    """The head of a JPEG that claims these dimensions."""
    return (
        b"\xff\xd8\xff" + bytes([marker]) + struct.pack(">HBHHB3B", 11, 8, rows, columns, 1, 1, 0x11, 0) + b"\xff\xd9"
    )


BODY = PLAIN[PLAIN.index(b"\x08\x00\x16\x00") :]
REFUSED: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "cut in the preamble": lambda: PLAIN[:131],
    "cut in the meta information": lambda: PLAIN[:140],
    "cut before the pixels": lambda: PLAIN[: PLAIN.index(b"\x28\x00\x10\x00")],
    "text": lambda: b"<html>not found</html>" * 100,
    "rows 65535": lambda: with_short(with_short(PLAIN, 0x10, 65_535), 0x11, 65_535),
    "rows 46341": lambda: with_short(with_short(PLAIN, 0x10, 46_341), 0x11, 46_341),
    "rows 0": lambda: with_short(PLAIN, 0x10, 0),
    "frames 2147483647": lambda: made(SMALL, NumberOfFrames=2_147_483_647),
    "frames negative": lambda: made(SMALL, NumberOfFrames=-4),
    "samples 255": lambda: with_short(PLAIN, 0x02, 255),
    "bits allocated 7": lambda: with_short(PLAIN, 0x100, 7),
    "bits allocated 64": lambda: with_short(PLAIN, 0x100, 64),
    "bits stored 0 of 8": lambda: with_short(PLAIN, 0x101, 200),
    "no pixel data": lambda: PLAIN[: PLAIN.index(b"\xe0\x7f\x10\x00")],
    "pixel data of no length": lambda: with_pixels(PLAIN, 0, b""),
    "palette missing": lambda: made(SMALL, PhotometricInterpretation="PALETTE COLOR"),
    "nested 1200 deep": lambda: PLAIN[: -len(BODY)] + nested(1_200, False) + BODY,
    "deflate bomb": lambda: deflated(BODY[:-256] + bytes(64 << 20)),
    "deflate damaged": lambda: PLAIN_DEFLATED_START + b"\xff" * 200,
    "jpeg 2000 of 60000": lambda: encapsulated(jpeg2000_of(60_000), "jpeg2000"),
    "jpeg 2000 of 9000 in 16": lambda: encapsulated(jpeg2000_of(9_000), "jpeg2000"),
    "jpeg of 65535": lambda: encapsulated(jpeg_of(65_535, 65_535), "lossless"),
    "jpeg without a frame header": lambda: encapsulated(b"\xff\xd8\xff\xd9", "lossless"),
    "jpeg-ls without data": lambda: encapsulated(jpeg_of(16, 16, 0xF7), "jpegls"),
    "no stream at all": lambda: encapsulated(b"\0" * 80, "jpeg2000"),
    "rle offsets outside": lambda: encapsulated(struct.pack("<16I", 1, 1 << 30, *[0] * 14), "rle"),
    "rle 15 segments": lambda: encapsulated(struct.pack("<16I", 15, *range(64, 79)) + b"\0" * 32, "rle"),
    "no fragments": lambda: with_pixels(encoded(SMALL, "OT", "rle"), 0xFFFFFFFF, b"\xfe\xff\xdd\xe0\0\0\0\0"),
    "mpeg-2": lambda: with_transfer_syntax(encoded(SMALL, "OT", "rle"), b"1.2.840.10008.1.2.4.100"),
    "private transfer syntax": lambda: with_transfer_syntax(encoded(SMALL, "OT", "rle"), b"1.3.6.1.4.1.99999.1"),
}  # fmt: skip
SHOWN: dict[str, Callable[[], bytes]] = {
    "polyglot preamble": lambda: b"%PDF-1.4\n".ljust(128, b" ") + PLAIN[128:],
    "program preamble": lambda: b"\x7fELF".ljust(128, b"\0") + PLAIN[128:],
    "pixel data claim 2 GiB": lambda: with_pixels(PLAIN, 0x7FFFFFFE),
    "pixel data claim 4 GiB": lambda: with_pixels(PLAIN, 0xFFFFFFFE),
    "undefined length in a native syntax": lambda: with_pixels(PLAIN, 0xFFFFFFFF),
    "group length wrong": lambda: PLAIN[:140] + b"\xff\xff\xff\x7f" + PLAIN[144:],
    "unknown value representation": lambda: PLAIN.replace(b"\x08\x00\x60\x00CS", b"\x08\x00\x60\x00ZZ"),
    "odd dates": lambda: made(SMALL, StudyDate="20260101").replace(b"20260101", b"99999999"),
    "no meta information": lambda: BODY,
    "identifiers that are paths": lambda: PLAIN.replace(b"1.2.826.0.1.3680043.10.999.2", b"../" * 9 + b"\0"),
    "nested 30 deep": lambda: PLAIN[: -len(BODY)] + nested(30, False) + BODY,
}  # fmt: skip
WARNED: dict[str, Callable[[], bytes]] = {
    "rle too short": lambda: encapsulated(run_lengths(SMALL)[:70], "rle"),
    "pixel data cut": lambda: PLAIN[:-100],
    "photometric unknown": lambda: PLAIN.replace(b"MONOCHROME2", b"MONOCHROME9"),
    "slope 0": lambda: made(phantom("MR", 16), "MR", RescaleSlope=0),
    "window width 0": lambda: made(phantom("MR", 16), "MR", WindowWidth=0),
    "window width -5": lambda: made(phantom("MR", 16), "MR", WindowWidth=-5),
    "window width 1e308": lambda: made(phantom("MR", 16), "MR", WindowWidth="1e308"),
    "jpeg 2000 of 20 in 16": lambda: encapsulated(compressed(np.zeros((20, 20), np.uint8), "jpeg2000"), "jpeg2000"),
}  # fmt: skip
KINDS = [(outcome, kind, make) for outcome, kinds in (("refused", REFUSED), ("shown", SHOWN), ("warning", WARNED))
         for kind, make in kinds.items()]  # fmt: skip


@pytest.mark.parametrize(("outcome", "kind", "make"), KINDS, ids=[kind for _, kind, _ in KINDS])
def test_case_63_66_67_68_72_made(workers: Workers, outcome: str, kind: str, make: Callable[[], bytes]) -> None:
    found, reason, _ = verdict(workers, make(), DEADLINE)
    assert found == outcome, reason
    assert "crashed" not in reason and "longer" not in reason and "memory" not in reason, f"{kind}: {reason}"


@pytest.mark.parametrize("path", [*packaged(), *shared("malformed/*.dcm"), *shared("malformed/*/*.dcm")], ids=name)
def test_case_63_every_file_has_a_verdict(workers: Workers, path: Path) -> None:
    found, reason, _ = verdict(workers, path, DEADLINE)
    assert found in ("shown", "warning", "refused")
    assert bool(reason) == (found != "shown")
    assert len(reason) <= 200 and reason.isprintable()


def test_case_63_fresh_mutants() -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")
    outcome, largest = run(200, seed)
    assert outcome.counts.total() == 200
    assert largest < 1 << 20


def test_case_63_mutants_of_presentation_states() -> None:
    """In this process: whatever a damaged state says, only a KioskError may come out."""
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    target = read(made(phantom("CT", 32), "CT"))
    whole = state(ImageRotation=90, ShutterShape="RECTANGULAR", ShutterLeftVerticalEdge=2, ShutterRightVerticalEdge=30)
    ends = []
    for _ in range(300):
        try:
            found = read_state(mutate(whole, chance))
            drawings(found, target)
            ends.append(load_frame(target, presentation=found).codes.shape)
        except KioskError as fault:
            ends.append(fault.code)
    assert len(ends) == 300


def test_case_69_reasons_hold_nothing_of_the_patient(workers: Workers) -> None:
    for make in REFUSED.values():
        _, reason, _ = verdict(workers, make(), DEADLINE)
        assert "Phantom" not in reason and "T-1" not in reason
