"""Every kind of event is written somewhere, read or declared unread, and has its words; a word that another version of
the program wrote is kept, counted and said."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.adapters.sql import SqlLedger
from kiosk.adapters.sql.chain import link
from kiosk.adapters.sql.models import EventRow
from kiosk.cli import main
from kiosk.domain.figures.period import Period
from kiosk.domain.trail import COUNTED, AuditRecord, EventKind, EventOutcome, UnknownWord, kind_named, outcome_named
from kiosk.ports.ledger import AuditFilter
from kiosk.session.screens.staff_bodies import TONES
from kiosk.statistics.service import NUMBERS, ReportRequest, make_report
from kiosk.statistics.trail_counts import UNKNOWN_NOTE, UNREAD
from kiosk.statistics.words import words_in
from kiosk.statistics.writing import csv_text
from kiosk.words import assets, sections, tags
from tests.support.past import ZONE, Past, at

KIOSK = Path(assets()).parent / "kiosk"
NEWER = AuditRecord(UnknownWord("voice-guided"), UnknownWord("half"), "kiosk-9", "v", "ann", when=at("2024-05-03"))


def sources(*but: str) -> Iterator[ast.AST]:
    for path in KIOSK.rglob("*.py"):
        if not any(path.is_relative_to(KIOSK / one) for one in but):
            yield ast.parse(path.read_text(encoding="utf-8"))


def named(tree: ast.AST) -> set[EventKind]:
    """Kinds named in it as values: a comparison reads."""
    compared = {inner for node in ast.walk(tree) if isinstance(node, ast.Compare) for inner in ast.walk(node)}
    return {
        EventKind[node.attr]
        for node in ast.walk(tree)
        if node not in compared and isinstance(node, ast.Attribute)
        if isinstance(node.value, ast.Name) and node.value.id == "EventKind"
    }


def test_every_kind_is_written_somewhere() -> None:
    written = set().union(*(named(tree) for tree in sources("domain/trail.py", "statistics", "session/screens")))
    assert set(EventKind) - written == set()


def test_nobody_writes_a_kind_or_outcome_as_a_bare_word() -> None:
    writers = ("record", "AuditRecord", "Record")
    bare = [
        ast.unparse(call)
        for tree in sources()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        if (call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")) in writers
        for argument in call.args
        if isinstance(argument, ast.Constant) and argument.value in {*EventKind, *EventOutcome}
    ]
    assert bare == []


def test_every_kind_is_read_or_said_to_be_unread_and_why() -> None:
    assert set(COUNTED) | set(UNREAD) == set(EventKind)
    assert set(COUNTED) & set(UNREAD) == set()
    assert all(UNREAD.values())


def test_the_statistics_name_the_kinds_they_read_and_no_other() -> None:
    folder = KIOSK / "statistics"
    read = {
        EventKind[node.attr]
        for path in (*folder.glob("*.py"), KIOSK / "domain/figures/days.py")
        if path.name not in ("trail_counts.py", "office.py")  # what is unread, and who takes files away
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "EventKind"
    }
    assert read == set(COUNTED)


@pytest.mark.parametrize("language", tags())
def test_every_kind_and_outcome_has_its_words_and_no_words_are_for_nothing(language: str) -> None:
    words = sections(language)
    assert set(words["event"]) == set(EventKind)
    assert set(words["outcome"]) == set(EventOutcome)
    assert all(words["event"].values()) and all(words["outcome"].values())
    assert set(TONES) == set(EventOutcome)


def test_the_words_of_the_chain_stay_as_they_are() -> None:
    """What a kiosk wrote before kinds had names is verified as it was: digests taken from that version."""
    event = EventRow(number=1, at=1.5, kind=str(EventKind.FOREIGN_OBJECT), outcome=str(EventOutcome.ALARM),
                     kiosk="kiosk-1", visit="v", subject="s", actor="", details='{"dropped": 1}')  # fmt: skip
    assert link(b"key", "", event) == "6e66426b32d5e233bd2f3084bcc7d44d101fa5d4c6968b7ca8484079663c7cba"


def test_known_words_are_named_and_others_kept() -> None:
    assert [kind_named(str(kind)) for kind in EventKind] == list(EventKind)
    assert [outcome_named(str(outcome)) for outcome in EventOutcome] == list(EventOutcome)
    kept = kind_named("voice-guided")
    assert kept == "voice-guided" and not isinstance(kept, EventKind)


@pytest.fixture
def past(tmp_path: Path) -> Iterator[Past]:
    made = Past(tmp_path)
    made.visit(at("2024-05-02"), "ann", "CT")
    yield made
    made.ledger.close()


PERIOD = Period(at("2024-05-01", 0), at("2024-06-01", 0), ZONE)


def test_r8_counts_the_events_of_all_kinds_by_outcome(past: Past) -> None:
    past.ledger.append(AuditRecord(EventKind.TRAIL_BROKEN, EventOutcome.ALARM, when=past.now))
    *_, table = make_report(past.ledger, ReportRequest("R8", PERIOD)).tables
    figures = {str(cells[0].value): [cell.value for cell in cells[1:]] for cells in table.rows}
    assert figures["trail-broken"] == [0, 0, 0, 0, 1, 0]
    assert figures["link-made"] == [1, 0, 0, 0, 0, 0]
    assert table.counts == {"events": len(past.ledger.events(AuditFilter()))}


@pytest.mark.parametrize("number", NUMBERS)
def test_events_of_another_version_are_counted_and_said_in_every_report(past: Past, number: str) -> None:
    before = make_report(past.ledger, ReportRequest(number, PERIOD))
    assert UNKNOWN_NOTE not in before.notes
    for _ in range(2):
        past.ledger.append(NEWER)
    past.ledger.append(AuditRecord(EventKind.LINK_MADE, UnknownWord("half"), when=NEWER.when))
    report = make_report(past.ledger, ReportRequest(number, PERIOD))
    assert UNKNOWN_NOTE in report.notes
    told = [[cell.value for cell in cells] for cells in report.tables[-1].rows]
    assert sorted(told, key=str) == [["link-made", "half", 1], ["voice-guided", "half", 2]]
    assert "本版本不认识的事件" in csv_text(report, {}, words_in("zh"))


def test_what_another_version_wrote_is_read_back_and_verifies(past: Past) -> None:
    past.ledger.append(NEWER)
    (newest,) = past.ledger.events(AuditFilter(limit=1))
    assert (newest.kind, newest.outcome) == (NEWER.kind, NEWER.outcome)
    assert past.ledger.verify() is None


def test_an_exported_trail_says_the_words_that_are_stored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not the names in the code."""
    (tmp_path / "state").mkdir()
    config = tmp_path / "kiosk.toml"
    config.write_text('[kiosk]\nid = "kiosk-1"\n', encoding="utf-8")
    ledger = SqlLedger(f"sqlite:///{tmp_path / 'state' / 'ledger.db'}")
    ledger.append(AuditRecord(EventKind.CODE_REFUSED, EventOutcome.REFUSED, "kiosk-1"))
    ledger.close()
    for arguments in (["export"], ["list"], ["list", "--json"]):
        assert main(["audit", *arguments, "--config", str(config)]) == 0
        told = capsys.readouterr().out
        assert "code-refused" in told and "EventKind" not in told and "CODE_REFUSED" not in told
