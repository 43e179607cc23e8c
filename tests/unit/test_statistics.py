"""The administrator's reports: every figure follows from records that the test has written itself."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path

import pypdfium2
import pytest

from kiosk.cli import main
from kiosk.domain.figures.days import group_of
from kiosk.domain.figures.period import Period
from kiosk.domain.figures.tables import StatisticsReport, Table, quantile, words_of
from kiosk.domain.sheets.printing import SheetState
from kiosk.domain.trail import EventKind
from kiosk.statistics.economy import PeriodFigures, PeriodInputs, r2_before_after
from kiosk.statistics.service import NUMBERS, ReportRequest, make_report
from kiosk.statistics.writing import csv_text, plain
from kiosk.words import sections
from tests.support.past import ZONE, Past, at, two_months

PERIOD = Period(at("2024-05-01", 0), at("2024-07-01", 0), ZONE)
ARGUMENTS = ["--from", "2024-05-01", "--to", "2024-06-30"]


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Past:
    folder = tmp_path_factory.mktemp("past")
    (folder / "state").mkdir()
    (folder / "kiosk.toml").write_text('[kiosk]\nid = "kiosk-1"\n', encoding="utf-8")
    made = two_months(folder / "state")
    made.config = folder / "kiosk.toml"  # type: ignore[attr-defined]
    return made


def values(table: Table) -> list[list[object]]:
    return [[cell.value for cell in cells] for cells in table.rows]


def made(past: Past, number: str, **more: object) -> StatisticsReport:
    return make_report(past.ledger, ReportRequest(number, PERIOD, **more))  # type: ignore[arg-type]


def test_r1_counts_people_not_visits(past: Past) -> None:
    table = made(past, "R1").tables[0]
    # ann came for CT and DX, bob in both months
    assert [row[:4] for row in values(table)] == [
        ["DR", 2, 1, 3], ["CT", 2, 3, 4], ["MRI", 1, 0, 1], ["other", 1, 0, 1], ["total", 5, 4, 8],
    ]  # fmt: skip
    assert table.rows[1][4].value == Decimal(50)
    assert table.rows[1][4].inputs == {"people_m": 4, "people_total": 8}


def test_r2_reproduces_the_reference_figures() -> None:
    before = PeriodInputs(184_612, Decimal(3), None, Decimal(18), 8_863, cloud_visits=0)
    after = PeriodInputs(films_printed=4_625, film_price=Decimal(18), cloud_visits=197_112, cloud_fee=Decimal(20))
    assert PeriodFigures(before).total_cost == 9_969_048
    assert PeriodFigures(before).waste == 159_534
    assert PeriodFigures(after).total_cost == 4_025_490
    # not the published 48 TB: the product of its own inputs
    assert PeriodFigures(after).storage_estimate_tb == Decimal("59.1336")
    shown = {str(cells[0].value): cells[3].value for cells in r2_before_after(before, after).tables[0].rows}
    assert shown["total cost"] == 9_969_048 - 4_025_490
    assert shown["exams"] is None


def test_r1_counts_who_asked_and_nobody_as_served_for_a_stamp_on_paper(tmp_path: Path) -> None:
    past = Past(tmp_path)
    try:
        past.now = at("2024-05-02", 9)
        for subject, how in (("ann", "screen"), ("bob", "stamp"), ("cem", "stamp")):
            past.note(EventKind.LINK_MADE, f"visit of {subject}", subject, studies=1, modalities="CT", how=how)
        (table,) = made(past, "R1").tables
    finally:
        past.ledger.close()
    total = values(table)[-1]
    assert (total[0], total[-3], total[-1]) == ("total", 1, None)
    assert table.counts == {"link-made events": 3}


def test_r2_takes_what_is_not_given_from_the_ledger(past: Past) -> None:
    may, june = Period(at("2024-05-01", 0), at("2024-06-01", 0), ZONE), Period(at("2024-06-01", 0), PERIOD.until, ZONE)
    report = make_report(past.ledger, ReportRequest("R2", june, may, given=PeriodInputs(film_price=Decimal(18))))
    rows = {str(r[0]): r[1:] for r in values(report.tables[0])}
    assert rows["films printed"] == [5, 1, 4]
    assert rows["cloud visits"] == [None, None, None], "a link is no visit"
    assert rows["film cost"] == [None, 18, None]
    assert rows["total cost"] == [None, None, None]


def test_r3_keeps_people_and_sheets_apart(past: Past) -> None:
    rows = {str(r[0]): r[1:] for r in values(made(past, "R3").tables[0])}
    assert rows["MRI"][:3] == [1, 1, 3]
    assert rows["CT"][:3] == [6, 2, 2]
    assert rows["total"] == [10, 4, 6, Decimal(40), Decimal(40)]


def test_r4_counts_a_film_printed_at_the_desk_under_the_patients_own_reason(past: Past) -> None:
    reasons, by_modality, by_month = made(past, "R4").tables
    assert [r[:2] for r in values(reasons)] == [
        ["other-hospital", 2], ["insurance-claim", 1], ["phone-access-failed", 1], ["Σ n", 4],
    ]  # fmt: skip
    assert reasons.rows[0][2].value == Decimal(50)
    assert values(by_modality)[0] == ["other-hospital", 0, 2, 0, 0]
    assert values(by_month)[0] == ["other-hospital", 1, 1]


def test_r5_says_what_was_told_and_leaves_the_rest_empty(past: Past) -> None:
    told, rate = made(past, "R5").tables
    assert values(told)[0] == ["printed", 1, 1]
    assert values(told)[-1] == ["total", 1, 1]
    assert values(rate)[0] == [8, 1, Decimal("12.5"), None, None]


def test_r6_median_and_ninetieth_percentile(past: Past) -> None:
    waits, never = made(past, "R6", days=7).tables
    rows = {str(r[0]): r[1:] for r in values(waits)}
    # hours: 2 3 4 5 6 7 in May, 12 four times in June
    assert rows["total"] == [11, 10, 6.0, 12.0, None], "ten visits, and joe's report after the tray was filled"
    # kim saw a ready report on 10 June and took none
    assert values(never)[0] == [7, 9, 1, Decimal(100) / 9]


def test_r6_what_a_crash_left_open_counts_once_it_is_settled(tmp_path: Path) -> None:
    past = two_months(tmp_path)

    def figures() -> tuple[object, object]:
        waits, never = made(past, "R6", days=7).tables
        return {str(r[0]): r for r in values(waits)}["CT"][1], values(never)[0][2]

    printed, without = figures()
    past.now = at("2024-06-10", 10)
    past.print("visit-kim", "kim", "CT", states=(SheetState.UNCERTAIN,), document="report-kim")
    assert figures() == (printed, without), "nobody knows yet"
    (task,) = [t for t in past.ledger.unsettled() if t.order.document == "report-kim"]
    past.ledger.settle(task.serial, [SheetState.PRINTED], "settled-by-staff", "nurse")
    assert figures() == (printed + 1, without - 1)  # type: ignore[operator]
    past.ledger.close()


def test_r7_links(past: Past) -> None:
    rows = values(made(past, "R7").tables[0])
    assert rows[0][:5] == ["2024-05", 6, 6, 5, 5 + 1]
    assert rows[2] == ["total", 10, 10, 8, 6, None, None, None]


def test_r8_sessions_prints_and_overrides(past: Past) -> None:
    sessions, prints, overrides, _, _ = made(past, "R8").tables
    assert values(sessions) == [["kiosk-1", 6, 6, 0, 1], ["kiosk-2", 5, 4, 1, 0], ["total", 11, 10, 1, 1]]
    by_kiosk = {(r[0], r[1]): r[2:] for r in values(prints)}
    assert by_kiosk[("kiosk-2", "report")] == [7, 13, 10, 2, 1, 1, 1, 1, 0, 0]
    assert by_kiosk[("total", "film")] == [4, 6, 6, 0, 0, 0, 0, 0, 0, 0]
    assert values(overrides) == [["nurse", "print-film", "film-on-demand", 1]]


def test_an_empty_ledger_gives_noughts_and_no_shares(past: Past) -> None:
    nothing = Period(at("2023-01-01"), at("2023-02-01"), ZONE)
    for number in NUMBERS:
        report = make_report(past.ledger, ReportRequest(number, nothing))
        assert report.tables
        shares = [
            cell.value
            for t in report.tables
            for r in t.rows
            for cell, c in zip(r, t.columns, strict=True)
            if c.unit == "%"
        ]
        assert set(shares) <= {None}


def test_what_began_before_or_after_the_period_is_not_counted(past: Past) -> None:
    may = Period(at("2024-05-01", 0), at("2024-06-01", 0), ZONE)
    assert values(make_report(past.ledger, ReportRequest("R1", may)).tables[0])[-1][:2] == ["total", 5]
    assert may.months == ("2024-05",)


@pytest.mark.parametrize(
    ("modality", "group"), [("DX", "DR"), ("CR", "DR"), ("mr ", "MRI"), ("XA", "other"), ("", "not recorded")]
)
def test_modalities_go_to_their_line(modality: str, group: str) -> None:
    assert group_of(modality) == group


def test_quantiles_are_values_that_occurred() -> None:
    assert quantile([5, 1, 3], 0.5) == 3
    assert quantile(range(1, 11), 0.9) == 9
    assert quantile([], 0.5) is None


def test_json_opens_every_figure(past: Past) -> None:
    for number in NUMBERS:
        told = plain(made(past, number), {})
        assert json.loads(json.dumps(told)) == told
        figures = [f for t in told["tables"] for r in t["rows"] for f in r if not isinstance(f["value"], str)]
        named = [f for f in figures if f["formula"] or f["unit"] == "days"]
        assert figures
        assert named == figures


def test_csv_opens_in_spreadsheet_programs_and_holds_no_formula(tmp_path: Path) -> None:
    past = two_months(tmp_path)
    past.ledger.override("visit-1", "=cmd()", "other", "@SUM(A1)", "ann")  # type: ignore[arg-type]
    period = Period(at("2024-05-01", 0), past.now + 1, ZONE)
    text = csv_text(make_report(past.ledger, ReportRequest("R8", period)), {"from": "x"})
    assert text.startswith("\ufeff")
    cells = [cell for line in csv.reader(io.StringIO(text[1:])) for cell in line]
    assert "'=cmd()" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "-"))]


def test_the_command_writes_all_formats(past: Past, tmp_path: Path) -> None:
    config = ["--config", str(past.config)]  # type: ignore[attr-defined]
    for number in NUMBERS:
        for ending in ("csv", "json", "pdf"):
            out = tmp_path / f"{number}.{ending}"
            assert main(["stats", number, *config, *ARGUMENTS, "--language", "zh", "--out", str(out)]) == 0
    text = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(tmp_path / "R1.pdf"))
    assert "要求用手机看云胶片的人数" in text
    assert "÷" in text
    assert json.loads((tmp_path / "R3.json").read_text(encoding="utf-8"))["report"] == "R3"
    assert "total cost" not in (tmp_path / "R2.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("wrong", [["--from", "2024-06-01", "--to", "2024-05-01"], ["--format", "pdf"]])
def test_the_command_refuses_what_cannot_be_meant(past: Past, wrong: list[str]) -> None:
    assert main(["stats", "R1", "--config", str(past.config), *wrong]) == 2  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "wrong", [["R9"], ["R1", "--from", "May"], ["R2", "--film-price", "-1"], ["R2", "--exams", "x"]]
)
def test_the_command_line_is_checked(wrong: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["stats", *wrong])


def test_every_word_of_every_report_is_translated(past: Past) -> None:
    own = sections("zh")
    table = {**own["statistics"], **own["event"], **own["outcome"]}
    free = {
        "%",
        "DR",
        "CT",
        "MRI",
        "TB",
        "Σ n",
        "2024-05",
        "2024-06",
        "nurse",
        "kiosk-1",
        "kiosk-2",
        "09:00",
        "=cmd()",
        "@SUM(A1)",
    }
    words = {w for number in NUMBERS for w in words_of(made(past, number))}
    words |= {name for number in NUMBERS for t in made(past, number).tables for name in t.counts}
    assert words - free - set(table) == set()
