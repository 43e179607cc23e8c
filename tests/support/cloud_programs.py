"""Publisher and relay as separate processes between a real Orthanc and a portal, and a kiosk that makes links."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.bootstrap.publisher import init_publisher, publisher_keys
from kiosk.cloud.wire.cards import PortalCard
from kiosk.config import Settings, load
from tests.support import orthanc
from tests.support.hospital import ROOT
from tests.support.portal import Portal
from tests.support.servers import Server, answers, free_port, wait_until


@dataclass
class CloudPrograms:
    """Started in `__enter__`: Orthanc, portal (in this process), relay and publisher (processes)."""

    folder: Path
    publish: str = ""  # more lines of [publish]
    relay_port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.config = self.folder / "kiosk.toml"
        self._stack = ExitStack()

    def __enter__(self) -> CloudPrograms:
        self.pacs = self._stack.enter_context(orthanc.running(self.folder / "pacs"))
        key = Ed25519PrivateKey.generate()
        self.portal = Portal(self.folder, key)
        self._write()
        self.settings: Settings = load(self.config)
        card = PortalCard.of(self.portal.origin, self.portal.identity.box.public,
                             self.portal.identity.signer.public_key())  # fmt: skip
        self.settings.publish.portal_card.parent.mkdir(parents=True)
        self.settings.publish.portal_card.write_text(card.written())
        init_publisher(self.settings.publish)
        self.portal.admit("publisher-1", publisher_keys(self.settings.publish).signer.public_key())
        self._stack.enter_context(self.portal)
        self.relay = self.program("relay", "run")
        self.publisher = self.program("publish", "run")
        for server in (self.relay, self.publisher):
            self._stack.callback(server.stop, 20.0)
        self.relay.start()
        wait_until(lambda: answers(self.relay_port), "the relay")
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def program(self, *words: str) -> Server:
        """A command of the product with this configuration, not started yet."""
        command = [sys.executable, "-m", "kiosk", words[0], "--config", str(self.config), *words[1:]]
        return Server(command, self.folder / f"{words[0]}.log", {"PYTHONPATH": str(ROOT)})

    def said(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        command = [sys.executable, "-m", "kiosk", words[0], "--config", str(self.config), *words[1:]]
        return subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=ROOT, check=False)

    def health(self) -> requests.Response:
        """What the relay says of itself."""
        return requests.get(f"http://127.0.0.1:{self.relay_port}/health", timeout=30)

    def _write(self) -> None:
        self.config.write_text(
            f"""
[archive]
kind = "dicomweb"
url = "{self.pacs.dicomweb}"

[identity]
uniform_ms = 50

[cloud]
portal = "{self.portal.origin}"
keys = "publisher/cloud-keys.json"

[publish]
relay = "http://127.0.0.1:{self.relay_port}"
again_s = 1.0
waiting_s = 1.0
{self.publish}

[relay]
port = {self.relay_port}
portal = "{self.portal.origin}"
publishers = ["publisher/publisher.json"]
""",
            encoding="utf-8",
        )
