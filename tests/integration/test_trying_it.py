"""docs/trying-it.md as a stranger would follow it: every command runs, in order, and says what the page says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.support.orthanc import INSTALL, PLUGIN
from tests.support.printers import start_discovery
from tests.support.servers import free_port, program

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "trying-it.md"
BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LONG_S = 900
MARK = "### step"


@dataclass(frozen=True)
class Step:
    """Commands, and the lines they are said to print, in this order, perhaps with others between them."""

    commands: str
    says: tuple[str, ...]


def steps_of(page: str) -> list[Step]:
    found: list[Step] = []
    for kind, text in BLOCK.findall(page):
        if kind == "sh":
            found.append(Step(text, ()))
        else:
            found[-1] = Step(found[-1].commands, tuple(text.splitlines()))
    return found


def script(steps: list[Step]) -> str:
    """One shell for all steps, as one terminal; the first command that fails ends it. Servers end with it."""
    marked = [f"echo '{MARK} {number}'\n{step.commands}" for number, step in enumerate(steps)]
    return "\n".join(["set -euo pipefail", "trap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT", *marked])


def said_in_order(lines: tuple[str, ...], output: str) -> str:
    """The first line that the page promises and the output lacks; nothing where all are there."""
    rest = iter(output.splitlines())
    for line in lines:
        pattern = ".*".join(re.escape(part) for part in line.split("…"))
        if not any(re.fullmatch(pattern, said) for said in rest):
            return line
    return ""


def surroundings(hospital: Path, home: Path) -> dict[str, str]:
    """A scratch home, a free port, and the sample hospital that the suite has made already."""
    assert PLUGIN.exists(), f"Orthanc's DICOMweb plugin is missing: {INSTALL}"
    for name, package in (("curl", "curl"), ("Orthanc", "orthanc"), ("lpstat", "cups-client")):
        program(name, package)
    start_discovery()
    shutil.copytree(hospital, home / "sample")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KIOSK_", "CUPS_"))}
    return {**kept, "HOME": str(home), "TRY": str(home), "PACS_PORT": str(free_port())}


def test_the_page_holds_what_it_says(hospital: Path, tmp_path: Path) -> None:
    steps, home = steps_of(PAGE.read_text(encoding="utf-8")), tmp_path / "try"
    home.mkdir()
    assert (ROOT / ".venv" / "bin" / "kiosk").exists(), "the page runs in a checkout with its environment"
    with (tmp_path / "out").open("w+") as out:  # no pipe: servers that stay would hold it open
        done = subprocess.run(
            ["bash", "-c", script(steps)], cwd=ROOT, env=surroundings(hospital, home), stdin=subprocess.DEVNULL,
            stdout=out, stderr=subprocess.STDOUT, timeout=LONG_S, check=False,
        )  # fmt: skip
    output = (tmp_path / "out").read_text(encoding="utf-8")
    assert done.returncode == 0, output[-4000:]
    parts = re.split(rf"^{MARK} \d+$", output, flags=re.MULTILINE)[1:]
    assert len(parts) == len(steps)
    for step, part in zip(steps, parts, strict=True):
        assert not said_in_order(step.says, part), f"{said_in_order(step.says, part)!r} is not in\n{part}"
    assert "Traceback" not in output
    assert not home.exists(), "the page takes away what it made"


def test_every_command_of_the_page_is_run() -> None:
    """A command in a block that is not marked `sh` would be shown and not run."""
    page = PAGE.read_text(encoding="utf-8")
    prose = BLOCK.sub("", page)
    assert re.findall(r"^```.*$", prose, re.MULTILINE) == []
    indented = re.findall(r"^ {4}(.*)$", prose, re.MULTILINE)
    assert all(line.startswith("apt-get install ") for line in indented), "only what needs root is left to the reader"
