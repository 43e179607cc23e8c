"""Grayscale Standard Display Function (PS3.14): P-values to the densities that a measured printer really makes.

Sheets hold P-values. Equal steps of P-value shall look equally large, so they are spread evenly over the just
noticeable differences (JND) between the darkest and the brightest luminance that the medium shows on its light box.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kiosk.domain.faults import FaultCode, KioskError

Values = NDArray[np.float64]
# Coefficients of PS3.14 section 7.1, equation 1, and annex B (its inverse).
_NUMERATOR = (-1.3011877, 8.0242636e-2, 1.3646699e-1, -2.5468404e-2, 1.3635334e-3)
_DENOMINATOR = (1.0, -2.5840191e-2, -1.0320229e-1, 2.8745620e-2, -3.1978977e-3, 1.2992634e-4)
_INVERSE = (71.498068, 94.593053, 41.912053, 9.8247004, 0.28175407, -1.1878455, -0.18014349, 0.14710899, -0.017046845)
LOWEST, HIGHEST = 0.05, 3993.404  # cd/m2, JND index 1 to 1023
PATCHES = 32


def luminance(jnd: Values) -> Values:
    """Luminance in cd/m2 of JND indices 1..1023."""
    x = np.log(jnd)
    top, bottom = np.polyval(_NUMERATOR[::-1], x), np.polyval(_DENOMINATOR[::-1], x)
    return np.asarray(10.0 ** (top / bottom), np.float64)


def jnd_index(cd_m2: Values) -> Values:
    """JND index of luminances within 0.05..3993 cd/m2."""
    return np.asarray(np.polyval(_INVERSE[::-1], np.log10(np.clip(cd_m2, LOWEST, HIGHEST))), np.float64)


@dataclass(frozen=True)
class CharacteristicCurve:
    """What a printer made of the test page: optical density for each driving level 0..255, on its viewing conditions.

    `illumination` is the luminance of the empty light box (about 2,000 cd/m2 for film, 150 for paper under a lamp),
    `ambient` the reflected ambient light (PS3.14 7, annex D.2 and D.3).
    """

    levels: tuple[int, ...]
    densities: tuple[float, ...]
    illumination: float = 2000.0
    ambient: float = 10.0

    def luminances(self) -> Values:
        """Luminance of each measured level."""
        return np.asarray(self.ambient + self.illumination * 10.0 ** -np.array(self.densities), np.float64)


def patches(count: int = PATCHES) -> tuple[int, ...]:
    """Driving levels of the test page's patches, evenly from 0 to 255."""
    return tuple(int(level) for level in np.rint(np.linspace(0, 255, count)))


def correction(curve: CharacteristicCurve) -> NDArray[np.uint8]:
    """uint8[256], P-value -> driving level, so that the printed sheet follows the display function.

    Raises KioskError(CONFIG_INVALID) for a curve that is too short, out of range, or not darker with lower levels.
    """
    levels, measured = _checked(curve)
    ends = jnd_index(np.array([measured[0], measured[-1]]))
    wanted = luminance(np.linspace(ends[0], ends[1], 256))
    table = np.interp(wanted, measured, levels)
    return np.clip(np.rint(table), 0, 255).astype(np.uint8)


def deviation(curve: CharacteristicCurve) -> float:
    """Largest departure of the measured steps from even ones, as a share of the mean step (PS3.14 annex C)."""
    _, measured = _checked(curve)
    steps = np.diff(jnd_index(measured)) / np.diff(np.array(sorted(curve.levels), np.float64))
    mean = float(steps.mean())
    return float(np.abs(steps - mean).max() / mean)


def _checked(curve: CharacteristicCurve) -> tuple[Values, Values]:
    """Levels and luminances in ascending order; small measuring errors against monotony are smoothed out."""
    if len(curve.levels) != len(curve.densities) or len(curve.levels) < 2:
        raise KioskError(FaultCode.CONFIG_INVALID, "characteristic curve needs a density for each of its levels")
    if not all(0 <= level <= 255 for level in curve.levels) or not all(0 <= d <= 5 for d in curve.densities):
        raise KioskError(FaultCode.CONFIG_INVALID, "characteristic curve has levels or densities out of range")
    if not (0.0 < curve.illumination <= 20_000.0 and 0.0 <= curve.ambient <= 1_000.0):
        raise KioskError(FaultCode.CONFIG_INVALID, "characteristic curve has impossible viewing conditions")
    order = np.argsort(np.array(curve.levels))
    levels, measured = np.array(curve.levels, np.float64)[order], curve.luminances()[order]
    falls = np.diff(measured)
    if measured[-1] <= measured[0] or (falls < -0.05 * (measured[-1] - measured[0])).any():
        raise KioskError(FaultCode.CONFIG_INVALID, "characteristic curve does not get brighter with the level")
    return levels, np.maximum.accumulate(measured)


def from_measurements(
    densities: Sequence[float], illumination: float = 2000.0, ambient: float = 10.0
) -> CharacteristicCurve:
    """The curve of a test page whose patches were measured in order."""
    return CharacteristicCurve(patches(len(densities)), tuple(densities), illumination, ambient)
