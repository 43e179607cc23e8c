"""The appliance: what the units and scripts name exists, parses, and is as closed as it claims to be."""

from __future__ import annotations

import runpy
import shlex
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

from kiosk.cli import parser
from kiosk.config import load
from tests.support.servers import program

ROOT = Path(__file__).parents[2]
INSTALLER = ROOT / "installer"
SCRIPTS = sorted(p for p in INSTALLER.rglob("*.sh"))
UNITS = sorted(INSTALLER.glob("systemd/*.service"))
PREFIX = "/opt/cloud-film-kiosk/current/"
PACKAGED = {"/usr/bin/cage", "/usr/bin/logger", "/usr/bin/sleep", "/usr/bin/systemctl"}
EXPOSURE = {"kiosk.service": 2.0, "kiosk-display.service": 2.0, "kiosk-maintenance.service": 4.0}


def options(unit: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for line in unit.read_text(encoding="utf-8").splitlines():
        if "=" in line and not line.startswith(("#", "[")):
            name, _, value = line.partition("=")
            found[name].append(value)
    return found


def run(*command: str, **more: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, **more)  # type: ignore[call-overload, no-any-return]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stage")
    for _ in range(2):  # a second run changes nothing and fails at nothing
        done = run("bash", str(INSTALLER / "install.sh"), "--stage", str(folder))
        assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.name)
def test_scripts_parse(script: Path) -> None:
    assert run("bash", "-n", str(script)).stderr == ""


def test_the_installers_scripts_pass_shellcheck() -> None:
    mine = [str(INSTALLER / "install.sh"), str(INSTALLER / "session" / "wait-for-display.sh")]
    done = run(program("shellcheck", "shellcheck"), "-x", *mine, cwd=ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("unit", UNITS, ids=lambda p: p.name)
def test_units_name_commands_that_exist(unit: Path) -> None:
    lines = [line for name in ("ExecStart", "ExecStartPre") for line in options(unit)[name]]
    assert lines
    for line in lines:
        for word in shlex.split(line.replace("$CAGE_OPTIONS", "")):
            if word.startswith(PREFIX + ".venv/"):
                assert Path(word).name in ("kiosk", "python")
            elif word.startswith(PREFIX):
                assert (ROOT / word.removeprefix(PREFIX)).is_file(), word
            elif word.startswith("/usr"):
                assert word in PACKAGED, word


def test_the_unit_starts_a_command_line_that_the_kiosk_understands() -> None:
    words = shlex.split(options(INSTALLER / "systemd" / "kiosk.service")["ExecStart"][0])
    args = parser("run").parse_args(words[1:])
    assert args.config == Path("/etc/kiosk/kiosk.toml")


@pytest.mark.parametrize("unit", UNITS, ids=lambda p: p.name)
def test_units_are_closed(unit: Path) -> None:
    done = run(program("systemd-analyze", "systemd"), "security", "--offline=true", "--json=short", str(unit))
    text = run(program("systemd-analyze", "systemd"), "security", "--offline=true", str(unit)).stdout
    level = float(text.rsplit(":", 1)[1].split()[0])
    assert level <= EXPOSURE[unit.name], done.stdout


def test_case_104_pages_and_memory_of_a_visit_stay_off_the_disk() -> None:
    kiosk = options(INSTALLER / "systemd" / "kiosk.service")
    assert kiosk["LimitCORE"] == ["0"]
    assert kiosk["MemorySwapMax"] == ["0"]
    assert kiosk["RuntimeDirectoryMode"] == ["0700"]
    assert kiosk["IPAddressDeny"] == ["any"]
    assert kiosk["Type"] == ["notify"]
    assert float(kiosk["WatchdogSec"][0]) > 2


def test_the_staged_settings_are_those_of_an_appliance(stage: Path) -> None:
    file = stage / "etc" / "kiosk" / "kiosk.toml"
    settings = load(file)
    assert settings.kiosk.state_dir == Path("/var/lib/kiosk")
    assert settings.kiosk.private_dir == Path("/run/kiosk/visits")
    assert file.stat().st_mode & 0o777 == 0o640


def test_a_second_run_keeps_settings_and_addresses(stage: Path) -> None:
    settings = stage / "etc" / "kiosk" / "kiosk.toml"
    network = stage / "etc/systemd/system/kiosk.service.d/network.conf"
    for file in (settings, network):
        file.write_text(file.read_text(encoding="utf-8") + "# ours\n", encoding="utf-8")
    assert run("bash", str(INSTALLER / "install.sh"), "--stage", str(stage)).returncode == 0
    assert settings.read_text(encoding="utf-8").endswith("# ours\n")
    assert network.read_text(encoding="utf-8").endswith("# ours\n")


def test_a_release_holds_the_product_and_nothing_else(stage: Path) -> None:
    current = stage / "opt/cloud-film-kiosk/current"
    assert (current / "kiosk" / "cli" / "__init__.py").is_file()
    assert (current / "assets" / "translations" / "zh.toml").is_file()
    assert not [name for name in (".git", ".venv", "sample-hospital") if (current / name).exists()]
    assert len(list((stage / "opt/cloud-film-kiosk/releases").iterdir())) == 1


def test_the_staff_command_gives_the_kiosks_settings_first(stage: Path) -> None:
    text = (stage / "usr" / "local" / "bin" / "kiosk").read_text(encoding="utf-8")
    assert 'set -- "$program" "$command" --config /etc/kiosk/kiosk.toml "$@"' in text
    assert run("sh", "-n", str(stage / "usr" / "local" / "bin" / "kiosk")).returncode == 0
    assert parser("audit").parse_args(["audit", "--config", "a", "verify"]).config == Path("a")


def test_wrong_use_is_told() -> None:
    done = run("bash", str(INSTALLER / "install.sh"), "--nonsense")
    assert done.returncode == 2
    assert "--rollback" in done.stderr


def test_the_annotated_settings_are_up_to_date() -> None:
    made = runpy.run_path(str(INSTALLER / "config" / "annotate.py"))
    assert (INSTALLER / "config" / "kiosk.toml").read_text(encoding="utf-8") == made["annotated"]()
