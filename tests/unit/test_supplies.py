"""When supplies will run out."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.adapters.sql import SqlLedger
from kiosk.config import PrinterSettings
from kiosk.domain.sheets.supplies import Supply, SupplySample, predict
from kiosk.services.printing.print_service import PrintService
from tests.support.scripted import HandClock, ScriptedPrinter

DAY = 86400.0


def falling(*levels: int) -> list[SupplySample]:
    return [SupplySample("black", level, day * DAY) for day, level in enumerate(levels)]


def test_a_steady_fall_is_followed_to_zero() -> None:
    (supply,) = predict(falling(100, 90, 80, 70), ["black"])
    assert supply.level == 70 and supply.runs_out == pytest.approx(10 * DAY)


def test_one_odd_reading_does_not_move_it() -> None:
    (supply,) = predict(
        [*falling(100, 90, 80), SupplySample("black", 35, 3 * DAY), *falling(0, 0, 0, 0, 30)[4:]], ["black"]
    )
    assert supply.runs_out is not None and 4 * DAY < supply.runs_out < 8 * DAY


def test_a_refill_begins_a_new_past() -> None:
    (supply,) = predict(falling(30, 20, 100, 98, 96), ["black"])
    assert supply.runs_out == pytest.approx(52 * DAY)


@pytest.mark.parametrize("levels", [(50,), (50, 50), (50, 49), (-3, -3), (10, 50)])
def test_without_a_fall_nothing_is_foretold(levels: tuple[int, ...]) -> None:
    assert predict(falling(*levels), ["black", "never seen"]) == [Supply("black", levels[-1])]


def test_the_service_notes_what_changed(tmp_path: Path) -> None:
    now = [1000.0]
    ledger = SqlLedger(f"sqlite:///{tmp_path}/ledger.sqlite", now=lambda: now[0])
    printer, clock = ScriptedPrinter(), HandClock()
    service = PrintService(ledger, printer, PrinterSettings(), clock, lambda source, *_: source, clock.sleep)
    for level in (80, 80, 70, 60):
        printer.now(supplies=(("black", level), ("drum", 99)))
        found = service.supplies()
        now[0] += DAY
    assert found == [Supply("black", 60, pytest.approx(1000 + 12 * DAY)), Supply("drum", 99)]
    assert [sample.level for sample in ledger.supply_levels("report") if sample.name == "black"] == [80, 70, 60]
    ledger.close()
