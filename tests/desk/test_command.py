"""`kiosk desk` and `kiosk desk run` as the administrator starts them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import requests

from kiosk.adapters.sql import SqlLedger
from kiosk.domain.roles import Role, StaffMember
from kiosk.services.desk.accounts import hashed
from tests.support.desk import Clerk
from tests.support.servers import Server, free_port, wait_until


def healthy(origin: str) -> bool:
    try:
        return requests.get(f"{origin}/health", timeout=10).text == "ok\n"
    except requests.ConnectionError:
        return False


def test_two_desks_serve_one_ledger_and_end_when_asked(tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    (tmp_path / "state").mkdir(mode=0o700)
    servers, origins = [], []
    for name in ("desk-1", "desk-2"):
        port = free_port()
        origins.append(f"http://127.0.0.1:{port}")
        config = tmp_path / f"{name}.toml"
        config.write_text(f'[kiosk]\nid = "{name}"\n[archive]\nkind = "folder"\npath = "archive"\n[camera]\n'
                          f'source = "none"\n[desk]\nport = {port}\norigin = "{origins[-1]}"\n')  # fmt: skip
        servers.append(Server([sys.executable, "-m", "kiosk", "desk", "run", "--config", str(config)],
                              tmp_path / f"{name}.log"))  # fmt: skip
    told = subprocess.run([sys.executable, "-m", "kiosk", "desk", "--config", str(config)], capture_output=True,
                          text=True, check=True, timeout=120)  # fmt: skip
    assert origins[-1] in told.stdout and "kiosk desk run" in told.stdout
    ledger = SqlLedger(f"sqlite:///{tmp_path / 'state' / 'ledger.db'}")
    ledger.add_staff(StaffMember("nurse", Role.NURSE), hashed("2468"))
    ledger.close()
    try:
        for one in servers:
            one.start()
        for origin, one in zip(origins, servers, strict=True):
            wait_until(lambda origin=origin: healthy(origin), one.log.read_text(), 120)  # type: ignore[misc]
        clerk = Clerk(origins[0])
        assert clerk.log_in("nurse").ok
        clerk.origin = origins[1]
        assert 'data-view="today"' in clerk.see("/today").text, "the other desk knows the session"
    finally:
        for one in servers:
            one.stop(60)
    for one in servers:
        assert one.process is not None and one.process.returncode == 0, one.log.read_text()
