"""What an object may claim before anything is allocated for it."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Bounds of one object; the defaults suit a lobby kiosk with 1 GiB per worker.

    `compressed_bytes` holds for encapsulated and deflated objects and for anything given as bytes; uncompressed files
    are read frame by frame and may be larger. `pixels` bounds one frame beside its two sides, so that codes, table
    result and one temporary stay well inside a worker's memory.
    """

    compressed_bytes: int = 64 * MIB
    native_bytes: int = 1024 * MIB
    side: int = 16_384
    pixels: int = 100_000_000
    frames: int = 4_096
    nesting: int = 64
    elements: int = 1_000_000
    inflate_ratio: int = 100
    inflated_bytes: int = 512 * MIB
    text: int = 1_024
