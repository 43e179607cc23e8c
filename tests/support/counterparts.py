"""Counterparts that come from npm: installed once into a cache of the machine's, by name and version."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kiosk.adapters.machine.file_lock import held
from tests.support.servers import Server, free_port, program, wait_until

HERE = Path(__file__).resolve().parent
PACKAGES = ("soap@1.13.0", *(f"@medplum/{name}@4.5.2" for name in ("core", "definitions", "fhir-router")))


def modules() -> Path:
    """Where they lie; installs them where they do not. Fails with the line that would."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "cloud-film-kiosk" / "counterparts"
    cache.mkdir(parents=True, exist_ok=True)
    done = cache / ("done-" + "-".join(PACKAGES).replace("/", "_"))
    command = [program("npm", "npm"), "install", "--no-audit", "--no-fund", "--prefix", str(cache), *PACKAGES]
    with held(cache / "lock"):
        if not done.exists():
            made = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
            assert made.returncode == 0, f"{' '.join(command)}\n{made.stderr}"
            done.touch()
    return cache / "node_modules"


@contextmanager
def node(script: str, log: Path, *arguments: str) -> Iterator[str]:
    """One of the scripts beside this module, on a free port: its address."""
    port = free_port()
    command = [program("node", "nodejs"), str(HERE / script), str(modules()), str(port), *arguments]
    server = Server(command, log)
    server.start()
    try:
        wait_until(lambda: "ready" in log.read_text(errors="replace"), f"start of {script} (see {log})")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()
