"""Sheets look as they looked when somebody last looked at them.

Text is drawn with the fonts of the machine, whose versions differ a little; so pixels may differ at the edges of
letters, but not in more than 1 % of the sheet, and nowhere over a larger area.
"""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tests.golden.film_cases import CASES, picture, reference

_SHARE, _AREA_LEVEL = 0.01, 12.0


@pytest.mark.parametrize("case", CASES)
def test_a_sheet_looks_as_it_was_approved(case: str) -> None:
    made, kept = picture(case), reference(case)
    assert made.shape == kept.shape
    difference = np.abs(made.astype(np.int16) - kept.astype(np.int16)).max(axis=2)
    assert (difference > 16).mean() <= _SHARE
    blurred = cv2.blur(difference.astype(np.float32), (25, 25))
    assert blurred.max() <= _AREA_LEVEL


def test_the_comparison_notices_a_lost_tile_and_a_shifted_one() -> None:
    kept = reference("ct_series")
    height, width = kept.shape[:2]
    lost, shifted = kept.copy(), kept.copy()
    lost[height // 2:height // 2 + 100, width // 2:width // 2 + 100] = 0
    shifted[:, 3:] = kept[:, :-3]
    for wrong in (lost, shifted):
        difference = np.abs(wrong.astype(np.int16) - kept.astype(np.int16)).max(axis=2)
        spread = cv2.blur(difference.astype(np.float32), (25, 25)).max()
        assert (difference > 16).mean() > _SHARE or spread > _AREA_LEVEL
