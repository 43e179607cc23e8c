"""The display function against the table of PS3.14 annex B, and the correction of a measured printer."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from kiosk.adapters.documents.workshop import film_spec
from kiosk.config import FilmSettings
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.imaging.pixels.gsdf import (
    CharacteristicCurve,
    correction,
    deviation,
    from_measurements,
    jnd_index,
    luminance,
    patches,
)
from kiosk.ports.rendering import FilmOrder


@pytest.mark.parametrize(("index", "cd_m2"), [(1, 0.05), (1023, 3993.404)])
def test_ends_of_the_standard_table(index: int, cd_m2: float) -> None:
    assert luminance(np.array([float(index)]))[0] == pytest.approx(cd_m2, rel=1e-3)


def test_inverse_is_the_inverse() -> None:
    indices = np.linspace(1, 1023, 500)
    assert np.abs(jnd_index(luminance(indices)) - indices).max() < 0.5
    assert (np.diff(luminance(indices)) > 0).all()


def test_corrected_printer_follows_the_function() -> None:
    """A printer whose density falls with the root of the level: its steps are uneven before and even after."""

    def density(level: float) -> float:
        return 3.0 - 2.8 * (level / 255.0) ** 0.5

    curve = from_measurements([density(level) for level in patches()])
    table = correction(curve)
    assert (np.diff(table.astype(int)) >= 0).all() and table[0] == 0 and table[255] == 255
    levels = patches()[::3]
    after = CharacteristicCurve(levels, tuple(density(float(table[level])) for level in levels))
    assert deviation(curve) > 0.45
    assert deviation(after) < 0.15


def test_linear_luminance_needs_fewer_dark_levels() -> None:
    luminances = np.linspace(10.0, 2_010.0, 32)
    densities = -np.log10(np.maximum(luminances - 10.0, 0.1) / 2000.0)
    curve = from_measurements([max(0.0, float(value)) for value in densities])
    assert correction(curve)[128] < 100


@pytest.mark.parametrize("curve", [
    CharacteristicCurve((), ()),
    CharacteristicCurve((0, 255), (3.0,)),
    CharacteristicCurve((0, 255), (0.2, 3.0)),
    CharacteristicCurve((0, 128, 255), (3.0, 0.2, 2.0)),
    CharacteristicCurve((0, 300), (3.0, 0.2)),
    CharacteristicCurve((0, 255), (3.0, 0.2), illumination=0.0),
], ids=["empty", "lengths", "inverted", "falling", "levels", "no light"])  # fmt: skip
def test_curves_that_cannot_be(curve: CharacteristicCurve) -> None:
    with pytest.raises(KioskError) as caught:
        correction(curve)
    assert caught.value.code == FaultCode.CONFIG_INVALID


def test_small_measuring_errors_are_smoothed() -> None:
    densities = [3.0 - 2.8 * level / 255 for level in patches()]
    densities[10] += 0.002
    assert (np.diff(correction(from_measurements(densities)).astype(int)) >= 0).all()


def test_patches_of_the_test_page() -> None:
    assert len(patches()) == 32 and patches()[0] == 0 and patches()[-1] == 255


def test_a_measured_printer_is_corrected_in_what_the_kiosk_prints() -> None:
    """From `film.densities` to the table that each sheet is printed through."""
    densities = tuple(3.0 - 2.8 * (level / 255.0) ** 0.5 for level in patches())
    spec = film_spec(FilmOrder("S", "H", densities=densities))
    assert spec.correction is not None
    assert np.array_equal(spec.correction, correction(from_measurements(densities)))
    assert film_spec(FilmOrder("S", "H")).correction is None
    with pytest.raises(KioskError) as caught:
        film_spec(FilmOrder("S", "H", densities=densities[::-1]))
    assert caught.value.code is FaultCode.CONFIG_INVALID


def test_densities_come_from_the_configuration() -> None:
    assert FilmSettings(densities=(3.0, 1.5, 0.2)).densities == (3.0, 1.5, 0.2)
    with pytest.raises(ValidationError):
        FilmSettings(densities=(-0.1, 1.5))
