"""What real servers in tests have in common: found or named with the line that installs them, started, waited for."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

FIRST_PORT = 10_240
SEARCH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


def program(name: str, package: str, extra: str = "") -> str:
    """The path of a program; fails with what to install."""
    found = shutil.which(name, path=f"{extra}:{SEARCH}" if extra else SEARCH)
    if found is None:
        raise AssertionError(f"{name} is missing: apt install {package}")
    return found


def free_port() -> int:
    """A TCP port nobody listens on now, and below those the kernel gives to outgoing connections.

    A printer that is switched off and on again must find its port free: one from the kernel's range was taken in the
    meantime now and then, by any connection of a busy machine, and every test after it failed.
    """
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split()[0])
    chance = random.SystemRandom()  # not the tests' seed: two runs side by side would choose alike
    for _ in range(1000):
        port = chance.randrange(min(FIRST_PORT, lowest - 1), lowest)
        with socket.socket() as probe:
            if bound(probe, port):
                return port
    raise AssertionError(f"no free port between {FIRST_PORT} and {lowest}")


def bound(probe: socket.socket, port: int) -> bool:
    """True where the port could be had."""
    try:
        probe.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True


def wait_until(happened: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
    """Look until it has happened; fails naming what did not."""
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not happen within {seconds:.0f} s")
        time.sleep(0.02)


def answers(port: int) -> bool:
    """True where somebody listens on the local port."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def socket_answers(path: Path) -> bool:
    """True where somebody listens on the socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        return path.exists() and probe.connect_ex(str(path)) == 0


class Server:
    """A child process in its own process group."""

    def __init__(self, command: Sequence[str], log: Path, env: dict[str, str] | None = None) -> None:
        self.command = list(command)
        self.log = log
        self._env = {**os.environ, **(env or {})}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Run it; what it says goes to the log."""
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                self.command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, env=self._env, start_new_session=True
            )

    @property
    def alive(self) -> bool:
        """True while it runs."""
        return self.process is not None and self.process.poll() is None

    @property
    def busy(self) -> bool:
        """True while it has children."""
        return self.process is not None and len(_family(self.process.pid)) > 1

    def stop(self, seconds: float = 5.0) -> None:
        """Ask it to end, and make it after so long."""
        if self.process is None:
            return
        if self.alive:
            self.process.terminate()
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()
        self.process.wait()

    def kill(self) -> None:
        """SIGKILL it with all its children, as a power cut would."""
        assert self.process is not None
        for child in _family(self.process.pid):
            try:
                os.kill(child, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait()


def _family(pid: int) -> list[int]:
    """A process and all below it, youngest first."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (OSError, IndexError):
                continue
            children.setdefault(parent, []).append(int(entry.name))
    family, queue = [pid], [pid]
    while queue:
        found = children.get(queue.pop(), [])
        family += found
        queue += found
    return family[::-1]
