"""docs/printing.md says what the code does."""

from __future__ import annotations

from pathlib import Path

from kiosk.domain.sheets.printing import SheetState
from kiosk.services.printing.following import HAND_OVER_S
from tests.support.reason_table import table

DOCUMENT = Path(__file__).parents[2] / "docs" / "printing.md"


def test_the_table_of_reasons_is_the_codes() -> None:
    assert table() in DOCUMENT.read_text(encoding="utf-8"), "run: python -m tests.support.reason_table"
    assert HAND_OVER_S == 15


def test_every_state_of_a_sheet_is_explained() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert [state for state in SheetState if f"**{state}**" not in text] == []
