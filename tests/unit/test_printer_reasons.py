"""Every registered printer-state-reasons keyword has its meaning."""

from __future__ import annotations

import pytest

from kiosk.domain.faults import FaultCode
from kiosk.domain.sheets.printer_reasons import REASONS, Course, Severity, suspect, understand, worst

RFC_8011 = """
    other none media-needed media-jam moving-to-paused paused shutdown connecting-to-device timed-out stopping
    stopped-partly toner-low toner-empty spool-area-full cover-open interlock-open door-open input-tray-missing
    media-low media-empty output-tray-missing output-area-almost-full output-area-full marker-supply-low
    marker-supply-empty marker-waste-almost-full marker-waste-full fuser-over-temp fuser-under-temp opc-near-eol
    opc-life-over developer-low developer-empty interpreter-resource-unavailable"""


@pytest.mark.parametrize("keyword", RFC_8011.split())
def test_case_27_every_keyword_of_the_standard_is_known(keyword: str) -> None:
    assert understand(keyword).known and understand(f"{keyword}-error").known


def test_case_27_the_registry_is_covered() -> None:
    units = ("bander", "stapler", "trimmer", "sheet-rotator", "make-envelope", "separation-cutter", "subunit")
    for unit in units:
        assert f"{unit}-unrecoverable-failure" in REASONS and f"{unit}-warming-up" in REASONS
    assert len(REASONS) > 795


def test_an_unknown_reason_is_general_and_blocks_only_as_an_error() -> None:
    assert understand("martian-dust").fault is FaultCode.PRINTER_FAULT
    assert not understand("martian-dust").blocks and understand("martian-dust-error").blocks
    assert understand("martian-dust-error").course is Course.HAND_OVER


@pytest.mark.parametrize("keyword", ["media-jam", "media-empty", "door-open", "cover-open", "input-tray-missing"])
def test_what_no_sheet_passes_blocks_as_warning_too(keyword: str) -> None:
    assert understand(f"{keyword}-warning").blocks and not understand(f"{keyword}-report").blocks


def test_a_supply_that_is_empty_only_by_warning_does_not_block() -> None:
    assert understand("toner-empty").severity is Severity.ERROR
    assert understand("toner-empty-warning").severity is Severity.WARNING


def test_the_worst_reason_is_the_one_most_in_need_of_staff() -> None:
    reason = worst(["toner-low", "media-empty-error", "fan-failure", "none"])
    assert reason is not None and reason.keyword == "fan-failure"
    assert worst(["none", "toner-low-warning"]) is None


def test_a_played_down_error_is_what_is_suspected() -> None:
    reason = suspect(["toner-low-warning", "marker-supply-empty-warning", "media-empty-report"])
    assert reason is not None and reason.keyword == "marker-supply-empty"
    assert suspect(["toner-low", "cups-waiting-for-job-completed", "media-empty-report"]) is None
