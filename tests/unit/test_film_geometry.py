"""Sheets, grids and the claim of life size."""

from __future__ import annotations

import pytest

from kiosk.domain.sheets.film import (
    MEDIA,
    Scale,
    SizeClaim,
    Spacing,
    fit_into,
    media_named,
    parse_grid,
    spacing_rule,
)
from kiosk.imaging.film.layout import Margins, lay_out


def test_media_have_the_size_that_their_pwg_name_says() -> None:
    for media in MEDIA.values():
        size = media.pwg.rsplit("_", 1)[1]
        unit = 25.4 if size.endswith("in") else 1.0
        width, height = (float(part) * unit for part in size.removesuffix("in").removesuffix("mm").split("x"))
        assert (media.width_mm, media.height_mm) == pytest.approx((width, height))


def test_media_are_found_by_dicom_and_by_pwg_name() -> None:
    assert media_named("14INX17IN").hundredths == (35560, 43180)
    assert media_named("iso_a4_210x297mm") is MEDIA["A4"]
    assert media_named(" 8.5inx11in ") is MEDIA["8_5INX11IN"]
    with pytest.raises(ValueError, match="known: 8INX10IN"):
        media_named("17INX14IN")


@pytest.mark.parametrize("text", ["", "4", "0x3", "4x", "x5", "4x5x6", "100x1", "-1x2"])
def test_a_grid_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="COLUMNSxROWS"):
        parse_grid(text)


def test_a_grid_is_columns_by_rows() -> None:
    grid = parse_grid("4x5")
    assert (grid.columns, grid.rows, grid.tiles) == (4, 5, 20)


@pytest.mark.parametrize(
    ("modality", "pixel", "imager", "kind", "expected"),
    [
        ("CT", 0.7, None, "", Scale.CALIBRATED),
        ("DX", 0.12, 0.14, "GEOMETRY", Scale.CALIBRATED),
        ("DX", 0.14, 0.14, "FIDUCIAL", Scale.CALIBRATED),
        ("MG", 0.06, 0.07, "", Scale.CALIBRATED),
        ("DX", 0.14, 0.14, "", Scale.DETECTOR),
        ("CR", None, 0.1, "", Scale.DETECTOR),
        ("CR", 0.1, None, "", Scale.UNKNOWN),
        ("XA", None, None, "", None),
    ],
)
def test_what_a_spacing_is_worth(
    modality: str, pixel: float | None, imager: float | None, kind: str, expected: Scale | None
) -> None:
    found = spacing_rule(modality, (pixel, pixel) if pixel else None, (imager, imager) if imager else None, kind)
    assert (found.scale if found else None) == expected


def test_life_size_is_exact() -> None:
    fit = fit_into(2000, 1500, 1.0, Spacing(0.14, 0.14, Scale.CALIBRATED), (340, 400), true_size=True)
    assert (fit.width_mm, fit.height_mm) == pytest.approx((210.0, 280.0))
    assert (fit.claim, fit.magnification) == (SizeClaim.LIFE_SIZE, 1.0)


def test_what_is_too_large_is_reduced_and_says_so() -> None:
    fit = fit_into(3000, 3000, 1.0, Spacing(0.2, 0.2, Scale.CALIBRATED), (300, 400), true_size=True)
    assert fit.claim is SizeClaim.REDUCED
    assert fit.width_mm == pytest.approx(300)
    assert fit.magnification == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("spacing", "claim"),
    [
        (Spacing(0.2, 0.2, Scale.DETECTOR), SizeClaim.DETECTOR_ONLY),
        (Spacing(0.2, 0.2, Scale.UNKNOWN), SizeClaim.UNCALIBRATED),
        (None, SizeClaim.UNCALIBRATED),
    ],
)
def test_life_size_is_never_claimed_without_calibration(spacing: Spacing | None, claim: SizeClaim) -> None:
    assert fit_into(1000, 1000, 1.0, spacing, (300, 300), true_size=True).claim is claim


def test_pixels_that_are_not_square_keep_their_shape() -> None:
    fit = fit_into(100, 100, 2.0, None, (300, 300), true_size=False)
    assert (fit.width_mm, fit.height_mm) == pytest.approx((150, 300))


def test_cells_fill_the_sheet_between_the_strips_without_overlap() -> None:
    layout = lay_out(MEDIA["14INX17IN"], parse_grid("3x4"), Margins(5, 1, 10, 8), landscape=True)
    assert (layout.width, layout.height) == pytest.approx((431.8, 355.6))
    first, last = layout.cells[0], layout.cells[-1]
    assert (first.x, first.y) == pytest.approx((5, layout.header.bottom))
    assert (last.right, last.bottom) == pytest.approx((layout.width - 5, layout.footer.y))
    assert layout.cells[1].x == pytest.approx(first.right + 1)
