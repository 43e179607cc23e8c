"""A virtual machine with the kiosk's disk: power, screen, finger, keyboard, sticks, and a look inside.

QEMU without hardware acceleration, or with KIOSK_ACCEL=kvm. The look inside is the guest agent of
a disk made by `build.sh --test`.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

WIDTH, HEIGHT = 1080, 1920
# Far longer than it takes on two busy cores: what fails says so earlier.
PATIENCE_S = 600.0
OVMF = Path("/usr/share/OVMF/OVMF_CODE_4M.fd"), Path("/usr/share/OVMF/OVMF_VARS_4M.fd")
NAMES = {"\n": "ret", "-": "minus", "=": "equal", ";": "semicolon", ".": "dot", " ": "spc"}


class GuestError(Exception):
    """The machine did not do what was waited for."""


def until(what: str, look: Callable[[], Any], patience_s: float = PATIENCE_S, pause_s: float = 0.5) -> Any:
    """What `look` gives, as soon as it gives something. Raises GuestError."""
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(pause_s)
    raise GuestError(f"waited {patience_s:.0f} s in vain: {what}")


@dataclass
class Guest:
    """One machine. `image` is the folder build.sh made, `room` where this machine's own files lie."""

    image: Path
    room: Path
    efi: bool = False
    started: float = 0.0
    process: subprocess.Popen[bytes] | None = None
    _monitor: Any = field(default=None, repr=False)
    _agent: Any = field(default=None, repr=False)

    # --- power --------------------------------------------------------------------------------------------------
    def new_disk(self) -> None:
        """A disk as it comes from the factory; what this machine writes goes into a file of its own."""
        self.room.mkdir(parents=True, exist_ok=True)
        whole = self.image.resolve() / "kiosk-test.qcow2"
        self._call("qemu-img", "create", "-q", "-f", "qcow2", "-b", str(whole), "-F", "qcow2", str(self.disk))
        if self.efi:
            (self.room / "vars.fd").write_bytes(OVMF[1].read_bytes())

    @property
    def disk(self) -> Path:
        """This machine's own."""
        return self.room / "disk.qcow2"

    def power_on(self) -> None:
        """Returns at once; `ready` waits for the kiosk."""
        for name in ("agent", "monitor"):
            (self.room / name).unlink(missing_ok=True)
        with (self.room / "qemu.log").open("ab") as log:
            self.process = subprocess.Popen(self._command(), stdout=log, stderr=log, start_new_session=True)
        self.started = time.monotonic()
        until("the machine's monitor", self._connect, 60, 0.1)

    def cut(self) -> None:
        """The mains fail: what was not flushed is lost."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        self.process = self._agent = None

    def _command(self) -> list[str]:
        # A device that is there need not work: KVM is used only where somebody says so.
        accel = os.environ.get("KIOSK_ACCEL", "tcg,thread=multi,tb-size=1024")
        kernel = (self.image / "vmlinuz", self.image / "initrd", (self.image / "cmdline").read_text().strip())
        direct = ["-kernel", str(kernel[0]), "-initrd", str(kernel[1]), "-append", kernel[2]]
        firmware = ["-drive", f"if=pflash,format=raw,readonly=on,file={OVMF[0]}",
                    "-drive", f"if=pflash,format=raw,file={self.room}/vars.fd"]  # fmt: skip
        return [
            "qemu-system-x86_64", "-accel", accel, "-machine", "q35", "-cpu", "max", "-smp", "2", "-m", "3072",
            *(firmware if self.efi else direct),
            "-drive", f"file={self.disk},if=virtio,cache=writeback",
            "-device", f"virtio-vga,xres={WIDTH},yres={HEIGHT}", "-device", "qemu-xhci,id=usb",
            "-device", "usb-tablet,id=finger", "-device", "usb-kbd,id=scanner", "-device", "virtio-rng-pci",
            "-device", "virtio-serial", "-chardev", f"socket,path={self.room}/agent,server=on,wait=off,id=agent",
            "-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0",
            "-qmp", f"unix:{self.room}/monitor,server=on,wait=off", "-serial", f"file:{self.room}/serial.log",
            "-display", "none", "-nic", "none",
        ]  # fmt: skip

    @staticmethod
    def _call(*command: str) -> None:
        subprocess.run(command, check=True)

    # --- the machine's monitor (QMP) ----------------------------------------------------------------------------
    def _connect(self) -> bool:
        door = socket.socket(socket.AF_UNIX)
        door.settimeout(60)
        try:
            door.connect(str(self.room / "monitor"))
        except OSError:
            door.close()
            return False
        self._monitor = door.makefile("rw", encoding="utf-8")
        self._monitor.readline()
        self.tell("qmp_capabilities")
        return True

    def tell(self, command: str, **arguments: Any) -> Any:
        """One command to the machine. Raises GuestError."""
        self._monitor.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self._monitor.flush()
        while True:
            answer = json.loads(self._monitor.readline())
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise GuestError(f"{command}: {answer['error']}")

    def picture(self, name: str) -> Path:
        """What is on the screen now."""
        file = self.room / f"{name}.png"
        self.tell("screendump", filename=str(file), format="png")
        return file

    def touch(self, x: float, y: float) -> None:
        """A finger, in pixels from the upper left."""
        at = {"x": int(x * 32767 / WIDTH), "y": int(y * 32767 / HEIGHT)}
        self._events(*({"type": "abs", "data": {"axis": axis, "value": value}} for axis, value in at.items()))
        time.sleep(0.15)
        for down in (True, False):
            self._events({"type": "btn", "data": {"down": down, "button": "left"}})
            time.sleep(0.15)

    def chord(self, *keys: str) -> None:
        """Keys held together (QEMU's names)."""
        self.tell("send-key", keys=[{"type": "qcode", "data": key} for key in keys], **{"hold-time": 150})
        time.sleep(0.3)

    def scan(self, code: str) -> None:
        """A scanner that types: all keys in one burst, then its end key."""
        for letter in f"{code}\n":
            name = NAMES.get(letter, letter.lower())
            if letter.isupper():
                self._events(_key("shift", True))
            self._events(_key(name, True))
            time.sleep(0.006)
            self._events(_key(name, False))
            if letter.isupper():
                self._events(_key("shift", False))
            time.sleep(0.006)

    def _events(self, *events: dict[str, Any]) -> None:
        self.tell("input-send-event", events=list(events))

    def plug(self, name: str, file: Path) -> None:
        """A stick."""
        drive = {"driver": "raw", "node-name": name, "file": {"driver": "file", "filename": str(file)}}
        self.tell("blockdev-add", **drive)
        self.tell("device_add", driver="usb-storage", id=f"{name}-stick", drive=name, bus="usb.0", removable=True)

    def unplug(self, name: str) -> None:
        """Out with it."""
        self.tell("device_del", id=f"{name}-stick")

    # --- a look inside ------------------------------------------------------------------------------------------
    def _ask(self, command: str, patience_s: float = 60.0, **arguments: Any) -> Any:
        """Of the agent. One connection is kept: what is said while the guest still closes the last one is lost."""
        if self._agent is None:
            self._agent = self._greeted(patience_s)
        try:
            self._agent.write(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
            self._agent.flush()
            answer = json.loads(self._agent.readline() or b"{}")
        except (OSError, ValueError) as error:
            self._agent = None
            raise GuestError(f"{command}: the agent does not answer") from error
        if "return" not in answer:
            raise GuestError(f"{command}: {answer}")
        return answer["return"]

    def _greeted(self, patience_s: float) -> Any:
        """A connection on which the agent answers; it may not have heard the first greetings."""
        door = socket.socket(socket.AF_UNIX)
        door.connect(str(self.room / "agent"))
        heard, mine = b"", random.randrange(1 << 40)
        end = time.monotonic() + patience_s
        while f'{{"return": {mine}}}\n'.encode() not in heard:
            if time.monotonic() > end:
                door.close()
                raise GuestError("the agent does not answer")
            door.sendall(b"\xff" + json.dumps({"execute": "guest-sync", "arguments": {"id": mine}}).encode() + b"\n")
            door.settimeout(3)
            with contextlib.suppress(TimeoutError):
                heard += door.recv(65536)
        mine += 1  # a last word, behind the answers to all greetings
        door.settimeout(patience_s)
        stream = door.makefile("rwb")
        stream.write(json.dumps({"execute": "guest-sync", "arguments": {"id": mine}}).encode() + b"\n")
        stream.flush()
        while f'"return": {mine}'.encode() not in (line := stream.readline()):
            if not line:
                raise GuestError("the agent went away")
        return stream

    def answers(self) -> bool:
        """Whether the agent is there."""
        try:
            self._ask("guest-ping", 10)
            return True
        except (OSError, GuestError):
            return False

    def inside(self, script: str, patience_s: float = 300.0) -> tuple[int, str]:
        """Run a shell script as root in the machine: its exit code and what it said."""
        words = ["-c", f"exec 2>&1\n{script}"]
        started = self._ask("guest-exec", path="/bin/bash", arg=words, **{"capture-output": True})
        end = time.monotonic() + patience_s
        while time.monotonic() < end:
            state = self._ask("guest-exec-status", pid=started["pid"])
            if state["exited"]:
                said = base64.b64decode(state.get("out-data", "")).decode(errors="replace")
                return int(state.get("exitcode", -1)), said
            time.sleep(0.3)
        raise GuestError(f"still running after {patience_s:.0f} s: {script[:80]}")

    def says(self, script: str) -> str:
        """What a script that must succeed says. Raises GuestError."""
        code, said = self.inside(script)
        if code:
            raise GuestError(f"exit code {code}: {script[:120]}\n{said}")
        return said.strip()

    def is_active(self, unit: str = "kiosk") -> bool:
        """Of a unit; False also while the machine does not answer."""
        try:
            return self.inside(f"systemctl is-active --quiet {unit}", 60)[0] == 0
        except (OSError, GuestError):
            return False

    def ready(self) -> float:
        """Waits until the kiosk has told READY; seconds since power-on."""
        until("the kiosk's READY", self.is_active, pause_s=1.0)
        return time.monotonic() - self.started


def _key(name: str, down: bool) -> dict[str, Any]:
    return {"type": "key", "data": {"down": down, "key": {"type": "qcode", "data": name}}}
