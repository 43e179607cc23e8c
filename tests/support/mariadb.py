"""A MariaDB server of the tests' own: a folder, a Unix socket, nothing of the machine's own server."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import tempfile
import warnings
from itertools import count
from pathlib import Path

import pymysql

from tests.support.servers import Server, program, socket_answers, wait_until

PACKAGE = "mariadb-server"


class MariaDb:
    """Starts with `start`, gives a fresh database by `database()`, can be stopped and started again."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="maria-"))
        self._names = count(1)
        self._user = "root" if os.geteuid() == 0 else ""
        as_user = [f"--user={self._user}"] if self._user else []
        install = [program("mariadb-install-db", PACKAGE), f"--datadir={self.home}/data", "--skip-test-db",
                   "--auth-root-authentication-method=normal", *as_user]  # fmt: skip
        done = subprocess.run(install, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, done.stderr + done.stdout
        command = [program("mariadbd", PACKAGE), "--no-defaults", f"--datadir={self.home}/data",
                   f"--socket={self.socket}", "--skip-networking", f"--pid-file={self.home}/pid",
                   "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M",
                   *as_user]  # fmt: skip
        self._server = Server(command, self.home / "log")

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self.home / "socket"

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._server.start()
        wait_until(self._answers, f"start of MariaDB (see {self._server.log})")

    def stop(self) -> None:
        """Stop it."""
        self._server.stop(30)

    def kill(self) -> None:
        """As a power cut would."""
        self._server.kill()

    def database(self) -> str:
        """The address of a new, empty database."""
        name = f"ris{next(self._names)}"
        with pymysql.connect(unix_socket=str(self.socket), user="root") as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        return f"mariadb+pymysql://root@localhost/{name}?unix_socket={self.socket}&charset=utf8mb4"

    def remove(self) -> None:
        """Stop it and delete its files."""
        if self._server.alive:
            self.kill()
        shutil.rmtree(self.home, ignore_errors=True)

    def _answers(self) -> bool:
        if not socket_answers(self.socket):
            return False
        try:
            pymysql.connect(unix_socket=str(self.socket), user="root").close()
        except pymysql.Error:
            answers = False
        else:
            answers = True
        let_go_of_refused()
        return answers


def let_go_of_refused() -> None:
    """Collect the sockets that PyMySQL leaves open where it was refused, before they are found in another test."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
