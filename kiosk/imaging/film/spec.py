"""What a film is to be like, and what became of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kiosk.domain.sheets.film import FilmSize, Grid
from kiosk.imaging.dicom.limits import Limits
from kiosk.imaging.film.gather import Skipped, Warned
from kiosk.imaging.film.protocols import FilmProtocol, load_protocols
from kiosk.words import SOURCE


@dataclass(frozen=True)
class SheetContent:
    """What a sheet's verification code vouches for."""

    number: int
    total: int
    serial: str
    study_uid: str
    images: tuple[tuple[str, int], ...]  # SOP Instance UID and frame from 1, in reading order

    @cached_property
    def digest(self) -> str:
        """SHA-256 over all of it, one field a line."""
        lines = [str(self.number), str(self.total), self.serial, self.study_uid]
        lines += [f"{uid}/{frame}" for uid, frame in self.images]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def qr_modules(payload: str) -> list[list[int]]:
    """A QR code, rows of 0 and 1."""
    import segno  # costs 20 ms of start, and most command line films have no code

    return [list(row) for row in segno.make(payload, error="m", micro=False).matrix]


@dataclass(frozen=True)
class FilmSpec:
    """How to print.

    `protocol` None: chosen for each study by modality and body part. `media` and `grid` win over the protocol's.
    `show_name` is the hospital's masking policy. `verify` makes the payload of the verification code (its signature
    is the caller's business), `cloud` is the patient's link. `correction`: P-value to the value this printer needs,
    256 entries, from its measured characteristic curve.
    """

    dpi: float = 320.0
    protocol: FilmProtocol | None = None
    protocols: tuple[FilmProtocol, ...] = field(default_factory=load_protocols)
    media: FilmSize | None = None
    grid: Grid | None = None
    language: str = SOURCE
    hospital: str = ""
    serial: str = ""
    show_name: Callable[[str], str] = str
    verify: Callable[[SheetContent], str] | None = None
    cloud: str = ""
    correction: NDArray[np.uint8] | None = None
    limits: Limits = field(default_factory=Limits)

    @cached_property
    def cloud_code(self) -> list[list[int]]:
        """The modules of the patient's code, the same on every sheet."""
        return qr_modules(self.cloud)


@dataclass(frozen=True)
class FilmTally:
    """Every image given is counted once: placed, left out by the protocol, or in `skipped`.

    Frames of a multi-frame object count one each, except that an object that cannot be read at all counts once.
    `true_size`: at least one sheet is printed in life size by calibrated spacing. `missing`: characters that no font
    has, printed as boxes. `warnings`: what is wrong with images that count as placed, such as one that is cut off.
    """

    sheets: int
    placed: int
    left_out: int
    skipped: tuple[Skipped, ...]
    true_size: bool
    missing: frozenset[str] = frozenset()
    warnings: tuple[Warned, ...] = ()
