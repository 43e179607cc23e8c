"""The command line as people meet it: every command has help that stands by itself, and the documents know it."""

from __future__ import annotations

import argparse
import importlib
import re
import shlex
from pathlib import Path

import pytest

from kiosk.cli import COMMANDS, config_first, main, parser

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PLANNED = {"run", "demo", "journey", "scan", "render", "film", "report", "doctor", "stats", "audit", "staff", "desk"}
SCREENS = {"run", "demo", "desk"}
LINK = re.compile(r"\]\((?!https?://)([^)#]+)")


def test_the_names_are_fixed() -> None:
    assert set(COMMANDS) >= PLANNED


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main([name, "--help"])
    text = capsys.readouterr().out
    assert "--config FILE" in text
    first = (importlib.import_module(f"kiosk.cli.{name.replace('-', '_')}").__doc__ or "").splitlines()[0]
    assert first.endswith(".")
    assert first in text


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - SCREENS))
def test_exit_codes_are_told(name: str) -> None:
    assert "xit code" in (importlib.import_module(f"kiosk.cli.{name.replace('-', '_')}").__doc__ or "")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_argument_has_help_or_a_name_that_says_it(name: str) -> None:
    command = commands_of(parser(name))[name]
    silent = [a.dest for a in command._actions if a.option_strings and not a.help]
    assert silent == []


def test_the_overview_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    text = capsys.readouterr().out
    for name in COMMANDS:
        assert re.search(rf"^ +{name}\s+\S", text, re.MULTILINE), name


@pytest.mark.parametrize("name", COMMANDS)
def test_the_readme_names_every_command(name: str) -> None:
    assert f"`kiosk {name}`" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_documents_name_commands_and_options_that_exist() -> None:
    for document in DOCUMENTS:
        for line in re.findall(
            r"`kiosk ([a-z-]+)|^ {4}kiosk ([a-z-]+)", document.read_text(encoding="utf-8"), re.MULTILINE
        ):
            assert "".join(line) in COMMANDS, (document.name, line)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: p.name)
def test_command_lines_of_documents_are_taken_as_they_stand(document: Path) -> None:
    text = document.read_text(encoding="utf-8").replace("\\\n", " ")
    for line in re.findall(r"^ {4}(kiosk .*)$", text, re.MULTILINE):
        words = shlex.split(line, comments=True)[1:]
        assert parser(words[0]).parse_args(config_first(words)).command == words[0]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: p.name)
def test_options_that_documents_name_in_passing_exist(document: Path) -> None:
    for name, rest in re.findall(r"`kiosk ([a-z-]+)([^`]*)`", document.read_text(encoding="utf-8")):
        assert set(re.findall(r"--[a-z-]+", rest)) <= options(commands_of(parser(name))[name]), (name, rest)


def commands_of(of: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The commands below this one."""
    below = [action.choices for action in of._actions if isinstance(action, argparse._SubParsersAction)]
    return dict(below[0]) if below else {}


def options(command: argparse.ArgumentParser) -> set[str]:
    """All options of a command and of those below it."""
    own = {option for action in command._actions for option in action.option_strings}
    return own.union(*(options(below) for below in commands_of(command).values()))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: p.name)
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    for target in LINK.findall(document.read_text(encoding="utf-8")):
        if not target.startswith("docs/pictures/"):
            assert (document.parent / target).exists(), target


def test_examples_of_settings_in_the_guide_are_accepted(tmp_path: Path) -> None:
    from kiosk.config import load

    guide = (ROOT / "docs" / "integrator.md").read_text(encoding="utf-8")
    blocks = re.findall(r"(?:^ {4}.*\n)+", guide, re.MULTILINE)
    settings = "\n".join(block for block in blocks if block.lstrip().startswith("["))
    file = tmp_path / "kiosk.toml"
    file.write_text("\n".join(line[4:] for line in settings.splitlines()), encoding="utf-8")
    assert load(file).printers.film.queue == "film"


@pytest.mark.parametrize("place", [0, 1, 2, 3])
@pytest.mark.parametrize("form", [["--config", "{}"], ["--config={}"]], ids=["two words", "one word"])
def test_config_may_stand_anywhere(place: int, form: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    words = ["audit", "list", "--json"]
    words[place:place] = [word.format("/no/such/kiosk.toml") for word in form]
    assert main(words) == 2
    assert "/no/such/kiosk.toml: No such file" in capsys.readouterr().err
