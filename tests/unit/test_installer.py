"""The appliance: what the units and scripts name exists, parses, and is as closed as it claims to be."""

from __future__ import annotations

import os
import runpy
import shlex
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.cli import parser
from kiosk.config import load
from tests.support.servers import program

ROOT = Path(__file__).parents[2]
INSTALLER = ROOT / "installer"
SCRIPTS = sorted(INSTALLER.rglob("*.sh"))
UNITS = sorted(INSTALLER.glob("systemd/*.service"))
PREFIX = "/opt/cloud-film-kiosk/current/"
DROP_INS = {
    "cups.service": INSTALLER / "cups/systemd/cups.service.d-kiosk.conf",
    "seatd.service": INSTALLER / "systemd/seatd.service.d-kiosk.conf",
}
PACKAGED = {"/usr/bin/echo", "/usr/bin/sleep"}
# Why the scheduler's is higher stands in its drop-in.
MOST_EXPOSED = {"cups.service": 2.3, "kiosk-update.service": 4.5}
# As Debian 12 has it; the tests' machine need not have a display.
SEATD = """[Unit]
Description=Seat management daemon
[Service]
Type=simple
ExecStart=seatd -g video
Restart=always
RestartSec=1
"""


def tool(folder: Path, name: str, script: str) -> dict[str, str]:
    """A stand-in for a program of the machine; returns the environment in which it is found first."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    (folder / name).chmod(0o700)
    return {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}


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
    done = run(program("shellcheck", "shellcheck"), "-x", *map(str, SCRIPTS), cwd=ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("unit", UNITS, ids=lambda p: p.name)
def test_units_name_commands_that_exist(unit: Path) -> None:
    lines = [line for name in ("ExecStart", "ExecStartPre") for line in options(unit)[name]]
    assert lines
    for line in lines:
        for word in shlex.split(line):
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


def exposure(unit: Path) -> float:
    said = run(program("systemd-analyze", "systemd"), "security", "--offline=true", str(unit))
    assert said.returncode == 0, said.stderr
    return float(said.stdout.rsplit(":", 1)[1].split()[0])


@pytest.mark.parametrize("unit", UNITS, ids=lambda p: p.name)
def test_units_are_closed(unit: Path) -> None:
    assert exposure(unit) <= MOST_EXPOSED.get(unit.name, 2.0)


@pytest.mark.parametrize("name", DROP_INS)
def test_the_units_the_kiosk_needs_of_debian_are_closed_by_its_drop_ins(name: str, tmp_path: Path) -> None:
    packaged = Path("/lib/systemd/system") / name
    text = SEATD if name == "seatd.service" else packaged.read_text(encoding="utf-8")
    whole = tmp_path / name
    whole.write_text(text + DROP_INS[name].read_text(encoding="utf-8"), encoding="utf-8")
    assert exposure(whole) <= MOST_EXPOSED.get(name, 2.0)


def test_systemd_understands_every_line(tmp_path: Path) -> None:
    """All units and drop-ins together, with the programs they start in place."""
    programs = tmp_path / "program"
    programs.write_text("#!/bin/sh\n", encoding="utf-8")
    programs.chmod(0o700)
    (tmp_path / "units").mkdir()
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8").replace("file:///opt", "man:kiosk(1) file:///opt")
        words = {word for word in text.split() if PREFIX in word and word.startswith(("ExecStart", "/opt"))}
        for word in sorted(words, key=len, reverse=True):
            text = text.replace(word.rpartition("=")[2], str(programs))
        (tmp_path / "units" / unit.name).write_text(text, encoding="utf-8")
    (tmp_path / "units" / "seatd.service").write_text(SEATD.replace("=seatd", f"={programs}"), encoding="utf-8")
    for name, drop_in in DROP_INS.items():
        (tmp_path / "units" / f"{name}.d").mkdir()
        shutil.copy(drop_in, tmp_path / "units" / f"{name}.d" / "kiosk.conf")
    made = sorted(str(path) for path in (tmp_path / "units").glob("*.service"))
    environment = {**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path / 'units'}:"}
    done = run(program("systemd-analyze", "systemd"), "verify", "--man=no", *made, env=environment)
    mine = [line for line in done.stderr.splitlines() if str(tmp_path) in line or "kiosk" in line]
    assert (done.returncode, mine) == (0, []), done.stderr


def test_a_display_that_comes_back_brings_the_kiosk_back() -> None:
    """The kiosk is bound to the display and ends with it; on its own it would stay away."""
    display = options(INSTALLER / "systemd" / "kiosk-display.service")
    assert options(INSTALLER / "systemd" / "kiosk.service")["BindsTo"] == ["kiosk-display.service"]
    assert "kiosk.service" in display["Wants"]
    assert display["Restart"] == ["always"]


def test_a_kiosk_that_rests_is_started_again_by_the_rests_end() -> None:
    rest = options(INSTALLER / "systemd" / "kiosk-maintenance.service")
    kiosk = options(INSTALLER / "systemd" / "kiosk.service")
    slept = next(int(line.split()[1]) for line in rest["ExecStart"] if "sleep" in line)
    assert rest["OnSuccess"] == ["kiosk.service"]
    assert kiosk["OnFailure"] == ["kiosk-maintenance.service"]
    assert int(kiosk["StartLimitIntervalSec"][0]) < slept < int(rest["TimeoutStartSec"][0])


@pytest.mark.parametrize(("engine", "wanted"), [("exit 0", "renderer= "), ("exit 1", "renderer=pixman ")])
def test_the_display_draws_with_the_processor_where_there_is_no_3d_engine(
    tmp_path: Path, engine: str, wanted: str
) -> None:
    cage = f"case \"$*\" in *' true') {engine} ;; *) echo renderer=$WLR_RENDERER \"$@\" ;; esac"
    environment = {**tool(tmp_path, "cage", cage), "CAGE_OPTIONS": "-r -r"}
    done = run("sh", str(INSTALLER / "session/display.sh"), "page", "it", env=environment)
    assert done.stdout.splitlines()[-1] == f"{wanted}-d -r -r -- page it"


def test_a_given_renderer_is_taken_as_it_is(tmp_path: Path) -> None:
    environment = {**tool(tmp_path, "cage", "echo renderer=$WLR_RENDERER $*"), "WLR_RENDERER": "vulkan"}
    done = run("sh", str(INSTALLER / "session/display.sh"), "page", env=environment)
    assert done.stdout == "renderer=vulkan -d -- page\n"


def test_an_upgrade_waits_until_nobody_is_at_the_kiosk(tmp_path: Path) -> None:
    """Two looks find somebody, the third finds the start screen."""
    looks = tmp_path / "looks"
    answer = f"""case "$1" in is-active) exit 0 ;; esac
echo look >>{looks}
[ "$(wc -l <{looks})" -gt 2 ] && echo free || echo 'busy: somebody is at the kiosk'"""
    environment = tool(tmp_path / "bin", "systemctl", answer)
    tool(tmp_path / "bin", "sleep", "exit 0")
    wait = str(INSTALLER / "session/wait-for-attract.sh")
    assert run("sh", wait, "1", env=environment).returncode == 1
    looks.unlink()
    assert run("sh", wait, "9", env=environment).returncode == 0
    assert looks.read_text(encoding="utf-8").count("look") == 3


def test_a_kiosk_that_is_away_is_not_waited_for(tmp_path: Path) -> None:
    environment = tool(tmp_path, "systemctl", "exit 3")
    assert run("sh", str(INSTALLER / "session/wait-for-attract.sh"), "0", env=environment).returncode == 0


def test_the_print_service_starts_on_a_machine_that_never_printed(tmp_path: Path) -> None:
    """What runs before the scheduler succeeds with an empty spool and no cache of jobs; `+` is systemd's."""
    (tmp_path / "spool").mkdir()
    for line in options(DROP_INS["cups.service"])["ExecStartPre"]:
        words = shlex.split(line.lstrip("+").replace("-o lp -g lp", ""))
        places = {"/run/cups-spool": tmp_path / "spool", "/var/cache/cups": tmp_path / "cache"}
        for place, mine in places.items():
            words = [word.replace(place, str(mine)) for word in words]
        assert run(*words).returncode == 0, line
    assert (tmp_path / "spool" / "tmp").is_dir()


def test_the_print_service_does_not_end_when_it_is_idle() -> None:
    """Debian's own line has -l: on demand, and away after a minute. It stays, because only so readiness is told."""
    assert "ExecStart" not in options(DROP_INS["cups.service"])
    assert "IdleExitTimeout 0" in (INSTALLER / "cups/cupsd.conf").read_text(encoding="utf-8").splitlines()


def test_usb_is_closed_only_after_its_policy_is_there(tmp_path: Path) -> None:
    """The panel is allowed, the stick that is plugged in is not, and the service is enabled last."""
    panel = 'allow id 0eef:0001 serial "7" name "Panel" with-interface { 03:00:00 }'
    stick = 'allow id 0781:5567 serial "8" name "Stick" with-interface { 08:06:50 }'
    policy, log = tmp_path / "rules.conf", tmp_path / "log"
    tool(tmp_path / "bin", "usbguard", f"cat <<'END'\n{panel}\n{stick}\nEND")
    environment = tool(tmp_path / "bin", "systemctl", f'echo "$1" "$(test -s {policy} && echo ready)" >>{log}')
    environment["USBGUARD_POLICY"] = str(policy)
    done = run("sh", str(INSTALLER / "usbguard/install.sh"), env=environment)
    assert done.returncode == 0, done.stderr
    made = policy.read_text(encoding="utf-8")
    assert panel in made
    assert "0781:5567" not in made
    assert "reject with-interface all-of { 08:*:* }" in made
    assert policy.stat().st_mode & 0o777 == 0o600
    assert all(line.endswith("ready") for line in log.read_text(encoding="utf-8").splitlines())


def test_usb_stays_open_when_no_input_device_is_there(tmp_path: Path) -> None:
    environment = tool(tmp_path / "bin", "usbguard", "echo 'allow id 1d6b:0002 with-interface 09:00:00'")
    tool(tmp_path / "bin", "systemctl", f"touch {tmp_path}/enabled")
    environment["USBGUARD_POLICY"] = str(tmp_path / "rules.conf")
    assert run("sh", str(INSTALLER / "usbguard/install.sh"), env=environment).returncode == 1
    assert not (tmp_path / "enabled").exists()
    assert not (tmp_path / "rules.conf").exists()


def test_cases_22_and_109_pages_and_memory_of_a_visit_stay_off_the_disk_and_no_other_address_is_asked() -> None:
    units = [*(INSTALLER / "systemd").glob("*.service"), *(INSTALLER / "cups" / "systemd").glob("*")]
    holding = {unit.name: options(unit) for unit in units if unit.name != "kiosk-maintenance.service"}
    assert len(holding) >= 6
    assert {name for name, unit in holding.items() if unit.get("LimitCORE") != ["0"]} == set()
    assert {name for name, unit in holding.items() if unit.get("MemorySwapMax") != ["0"]} == set()
    kiosk = options(INSTALLER / "systemd" / "kiosk.service")
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


def copy_of_the_checkout(folder: Path) -> Path:
    """A checkout of one's own, as small as the installer allows."""
    shutil.copytree(INSTALLER, folder / "installer")
    (folder / "kiosk").mkdir()
    (folder / "kiosk" / "__init__.py").write_text('"""The program."""\n', encoding="utf-8")
    (folder / "kiosk" / "linked.py").symlink_to("__init__.py")
    return folder


def staged(checkout: Path, stage: Path, *more: str, **options: object) -> Path:
    """Lays the checkout out and returns the release that is in use."""
    done = run("bash", str(checkout / "installer/install.sh"), "--stage", str(stage), *more, **options)
    assert done.returncode == 0, done.stderr
    return (stage / "opt/cloud-film-kiosk/current").resolve()


def emptied(path: Path) -> None:
    path.write_text("", encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "break_it"),
    [
        ("kiosk/__init__.py", emptied),
        ("kiosk/__init__.py", Path.unlink),
        ("kiosk/linked.py", Path.unlink),
        (".complete", emptied),
    ],
)
def test_a_release_that_a_power_cut_emptied_is_not_trusted(
    tmp_path: Path, file: str, break_it: Callable[[Path], None]
) -> None:
    checkout = copy_of_the_checkout(tmp_path / "checkout")
    current = staged(checkout, tmp_path / "stage")
    break_it(current / file)
    assert staged(checkout, tmp_path / "stage") == current
    assert (current / "kiosk/linked.py").read_text(encoding="utf-8") == '"""The program."""\n'
    assert (current / ".complete").read_text(encoding="utf-8")


def test_bytecode_that_was_written_later_breaks_no_release(tmp_path: Path) -> None:
    checkout = copy_of_the_checkout(tmp_path / "checkout")
    current = staged(checkout, tmp_path / "stage")
    (current / "kiosk/__pycache__").mkdir()
    (current / "kiosk/__pycache__/x.pyc").write_bytes(b"later")
    staged(checkout, tmp_path / "stage")
    assert (current / "kiosk/__pycache__/x.pyc").exists()


def test_a_unit_that_a_power_cut_emptied_comes_back(tmp_path: Path) -> None:
    checkout = copy_of_the_checkout(tmp_path / "checkout")
    staged(checkout, tmp_path / "stage")
    unit = tmp_path / "stage/etc/systemd/system/kiosk.service"
    network = tmp_path / "stage/etc/systemd/system/kiosk.service.d/network.conf"
    for file in (unit, network):
        emptied(file)
    staged(checkout, tmp_path / "stage")
    assert "ExecStart" in unit.read_text(encoding="utf-8")
    assert "[Service]" in network.read_text(encoding="utf-8")


def test_everything_is_on_the_disk_before_it_counts(tmp_path: Path) -> None:
    """At each flush: what counts already. The release's mark comes after the release's flush; each file that is put in
    place was flushed under another name; the last flush is after the link."""
    checkout = copy_of_the_checkout(tmp_path / "checkout")
    stage, log = tmp_path / "stage", tmp_path / "log"
    home = stage / "opt/cloud-film-kiosk"
    script = f"""mark=$(ls {home}/releases/*/.complete 2>/dev/null | wc -l)
link=$(readlink {home}/current)
echo "$mark ${{link:-none}} $*" >>{log}"""
    current = staged(checkout, stage, env=tool(tmp_path / "bin", "sync", script))
    lines = [line.split(" ", 2) for line in log.read_text(encoding="utf-8").splitlines()]
    assert lines[0] == ["0", "none", f"--file-system {current}"]
    assert lines[-1][1:] == [f"releases/{current.name}", f"--file-system {stage}/etc {home}"]
    flushed = {what for _, _, what in lines[1:-1]}
    for unit in UNITS:
        assert f"{stage}/etc/systemd/system/{unit.name}.new" in flushed
    assert not list(stage.rglob("*.new"))


def test_a_rollback_brings_back_the_units_of_the_release_before(tmp_path: Path) -> None:
    checkout = copy_of_the_checkout(tmp_path / "checkout")
    before = staged(checkout, tmp_path / "stage")
    units = tmp_path / "stage/etc/systemd/system"
    unit = checkout / "installer/systemd/kiosk.service"
    unit.write_text(unit.read_text(encoding="utf-8") + "# newer\n", encoding="utf-8")
    (checkout / "installer/systemd/kiosk-new.service").write_text("[Service]\nExecStart=/bin/true\n", encoding="utf-8")
    assert staged(checkout, tmp_path / "stage") != before
    assert (units / "kiosk.service").read_text(encoding="utf-8").endswith("# newer\n")
    assert staged(checkout, tmp_path / "stage", "--rollback") == before
    assert not (units / "kiosk.service").read_text(encoding="utf-8").endswith("# newer\n")
    assert not (units / "kiosk-new.service").exists()


def test_no_way_back_to_a_release_that_is_not_whole(tmp_path: Path) -> None:
    checkout = copy_of_the_checkout(tmp_path / "checkout")
    before = staged(checkout, tmp_path / "stage")
    (checkout / "kiosk/__init__.py").write_text('"""Newer."""\n', encoding="utf-8")
    now = staged(checkout, tmp_path / "stage")
    emptied(before / "kiosk/__init__.py")
    done = run("bash", str(checkout / "installer/install.sh"), "--stage", str(tmp_path / "stage"), "--rollback")
    assert done.returncode == 1
    assert (tmp_path / "stage/opt/cloud-film-kiosk/current").resolve() == now


def test_nobody_logs_in_at_the_screen_and_no_keyboard_restarts_the_machine(stage: Path) -> None:
    units = stage / "etc/systemd/system"
    for name in ("getty@tty1.service", "autovt@.service", "ctrl-alt-del.target"):
        assert (units / name).readlink() == Path("/dev/null")
    logind = options(stage / "etc/systemd/logind.conf.d/kiosk.conf")
    assert (logind["NAutoVTs"], logind["ReserveVT"]) == (["0"], ["0"])
    assert "kernel.sysrq = 0" in (stage / "etc/sysctl.d/90-kiosk.conf").read_text(encoding="utf-8").splitlines()


def test_the_print_service_may_talk_to_whom_the_kiosk_may(stage: Path) -> None:
    mine, theirs = (stage / f"etc/systemd/system/{name}.service.d/network.conf" for name in ("cups", "kiosk"))
    assert mine.resolve() == theirs


def test_wrong_use_is_told() -> None:
    done = run("bash", str(INSTALLER / "install.sh"), "--nonsense")
    assert done.returncode == 2
    assert "--rollback" in done.stderr


def test_the_annotated_settings_are_up_to_date() -> None:
    made = runpy.run_path(str(INSTALLER / "config" / "annotate.py"))
    assert (INSTALLER / "config" / "kiosk.toml").read_text(encoding="utf-8") == made["annotated"]()
