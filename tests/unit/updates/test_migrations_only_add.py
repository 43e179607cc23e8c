"""An older program works on the tables of a newer one (stages, a release that went back): migrations only add."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

VERSIONS = Path(__file__).resolve().parents[3] / "kiosk/adapters/sql/migrations/versions"
# What came before there were rollouts: nobody goes back behind it.
BEFORE = {"0001", "0002", "0003", "0004", "0010", "0020"}
NEWER = [file for file in sorted(VERSIONS.glob("v[0-9]*.py")) if file.name[1:5] not in BEFORE]
ADDING = {"create_table", "add_column", "create_index", "batch_alter_table"}


def calls(tree: ast.AST) -> list[ast.Call]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]


def name(call: ast.Call) -> str:
    assert isinstance(call.func, ast.Attribute)
    return call.func.attr


@pytest.mark.parametrize("file", NEWER, ids=lambda file: file.stem)
def test_a_migration_only_adds(file: Path) -> None:
    upgrade = next(
        node
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name == "upgrade"
    )
    for call in calls(upgrade):
        of_alembic = isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name)
        if of_alembic and call.func.value.id in ("op", "batch"):  # type: ignore[attr-defined]
            assert name(call) in ADDING, f"{file.name}: an older program does not know of {name(call)}"
        if name(call) == "add_column":
            given = {word.arg: word.value for column in calls(call) for word in column.keywords}
            nullable = given.get("nullable")
            optional = isinstance(nullable, ast.Constant) and nullable.value is True
            assert optional or "server_default" in given, f"{file.name}: an older program gives no value for it"
