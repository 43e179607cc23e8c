"""A PostgreSQL cluster of the tests' own: a folder, a Unix socket, nothing of the machine's own server."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from itertools import count
from pathlib import Path

from tests.support.servers import program, wait_until

BINARIES = ":".join(str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True))
OPTIONS = ("-c", "listen_addresses=", "-c", "max_connections=200", "-c", "logging_collector=off")


class Cluster:
    """Starts with `start`, gives a fresh database by `database()`, can be stopped and started again."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="pg-"))
        self._names = count(1)
        self._as_root = os.geteuid() == 0
        if self._as_root:
            shutil.chown(self.home, "postgres", "postgres")
        self._run("initdb", "-D", str(self.data), "-U", "kiosk", "-A", "trust", "--no-sync", "-E", "UTF8")

    @property
    def data(self) -> Path:
        """The cluster's files."""
        return self.home / "data"

    def start(self, durable: bool = False, **settings: str) -> None:
        """Start the server; `durable` is off in tests that do not cut the power. `settings` win over all others."""
        fsync = "on" if durable else "off"
        wanted = {"fsync": fsync, "unix_socket_directories": str(self.home), **settings}
        options = " ".join([*OPTIONS, *(f"-c {name}={value}" for name, value in wanted.items())])
        self._run("pg_ctl", "-D", str(self.data), "-o", options, "-l", str(self.home / "log"), "-w", "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop it; `immediate` is what a crash leaves."""
        self._run("pg_ctl", "-D", str(self.data), "-m", mode, "-w", "stop", check=False)

    def database(self) -> str:
        """The address of a new, empty database."""
        name = f"kiosk{next(self._names)}"
        self._run("createdb", "-h", str(self.home), "-U", "kiosk", name)
        return f"postgresql+psycopg://kiosk@/{name}?host={self.home}"

    def remove(self) -> None:
        """Stop it and delete its files."""
        self.stop("immediate")
        wait_until(lambda: not (self.data / "postmaster.pid").exists(), "end of PostgreSQL")
        shutil.rmtree(self.home, ignore_errors=True)

    def _run(self, name: str, *arguments: str, check: bool = True) -> None:
        command = [program(name, "postgresql", BINARIES), *arguments]
        if self._as_root:  # the server refuses to run as root
            user = pwd.getpwnam("postgres")
            who = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
            command = [program("setpriv", "util-linux"), *who, *command]
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.home, check=False, timeout=60)
        assert not check or done.returncode == 0, f"{name}: {done.stderr}{done.stdout}"
