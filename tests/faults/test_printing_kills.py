"""The kill harness in its short form: each point once; the long form's table is docs/printing-crash-table.md."""

from __future__ import annotations

from tests.faults.kill_harness import POINTS, SCENES, SECOND_DEATHS, run_all


def test_cases_29_55_killed_at_any_point_no_sheet_comes_out_twice_or_is_silently_lost() -> None:
    assert len(POINTS) + len(SECOND_DEATHS) >= 12
    rows = run_all(SCENES, workers=3, seed=7)
    assert [row.point for row in rows] == list(SCENES)
    assert [(row.point, v.wrong) for row in rows for v in row.verdicts if v.wrong] == []
