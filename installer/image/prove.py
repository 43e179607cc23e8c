"""The image in a virtual machine: does it boot, serve, withstand? Started by installer/image/test.sh.

prove.py IMAGE ROOM [--smoke] [--cuts N] [--only STEP …] [--accept]

Each step is a line of the table that ends in ROOM/proof.md; the first step that fails ends the run with exit code 1.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from guest import Guest, GuestError, until

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs/pictures/appliance-attract.png"
# Mean difference of two small grey pictures, of 255: the screen moves a little by itself, another screen differs by 20.
ALIKE = 8.0
GRID = (27, 48)
SETTINGS = """[kiosk]
id = "proof-1"
state_dir = "/var/lib/kiosk"
private_dir = "/run/kiosk/visits"
[archive]
kind = "folder"
path = "/srv/kiosk-test/hospital/archive"
[reports]
copies = 5
[printers.report]
{report}
[printers.film]
path = "/var/lib/kiosk/printed/film"
seconds_per_sheet = 2.0
[screens]
reduce_motion = true
[fleet]
source = "/srv/depot"
hours = ""
gate_s = 600
"""
FOLDER = 'path = "/var/lib/kiosk/printed/report"\nseconds_per_sheet = 1.0'
# B20 of the fault matrix: what opens a menu, a terminal or another screen elsewhere.
CHORDS = (
    "alt-f4", "alt-tab", "alt-f2", "alt-esc", "alt-spc", "ctrl-alt-delete", "ctrl-alt-backspace", "ctrl-alt-t",
    "ctrl-alt-f1", "ctrl-alt-f2", "ctrl-alt-f7", "meta_l", "meta_l-d", "meta_l-r", "f1", "f11", "print", "ctrl-q",
    "ctrl-shift-esc", "alt-sysrq-b", "shift-f10", "menu",
)  # fmt: skip
# What the screen asks first.
ASKED = "id-last-six"
UNITS = ("kiosk", "kiosk-display", "kiosk-maintenance", "kiosk-setup", "kiosk-update", "cups", "seatd")


@dataclass
class Proof:
    """One machine, and what was seen of it."""

    guest: Guest
    rows: list[tuple[str, str, float]] = field(default_factory=list)
    slips: list[tuple[str, str]] = field(default_factory=list)
    # Screen → button → where it is.
    places: dict[str, dict[str, list[float]]] = field(default_factory=dict)

    def see(self, what: str, step: Callable[[], str]) -> None:
        """One line of the table."""
        began = time.monotonic()
        print(f"• {what} …", flush=True)
        said = step()
        self.rows.append((what, said, time.monotonic() - began))
        print(f"  {said} ({self.rows[-1][2]:.0f} s)", flush=True)

    def table(self) -> str:
        """Of what ran."""
        lines = [f"| {what} | {said} | {seconds:.0f} s |" for what, said, seconds in self.rows]
        return "\n".join(["| what | seen | time |", "|---|---|---|", *lines]) + "\n"

    # --- smoke --------------------------------------------------------------------------------------------------
    def new_machine(self) -> str:
        """A bare disk boots, and says what to do."""
        self.guest.new_disk()
        self.guest.power_on()
        until("the page of a machine without settings", lambda: self.guest.is_active("kiosk-setup"))
        until("the display", lambda: self.guest.is_active("kiosk-display"))
        seconds = time.monotonic() - self.guest.started
        until("words on the screen", lambda: _is_drawn(self.guest.picture("new-machine")))
        if self.guest.is_active():
            raise GuestError("the kiosk runs without settings")
        return f"{seconds:.0f} s from power-on to the page that says what to do"

    def first_settings(self) -> str:
        """A stick is taken, and the kiosk is there."""
        began = time.monotonic()
        self.guest.plug("settings", self.stick({"kiosk.toml": SETTINGS.format(report=FOLDER)}))
        self.guest.ready()
        self.guest.unplug("settings")
        return f"{time.monotonic() - began:.0f} s from the stick to READY"

    def attract(self) -> str:
        """The screen is the one of the picture in docs."""
        shot = self.guest.room / "attract.png"
        until("the attract screen as in docs/pictures", lambda: difference(self.guest.picture("attract")) < ALIKE, 120)
        return f"as in docs/pictures, {difference(shot):.1f} of 255 apart"

    def well(self) -> str:
        """Doctor, systemd, the trail."""
        code, said = self.guest.inside("kiosk doctor")
        failed = self.guest.says("systemctl --failed --no-legend --plain")
        self.guest.says("kiosk audit verify")
        wrong = [line for line in said.splitlines() if line.startswith("WRONG")]
        if failed or code not in (0, 1):
            raise GuestError(f"failed: {failed}; doctor {code}: {said}")
        if wrong:
            raise GuestError("\n".join(wrong))
        return f"doctor: {said.count('ok   ')} of {said.count('ok   ')} well; no failed unit; trail whole"

    def closed(self) -> str:
        """Nothing of the root partition can be written, no way in."""
        self.guest.says("! touch /run/image/root/x 2>/dev/null")
        self.guest.says("test \"$(findmnt -no FSTYPE /)\" = overlay && touch /usr/x && rm /usr/x")
        self.guest.says("test \"$(cat /proc/sys/kernel/sysrq)\" = 0")
        self.guest.says("! systemctl is-active --quiet 'getty@tty1' 'serial-getty@ttyS0' emergency")
        self.guest.says("! command -v gcc && ! command -v git && passwd -S root | grep -q ' L '")
        return "root never written, layer in memory; SysRq 0; no getty; no compiler; root locked"

    def stick(self, files: dict[str, str]) -> Path:
        """A FAT stick."""
        image = self.guest.room / "stick.raw"
        image.unlink(missing_ok=True)
        subprocess.run(["mkfs.vfat", "-C", str(image), "8192"], check=True, capture_output=True)
        for name, text in files.items():
            file = self.guest.room / name
            file.write_text(text, encoding="utf-8")
            subprocess.run(["mcopy", "-o", "-i", str(image), str(file), f"::/{name}"], check=True)
        return image


def _small(file: Path) -> np.ndarray:
    picture = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        raise GuestError(f"no picture in {file}")
    return cv2.resize(picture, GRID, interpolation=cv2.INTER_AREA).astype(float)


def difference(shot: Path, other: Path = REFERENCE) -> float:
    return float(np.abs(_small(shot) - _small(other)).mean())


def _is_drawn(file: Path) -> bool:
    """More than one colour: the compositor's black is one."""
    return bool(_small(file).std() > 3)


def smoke(proof: Proof) -> None:
    """The quick half."""
    proof.see("a bare disk boots", proof.new_machine)
    proof.see("first settings from a stick", proof.first_settings)
    proof.see("the attract screen", proof.attract)
    proof.see("doctor, systemd, trail", proof.well)
    proof.see("closed", proof.closed)


def main() -> int:
    """Run, and write the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("image", type=Path)
    parser.add_argument("room", type=Path)
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--cuts", type=int, default=30)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--only", nargs="*", default=[])
    args = parser.parse_args()
    random.seed(args.seed)
    proof = Proof(Guest(args.image, args.room))
    lines = (args.image / "slips").read_text(encoding="utf-8").splitlines()
    slips = [line.split("\t") for line in lines]
    proof.slips = [(code, answer) for code, asked, answer in slips if asked == ASKED and code.isalnum()]
    failed = ""
    try:
        smoke(proof)
        if not args.smoke:
            from whole import whole

            proof.places = _places(args.room)
            whole(proof, args.cuts, args.only)
    except GuestError as error:
        failed = str(error)
        proof.rows.append(("FAILED", failed.replace("\n", " ")[:300], 0.0))
        print(f"FAILED: {failed}\n{_last_words(proof.guest)}", file=sys.stderr)
    finally:
        proof.guest.cut()
        (args.room / "proof.md").write_text(proof.table(), encoding="utf-8")
        (args.room / "proof.json").write_text(json.dumps(proof.rows), encoding="utf-8")
    print(proof.table())
    return 1 if failed else 0


def _places(room: Path) -> dict[str, dict[str, list[float]]]:
    """Of the same screens, drawn here."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_QUICK_BACKEND": "software"}
    environment["PYTHONPATH"] = f"{ROOT}:{Path(__file__).parent}"
    words = [sys.executable, str(Path(__file__).with_name("places.py")), str(room / "places")]
    done = subprocess.run(words, check=True, capture_output=True, text=True, env=environment, cwd=ROOT)
    found: dict[str, dict[str, list[float]]] = json.loads(done.stdout)
    return found


def _last_words(guest: Guest) -> str:
    """What a technician would look at."""
    try:
        guest.picture("failed")
        return guest.inside("systemctl --failed --no-legend; journalctl -b -p warning -o cat --no-pager | tail -30")[1]
    except (OSError, GuestError) as error:
        return f"the machine does not answer: {error}"


if __name__ == "__main__":
    sys.exit(main())
