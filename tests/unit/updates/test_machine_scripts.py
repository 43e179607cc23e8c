"""The scripts of a machine around its updates: the way back from a release that cannot even run, the first settings."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
UPDATE = ROOT / "installer/session/update.sh"
SETUP = ROOT / "installer/image/files/usr/local/lib/kiosk-image/setup.sh"
FILES = ROOT / "installer/image/files"


def tool(folder: Path, name: str, script: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f"#!/bin/bash\n{script}\n", encoding="utf-8")
    (folder / name).chmod(0o700)
    return folder / name


def machine(folder: Path, code: int, tried: bool) -> Path:
    """A home of releases whose program ends with a code, and one before it whose installer leaves a mark."""
    for name in ("new", "old"):
        (folder / "releases" / name).mkdir(parents=True)
    (folder / "current").symlink_to("releases/new")
    (folder / "previous").symlink_to("releases/old")
    tool(folder / "releases/new/.venv/bin", "kiosk", f"exit {code}")
    tool(folder / "releases/old/installer", "install.sh", f'echo "$@" >{folder}/asked')
    (folder / "updates").mkdir()
    if tried:
        (folder / "updates/trial").write_text("{}", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("code", "tried", "back"),
    [(0, True, False), (5, True, False), (6, True, False), (1, True, True), (2, True, True), (127, True, True),
     (1, False, False), (2, False, False)],
)  # fmt: skip
def test_a_release_that_cannot_even_judge_itself_is_left(tmp_path: Path, code: int, tried: bool, back: bool) -> None:
    home = machine(tmp_path / "home", code, tried)
    environment = {**os.environ, "KIOSK_HOME_DIR": str(home)}
    done = subprocess.run(["sh", str(UPDATE)], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert (home / "asked").exists() is back
    if back:
        assert (home / "asked").read_text(encoding="utf-8") == "--rollback\n"
        assert not (home / "updates/trial").exists()


def take(tmp_path: Path, stick: Path) -> tuple[int, str]:
    """What the setup does with a folder; users and groups of an appliance are not those of a test's machine."""
    bin_ = tmp_path / "bin"
    tool(bin_, "chown", "exit 0")
    owners = 'words=(); while [ $# -gt 0 ]; do case "$1" in -o | -g) shift ;; *) words+=("$1") ;; esac; shift; done'
    tool(bin_, "install", f'{owners}; exec /usr/bin/install "${{words[@]}}"')
    page, etc = tmp_path / "page", tmp_path / "etc"
    (etc / "kiosk/secrets").mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "PATH": f"{bin_}:{os.environ['PATH']}", "KIOSK_PAGE": str(page),
                   "KIOSK_ETC": str(etc), "KIOSK_RELEASE": str(ROOT)}  # fmt: skip
    done = subprocess.run(["bash", str(SETUP), "take", str(stick)], env=environment, capture_output=True, text=True,
                          check=False)  # fmt: skip
    return done.returncode, page.read_text(encoding="utf-8") if page.exists() else done.stderr


def test_a_stick_gives_a_machine_its_first_settings(tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    (stick / "secrets").mkdir(parents=True)
    (stick / "kiosk.toml").write_text('[kiosk]\nid = "lobby-9"\n', encoding="utf-8")
    (stick / "secrets/archive").write_text("open sesame", encoding="utf-8")
    (stick / "10-lobby.network").write_text("[Match]\n", encoding="utf-8")
    (stick / "network.conf").write_text("[Service]\n", encoding="utf-8")
    (stick / "update.pub").write_text("key", encoding="utf-8")
    (stick / "passwd").write_text("not for us", encoding="utf-8")
    code, said = take(tmp_path, stick)
    assert code == 0, said
    etc = tmp_path / "etc"
    found = {str(file.relative_to(etc)) for file in etc.rglob("*") if file.is_file()}
    assert found == {
        "kiosk/kiosk.toml", "kiosk/configured", "kiosk/update.pub", "kiosk/secrets/archive",
        "systemd/network/10-lobby.network", "systemd/system/kiosk.service.d/network.conf",
    }  # fmt: skip
    assert (etc / "kiosk/secrets/archive").stat().st_mode & 0o777 == 0o600


def test_wrong_settings_are_told_on_the_screen_and_not_taken(tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    (stick / "kiosk.toml").write_text("[screens]\nidle_s = -1\n", encoding="utf-8")
    code, page = take(tmp_path, stick)
    assert code == 1
    assert "screens.idle_s" in page
    assert "U 盘" in page
    assert not (tmp_path / "etc/kiosk/configured").exists()


def test_the_kiosk_of_an_image_waits_for_its_settings() -> None:
    unit = (FILES / "etc/systemd/system/kiosk.service.d/image.conf").read_text(encoding="utf-8")
    setup = (FILES / "etc/systemd/system/kiosk-setup.service").read_text(encoding="utf-8")
    assert "ConditionPathExists=/etc/kiosk/configured" in unit
    assert "ConditionPathExists=!/etc/kiosk/configured" in setup


def test_scripts_of_the_image_pass_shellcheck() -> None:
    files = [path for path in FILES.rglob("*") if path.is_file()]
    scripts = [path for path in files if path.read_text(encoding="utf-8").startswith("#!")]
    assert len(scripts) >= 3
    done = subprocess.run(["shellcheck", *map(str, scripts)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
