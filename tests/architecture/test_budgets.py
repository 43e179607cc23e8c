"""What keeps the house readable, as figures. Each budget has a list of those that are over it today, with the reason;
who is no longer over it must leave the list.

A budget that fails: make the thing smaller or give it another name. Add to a list only with a reason that will convince
the next reader.
"""

from __future__ import annotations

import re
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

import pytest

from tests.architecture.tree import ROOT, Module, arguments, lines, methods, modules

FUNCTION_LINES, FUNCTION_MEDIAN, FUNCTION_P90 = 60, 7, 25
ARGUMENTS = 8
CLASS_LINES, CLASS_METHODS = 200, 15
MODULE_LINES = 400
FOLDER_MODULES = 16

MANY_ARGUMENTS: dict[str, str] = {}
MANY_METHODS: dict[str, str] = {}
FULL_FOLDERS: dict[str, str] = {
    "kiosk/cli": "one module a command, and the commands are many",
}
TWINS: dict[str, str] = {}

MODULES = modules()


def check(over: Mapping[str, object], known: Mapping[str, str], budget: str) -> None:
    """Nobody but the known ones is over the budget, and each of them still is."""
    new = {name: figure for name, figure in over.items() if name not in known}
    assert not new, f"over the budget of {budget}: {new}"
    stale = sorted(set(known) - set(over))
    assert not stale, f"no longer over the budget of {budget}, take them off the list: {stale}"


def test_functions_are_short() -> None:
    sizes = {f"{module.path}:{node.name}": lines(node) for module in MODULES for node in module.functions}
    check({name: size for name, size in sizes.items() if size > FUNCTION_LINES}, {}, f"{FUNCTION_LINES} lines")


def test_most_functions_are_very_short() -> None:
    sizes = [lines(node) for module in MODULES for node in module.functions]
    assert statistics.median(sizes) <= FUNCTION_MEDIAN
    assert statistics.quantiles(sizes, n=10)[-1] <= FUNCTION_P90


def test_functions_take_few_arguments() -> None:
    counts = {f"{module.path}:{node.name}": arguments(node) for module in MODULES for node in module.functions}
    many = {name: count for name, count in counts.items() if count > ARGUMENTS}
    check(many, MANY_ARGUMENTS, f"{ARGUMENTS} arguments")


def test_classes_are_small() -> None:
    sizes = {f"{module.path}:{node.name}": lines(node) for module in MODULES for node in module.classes}
    check({name: size for name, size in sizes.items() if size > CLASS_LINES}, {}, f"{CLASS_LINES} lines")
    counts = {f"{module.path}:{node.name}": methods(node) for module in MODULES for node in module.classes}
    many = {name: count for name, count in counts.items() if count > CLASS_METHODS}
    check(many, MANY_METHODS, f"{CLASS_METHODS} methods")


def test_modules_are_read_in_one_go() -> None:
    sizes = {module.path: module.text.count("\n") for module in MODULES}
    check({path: size for path, size in sizes.items() if size > MODULE_LINES}, {}, f"{MODULE_LINES} lines")


def test_folders_are_taken_in_at_a_glance() -> None:
    found = {room: len(names) for room, names in by_room(MODULES).items()}
    full = {room: count for room, count in found.items() if count > FOLDER_MODULES}
    check(full, FULL_FOLDERS, f"{FOLDER_MODULES} modules")


def test_one_name_is_one_thing() -> None:
    """Public classes; what begins with an underscore is a matter of its module."""
    places: dict[str, list[str]] = defaultdict(list)
    for module in MODULES:
        for node in module.classes:
            if not node.name.startswith("_"):
                places[node.name].append(module.path)
    check({name: where for name, where in places.items() if len(where) > 1}, TWINS, "one thing a name")


# --- the map -------------------------------------------------------------------------------------------------------
def by_room(found: Iterable[Module]) -> dict[str, set[str]]:
    """The names of the modules in each folder; `__init__` and `__main__` go without saying."""
    rooms: dict[str, set[str]] = defaultdict(set)
    for module in found:
        path = PurePosixPath(module.path)
        if not path.stem.startswith("__"):
            rooms[path.parent.as_posix()].add(path.stem)
    return rooms


def on_the_map(text: str) -> dict[str, set[str]]:
    """The second column of the table of modules in docs/architecture.md; a row that begins with – belongs to the room
    above it; a star stands for the rest of a name."""
    rooms: dict[str, set[str]] = defaultdict(set)
    room = ""
    for row in re.findall(r"^\| (`[\w/]+` *|–[^|]*)\|([^|]*)\|", text, re.MULTILINE):
        room = room if row[0].startswith("–") else row[0].strip(" `")
        rooms[room] |= set(re.findall(r"[\w*]+", row[1]))
    return rooms


def differences(rooms: Mapping[str, set[str]], shown: Mapping[str, set[str]]) -> tuple[list[str], list[str]]:
    """Modules that the map lacks, and what it shows though it is not there."""
    lacks = [
        f"{room}/{name}"
        for room, names in rooms.items()
        for name in names
        if not any(fnmatchcase(name, pattern) for pattern in shown.get(room, ()))
    ]
    stale = [
        f"{room}/{pattern}"
        for room, patterns in shown.items()
        for pattern in patterns
        if not any(fnmatchcase(name, pattern) for name in rooms.get(room, ()))
    ]
    return sorted(lacks), sorted(stale)


def test_every_module_stands_on_the_map() -> None:
    shown = on_the_map((ROOT / "docs/architecture.md").read_text(encoding="utf-8"))
    assert differences(by_room(MODULES), shown) == ([], [])


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("| `kiosk/one` | a, b_* | things |", ([], [])),
        ("| `kiosk/one` | a | things |\n| – more | b_* | |", ([], [])),
        ("| `kiosk/one` | a | things |", (["kiosk/one/b_c"], [])),
        ("| `kiosk/one` | a, b_c, d | things |", ([], ["kiosk/one/d"])),
        ("| `kiosk/two` | a, b_c | things |", (["kiosk/one/a", "kiosk/one/b_c"], ["kiosk/two/a", "kiosk/two/b_c"])),
    ],
)
def test_the_map_is_read_both_ways(row: str, expected: tuple[list[str], list[str]]) -> None:
    found = [Module("kiosk/one/a.py", ""), Module("kiosk/one/b_c.py", ""), Module("kiosk/one/__init__.py", "")]
    assert differences(by_room(found), on_the_map(row)) == expected


def test_a_budget_sees_both_the_new_and_the_stale() -> None:
    check({"a": 61}, {"a": "why"}, "60")
    with pytest.raises(AssertionError, match="over the budget"):
        check({"a": 61, "b": 99}, {"a": "why"}, "60")
    with pytest.raises(AssertionError, match="take them off"):
        check({}, {"a": "why"}, "60")
