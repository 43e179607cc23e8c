"""The sample hospital's cloud: portal, relay and publisher as the programs they are, on free ports of this machine."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kiosk.bootstrap.portal_keys import make_portal_keys
from kiosk.bootstrap.publisher import init_publisher
from kiosk.config import CloudSettings, Settings, load
from kiosk.domain.faults import FaultCode, KioskError

LOOPBACK, EVERYWHERE = "127.0.0.1", "0.0.0.0"  # noqa: S104 - only where --lan asks for it
START_S, END_S, COMMAND_S = 60.0, 10.0, 120.0
HOSPITAL = "sample"


def free_port() -> int:
    """A TCP port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def lan_address() -> str:
    """This machine as its network knows it; loopback where there is no network. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # TEST-NET-1 (RFC 5737): asks the routing table only
            return str(probe.getsockname()[0])
        except OSError:
            return LOOPBACK


@dataclass
class SampleCloud:
    """`hospital`: settings of the kiosk whose ledger and archive it is about; `folder`: where its state lies.

    `days`: exams so young are published, asked for or not; 0: only what somebody asks for.
    """

    hospital: Settings
    folder: Path
    lan: bool = False
    days: int = 3650
    _programs: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder = self.folder.resolve()
        self._portal_port, self._relay_port = free_port(), free_port()
        self.origin = f"http://{lan_address() if self.lan else LOOPBACK}:{self._portal_port}"
        self.config = self.folder / "kiosk.toml"

    @property
    def settings(self) -> Settings:
        """The kiosk's settings, with links that lead to this cloud."""
        cloud = CloudSettings(portal=self.origin, keys=self.folder / "publisher/cloud-keys.json")
        return self.hospital.model_copy(update={"cloud": cloud})

    def start(self) -> None:
        """Make keys where there are none, and start all three; they are ready later. Raises KioskError."""
        (self.folder / "publisher").mkdir(parents=True, exist_ok=True, mode=0o700)
        self._write({})
        settings = load(self.config)
        keys = make_portal_keys(settings.portal)
        settings.publish.portal_card.write_text(json.dumps(keys.public(self.origin)))
        card = init_publisher(settings.publish)
        self._write({card.name: card.signer})
        for words in (("portal", "run"), ("relay", "run"), ("publish", "run")):
            self._programs.append(self._started(*words))

    def ready(self) -> None:
        """Wait until portal and relay answer. Raises KioskError INTERNAL where they do not."""
        for port in (self._portal_port, self._relay_port):
            self._wait(port)

    def stop(self) -> None:
        """End all three."""
        for program in reversed(self._programs):
            program.terminate()
        for program in self._programs:
            with contextlib.suppress(subprocess.TimeoutExpired):
                program.wait(END_S)
            if program.poll() is None:
                program.kill()
                program.wait()
        self._programs.clear()

    def __enter__(self) -> SampleCloud:
        try:
            self.start()
            self.ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def visit(self, code: str, answer: str) -> Mapping[str, Any]:
        """A scripted visit that asks for the QR: what `kiosk journey --json` tells."""
        words = ("journey", "--code", code, "--answer", answer, "--qr", "--json")
        told: Mapping[str, Any] = json.loads(self._said(*words))
        return told

    def status(self) -> Mapping[str, Any]:
        """What `kiosk publish status --json` tells."""
        told: Mapping[str, Any] = json.loads(self._said("publish", "status", "--json"))
        return told

    def _wait(self, port: int) -> None:
        end = time.monotonic() + START_S
        while time.monotonic() < end and all(one.poll() is None for one in self._programs):
            with socket.socket() as probe:
                if probe.connect_ex((LOOPBACK, port)) == 0:
                    return
            time.sleep(0.1)
        raise KioskError(FaultCode.INTERNAL, f"the sample cloud did not start; see {self.folder}/*.log")

    # --- its programs --------------------------------------------------------------------------------------------
    def _command(self, words: Sequence[str]) -> list[str]:
        return [sys.executable, "-m", "kiosk", words[0], "--config", str(self.config), *words[1:]]

    def _started(self, *words: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{words[0]}.log").open("ab") as out:
            return subprocess.Popen(self._command(words), stdin=subprocess.DEVNULL, stdout=out, stderr=out)

    def _said(self, *words: str) -> str:
        done = subprocess.run(
            self._command(words), capture_output=True, text=True, timeout=COMMAND_S, env=os.environ, check=False
        )
        if done.returncode and not done.stdout.startswith("{"):
            raise KioskError(FaultCode.INTERNAL, f"kiosk {' '.join(words[:2])}: {done.stderr.strip()[-200:]}")
        return done.stdout

    def _write(self, publishers: Mapping[str, str]) -> None:
        """The configuration of all of them; JSON strings are TOML strings too."""
        kiosk, q = self.hospital, json.dumps
        host = EVERYWHERE if self.lan else LOOPBACK
        keys = ", ".join(f"{q(name)} = {q(key)}" for name, key in publishers.items())
        hospitals = f"[[portal.hospitals]]\nname = {q(HOSPITAL)}\nkeys = {{ {keys} }}\n" if keys else ""
        text = f"""
[kiosk]
id = {q(kiosk.kiosk.id)}
state_dir = {q(str(kiosk.kiosk.state_dir))}

[archive]
path = {q(str(kiosk.archive.path))}

[identity]
uniform_ms = 50

[cloud]
portal = {q(self.origin)}
keys = "publisher/cloud-keys.json"

[publish]
relay = "http://{LOOPBACK}:{self._relay_port}"
find_days = {self.days}
waiting_s = 5.0
again_s = 2.0

[relay]
port = {self._relay_port}
portal = "http://{LOOPBACK}:{self._portal_port}"
origin = {q(self.origin)}
publishers = ["publisher/publisher.json"]

[portal]
origin = {q(self.origin)}
host = {q(host)}
port = {self._portal_port}
{hospitals}"""
        keys_file = self.folder / "publisher/cloud-keys.json"
        self.config.write_text(text if keys_file.exists() or publishers else text.replace(_KEYS_LINE, ""))


_KEYS_LINE = 'keys = "publisher/cloud-keys.json"\n'
