"""The product's own source as syntax trees: what the budgets count."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("kiosk", "ui")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One file, by its path below the checkout."""

    path: str
    text: str

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Everything in it."""
        return tuple(ast.walk(ast.parse(self.text)))

    @property
    def functions(self) -> Iterator[Function]:
        """Functions and methods, also those within others."""
        return (node for node in self.nodes if isinstance(node, Function))

    @property
    def classes(self) -> Iterator[ast.ClassDef]:
        """All classes."""
        return (node for node in self.nodes if isinstance(node, ast.ClassDef))


def modules() -> tuple[Module, ...]:
    """Every module of the product; what npm laid beside the viewer's sources is none."""
    found = (file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
    files = sorted(file for file in found if "node_modules" not in file.parts)
    return tuple(Module(file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8")) for file in files)


def lines(node: Function | ast.ClassDef) -> int:
    """How long it is, docstring included."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def arguments(function: Function) -> int:
    """What a caller can give, without self and cls."""
    given = function.args
    names = [argument.arg for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return len(names) - (names[:1] in (["self"], ["cls"]))


def methods(made: ast.ClassDef) -> int:
    """How many methods it has, private ones and properties too."""
    return sum(isinstance(node, Function) for node in made.body)
