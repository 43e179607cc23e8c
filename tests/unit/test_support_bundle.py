"""What of a service's log goes into the support bundle."""

from __future__ import annotations

import pytest

from kiosk.cli.support_bundle import without_numbers

KEPT = "2026-11-24T22:31:05+0000 lobby-1 kiosk[812]: Health(archive=None) 0x7f3a12345678 10.20.30.40:8042 a1b2c3d4e5f6"


@pytest.mark.parametrize("number", ["13800138000", "11010519491231002X", "20261124001", "编号20261124001。"])
def test_a_line_with_a_long_number_is_left_out_and_counted(number: str) -> None:
    told = without_numbers(f"{KEPT}\ncups[1]: job {number} refused\n{KEPT}")
    assert told == f"{KEPT}\n{KEPT}\n[1 lines with long numbers left out]"


def test_times_addresses_and_pseudonyms_stay() -> None:
    assert without_numbers(KEPT) == KEPT
