"""Stored values to P-values by one table of 65,536 entries (PS3.3 C.11.1, C.11.2, C.11.6; PS3.4 N.2).

Everything is a monotone code of 16 bits: stored value = base + step x code. The order of the standard (modality LUT or
rescale, VOI LUT or window, presentation LUT) is worked out once per table, never per pixel.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

VoiFunction = Literal["LINEAR", "LINEAR_EXACT", "SIGMOID"]
Values = NDArray[np.float64]
CODES = 65_536


@dataclass(frozen=True)
class CodeScale:
    """stored value = base + step x code."""

    base: float = 0.0
    step: float = 1.0


@dataclass(frozen=True)
class Lut:
    """A look-up table (PS3.3 C.11.1.1): `data` are its little-endian uint16 entries, hashable as bytes."""

    first: int
    bits: int
    data: bytes

    @property
    def entries(self) -> NDArray[np.uint16]:
        """The entries as numbers."""
        return np.frombuffer(self.data, "<u2")

    def apply(self, values: Values) -> Values:
        """Entries at `values`; below the first and above the last the border entries hold."""
        index = np.clip(np.floor(values - self.first + 1e-6), 0, len(self.entries) - 1).astype(np.int64)
        return self.entries[index].astype(np.float64)


@dataclass(frozen=True)
class Window:
    """Centre and width in modality units."""

    center: float
    width: float
    function: VoiFunction = "LINEAR"


@dataclass(frozen=True)
class Rendering:
    """All that decides the table of one image."""

    scale: CodeScale
    slope: float = 1.0
    intercept: float = 0.0
    modality_lut: Lut | None = None
    voi: Window | Lut | None = None
    full_range: tuple[float, float] = (0.0, 65_535.0)  # modality units, used where `voi` is None
    presentation_lut: Lut | None = None
    inverse: bool = False
    padding: tuple[float, float] | None = None  # stored values shown dark


@lru_cache(maxsize=64)
def table(rendering: Rendering) -> NDArray[np.uint8]:
    """uint8[65536], code -> P-value; read-only, shared by all images with the same rendering."""
    stored = rendering.scale.base + rendering.scale.step * np.arange(CODES, dtype=np.float64)
    grey = _voi(modality(stored, rendering), rendering)
    if rendering.presentation_lut is not None:
        lut = rendering.presentation_lut
        grey = lut.apply(np.round(grey * (len(lut.entries) - 1)) + lut.first) / _top(lut)
    if rendering.inverse:
        grey = 1.0 - grey
    result = np.clip(np.floor(grey * 255.0 + 0.5), 0, 255).astype(np.uint8)
    if rendering.padding is not None:
        low, high = rendering.padding
        result[(stored >= low) & (stored <= high)] = 0
    result.flags.writeable = False
    return result


def modality(stored: Values, rendering: Rendering) -> Values:
    """Stored values to modality units (Hounsfield, optical density…)."""
    if rendering.modality_lut is not None:
        return rendering.modality_lut.apply(stored)
    return stored * rendering.slope + rendering.intercept


def _voi(values: Values, rendering: Rendering) -> Values:
    """Modality units to 0..1."""
    voi = rendering.voi
    if isinstance(voi, Lut):
        return voi.apply(values) / _top(voi)
    if voi is None:
        low, high = rendering.full_range
        return np.clip((values - low) / max(high - low, np.finfo(float).tiny), 0.0, 1.0)
    return window(values, voi)


def window(values: Values, voi: Window) -> Values:
    """The three VOI LUT functions (PS3.3 C.11.2.1.2, C.11.2.1.3)."""
    if voi.function == "SIGMOID":
        return 1.0 / (1.0 + np.exp(np.clip(-4.0 * (values - voi.center) / voi.width, -700.0, 700.0)))
    if voi.function == "LINEAR_EXACT" or voi.width < 1.0:
        return np.clip((values - voi.center) / voi.width + 0.5, 0.0, 1.0)
    low = voi.center - 0.5 - (voi.width - 1.0) / 2.0
    if voi.width == 1.0:
        return (values > low).astype(np.float64)
    return np.clip((values - low) / (voi.width - 1.0), 0.0, 1.0)


def _top(lut: Lut) -> float:
    """The value that means full output; descriptors that promise fewer bits than the data use are corrected."""
    return float(max((1 << lut.bits) - 1, int(lut.entries.max())))


def codes(samples: NDArray[Any], signed: bool, bits_stored: int, high_bit: int) -> tuple[NDArray[np.uint16], CodeScale]:
    """Samples as stored in the file to monotone uint16 codes and their scale.

    Bits above the high bit and below the low one (overlays, rubbish) are removed. Values of more than 16 bits and
    floating point are spread over the codes from the smallest to the largest.
    """
    if samples.dtype.kind == "f" or samples.dtype.itemsize > 2:
        return _spread(_wide(samples, signed, bits_stored, high_bit))
    wide = samples.astype(np.uint16, copy=False)
    low_bit = max(0, high_bit + 1 - bits_stored)
    if low_bit:
        wide = wide >> np.uint16(low_bit)
    if not signed:
        return _mask(wide, bits_stored), CodeScale()
    return _offset(wide, bits_stored), CodeScale(base=-32_768.0)


def _mask(wide: NDArray[np.uint16], bits: int) -> NDArray[np.uint16]:
    if bits >= 16 or int(wide.max()) >> bits == 0:
        return wide
    return wide & np.uint16((1 << bits) - 1)


def _offset(wide: NDArray[np.uint16], bits: int) -> NDArray[np.uint16]:
    """Two's complement of `bits` bits to value + 32,768."""
    if bits < 16:
        shift = np.uint16(16 - bits)
        wide = ((wide << shift).view(np.int16) >> shift.astype(np.int16)).view(np.uint16)
    return wide ^ np.uint16(0x8000)


def _wide(samples: NDArray[Any], signed: bool, bits: int, high_bit: int) -> NDArray[Any]:
    if samples.dtype.kind == "f":
        return samples
    top = 8 * samples.dtype.itemsize
    moved = samples << np.array(top - 1 - high_bit, samples.dtype)
    typed: NDArray[Any] = moved.view(f"i{samples.dtype.itemsize}") if signed else moved
    return np.asarray(typed >> (top - bits))


def _spread(values: NDArray[Any]) -> tuple[NDArray[np.uint16], CodeScale]:
    """Linear from the smallest to the largest finite value; what is not finite becomes the smallest."""
    finite = np.isfinite(values) if values.dtype.kind == "f" else None
    usable = values if finite is None or finite.all() else values[finite]
    if not usable.size:
        return np.zeros(values.shape, np.uint16), CodeScale()
    low, high = float(usable.min()), float(usable.max())
    if values.dtype.kind != "f" and high - low < CODES:
        return (values - values.dtype.type(low)).astype(np.uint16), CodeScale(base=low)
    step = (high - low) / (CODES - 1) or 1.0
    if not np.isfinite(step):
        return np.zeros(values.shape, np.uint16), CodeScale()
    with np.errstate(all="ignore"):  # infinities and NaN are expected and replaced
        relative = np.nan_to_num((values - low) / step, nan=0.0, posinf=0.0, neginf=0.0)
    return np.clip(np.rint(relative), 0, CODES - 1).astype(np.uint16), CodeScale(base=low, step=step)
