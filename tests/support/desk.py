"""The desk on a free port of this machine, on the sample hospital, and a browser without a screen."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import Any

import requests
import uvicorn

from kiosk import sample
from kiosk.bootstrap.desk_service import DeskService, build_desk
from kiosk.config import DeskSettings
from kiosk.config.ris import RisSettings
from kiosk.domain.trail import AuditRecord
from kiosk.ports.ledger import AuditFilter, Ledger
from tests.support.servers import free_port, wait_until
from tests.support.storyboard import sample_settings

PINS = {name: pin for name, pin, _ in sample.SAMPLE_STAFF}


class Clerk(requests.Session):
    """A browser that keeps cookies, and sends forms as a page of the desk's would."""

    def __init__(self, origin: str) -> None:
        super().__init__()
        self.origin = origin
        self.trust_env = False
        self.token = ""

    def see(self, path: str, **options: Any) -> requests.Response:
        return self.get(self.origin + path, timeout=60, **options)

    def submit(self, path: str, headers: dict[str, str] | None = None, **fields: str) -> requests.Response:
        """`form` is the page's own token unless given."""
        sent = {"form": self.token, **fields}
        return self.post(self.origin + path, data=sent, headers=headers or {"origin": self.origin}, timeout=120)

    def log_in(self, name: str, pin: str = "") -> requests.Response:
        answer = self.submit("/login", name=name, pin=pin or PINS[name])
        found = re.search(r'name="form" value="(\w+)"', answer.text)
        self.token = found[1] if found else ""
        return answer


class DeskServer:
    """`settings` change those of the section [desk]."""

    def __init__(self, hospital: Path, home: Path, ris: RisSettings | None = None, **settings: Any) -> None:
        port = free_port()
        self.origin = f"http://127.0.0.1:{port}"
        own = {"origin": self.origin, "port": port, "worklist_days": 90, **settings}
        desk = DeskSettings.model_validate(own)
        changed = {"desk": desk, **({"ris": ris} if ris else {})}
        self.settings = sample_settings(hospital, home).model_copy(update=changed)
        self.settings.kiosk.state_dir.mkdir(parents=True)
        made = sample.load_made(hospital)
        sample.seed(self.settings, made)
        self.made = made
        self.service: DeskService = build_desk(self.settings)
        config = uvicorn.Config(self.service.app, port=port, log_level="error", lifespan="off", access_log=False)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, name="desk")

    def __enter__(self) -> DeskServer:
        self.service.start()
        self._thread.start()
        wait_until(lambda: self._server.started, "the desk")
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()
        self.service.close()

    @property
    def ledger(self) -> Ledger:
        """As the kiosks see it."""
        return self.service.parts.adapters.ledger

    def audited(self, kind: str) -> list[AuditRecord]:
        """Newest first."""
        return self.ledger.events(AuditFilter(kinds=(kind,)))

    def clerk(self, name: str = "") -> Clerk:
        """Somebody at a PC, logged in where a name is given."""
        made = Clerk(self.origin)
        if name:
            assert made.log_in(name).ok
        return made
