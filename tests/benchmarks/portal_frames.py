"""Frames and first layers from the portal, beside nginx handing out the same bytes as files.

    python -m tests.benchmarks.portal_frames [FRAMES] [PHONES]

Both are asked by the same client over keep-alive connections, in one run. nginx reads plain files; the portal looks up
the session and the exam's version for each request and opens the frame (AES-256-GCM).
"""

from __future__ import annotations

import http.client
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kiosk.bootstrap.cloud.portal_keys import make_portal_keys
from kiosk.cloud.wire.objects import Kind
from kiosk.config import load
from tests.support.cloud import ANSWER, PortalServer, exam_of, packaged
from tests.support.person import Person
from tests.support.servers import Server, answers, free_port, program, wait_until

CLIENTS = 8


def rate(port: int, path: str, count: int, headers: dict[str, str]) -> float:
    """Requests a second of several clients together."""

    def some(_: int) -> int:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        for _ in range(count // CLIENTS):
            line.request("GET", path, headers=headers)
            answer = line.getresponse()
            assert answer.status == 200, answer.status
            answer.read()
        line.close()
        return count // CLIENTS

    begun = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as clients:
        done = sum(clients.map(some, range(CLIENTS)))
    return done / (time.perf_counter() - begun)


def cpu_s(pid: int) -> float:
    """Processor seconds of a process and its children, alive ones: what busy neighbours do not change much."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") + sum(cpu_s(int(one)) for one in children)


def measured(server: Server, port: int, path: str, count: int, headers: dict[str, str]) -> tuple[float, float]:
    """Requests a second, and milliseconds of processor time each."""
    assert server.process is not None
    before = cpu_s(server.process.pid)
    found = rate(port, path, count, headers)
    return found, (cpu_s(server.process.pid) - before) / count * 1e3


def static(folder: Path, data: bytes) -> tuple[Server, int]:
    """nginx with one file."""
    port = free_port()
    (folder / "www").mkdir()
    (folder / "www" / "frame").write_bytes(data)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temp = "".join(f"{name}_temp_path {folder}/t-{name};" for name in kinds)
    (folder / "n.conf").write_text(
        f"daemon off; user root; pid {folder}/pid; error_log {folder}/err; worker_processes 1; events {{}}\n"
        f"http {{ access_log off; {temp} sendfile on; keepalive_requests 100000; server {{ listen 127.0.0.1:{port};"
        f" root {folder}/www; }} }}\n"
    )
    server = Server([program("nginx", "nginx"), "-c", str(folder / "n.conf")], folder / "log")
    server.start()
    wait_until(lambda: answers(port), "nginx")
    return server, port


@contextmanager
def program_of(folder: Path) -> Iterator[tuple[PortalServer, Server]]:
    """`kiosk portal run` as a program of its own; its stores in our hand, its keys in its folder."""
    port = free_port()
    folder.mkdir(mode=0o700)
    config = folder / "portal.toml"
    config.write_text(f'[portal]\norigin = "http://127.0.0.1:{port}"\nport = {port}\nstate_dir = "{folder}"\n')
    settings = load(config)
    server = PortalServer(folder, settings={"port": port, "origin": f"http://127.0.0.1:{port}"},
                          keys=make_portal_keys(settings.portal))  # fmt: skip
    server.port, server.origin = port, settings.portal.origin
    run = Server([sys.executable, "-m", "kiosk", "portal", "run", "--config", str(config)], folder / "log")
    run.start()
    try:
        wait_until(lambda: answers(port), "the portal", 120)
        yield server, run
    finally:
        run.stop()
        server.portal.close()


def first_layers(server: PortalServer, sealed: Any, phones: int) -> list[float]:
    """All phones answer and fetch film page and key picture at once; seconds of each."""
    links = [server.link() for _ in range(phones)]
    server.bring(sealed, *links)
    picture = f"/exams/{sealed.exam}/pictures/{sealed.manifest.keys[0].pictures[0][1].picture}"
    people = [Person(server) for _ in links]

    def one(pair: tuple[Person, Any]) -> float:
        person, link = pair
        begun = time.perf_counter()
        assert person.answers(link.text, ANSWER).ok and person.get(picture).ok
        return time.perf_counter() - begun

    with ThreadPoolExecutor(phones) as crowd:
        return list(crowd.map(one, zip(people, links, strict=True)))


def told(name: str, work: Callable[[], str]) -> None:
    """One line."""
    print(f"{name:44} {work()}", flush=True)


def main() -> None:
    """Both figures."""
    count, phones = (int(one) for one in (sys.argv[1:] + ["2000", "200"][len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as home, program_of(Path(home) / "portal") as (server, run):
        sealed = exam_of(packaged())
        link = server.link()
        server.bring(sealed, link)
        person = Person(server)
        person.answers(link.text)
        frame = sealed.plain.found[Kind.FRAME][1]
        nginx, port = static(Path(home), frame)
        try:
            headers = {"cookie": f"film={person.browser.cookies['film']}"}
            path = f"/exams/{sealed.exam}/frames/1"
            rate(server.port, path, 80, headers)
            print(f"frame of {len(frame)} bytes, {CLIENTS} clients, {count} requests, load {os.getloadavg()[0]:.0f}")
            for _ in range(3):
                own = measured(run, server.port, path, count, headers)
                peer = measured(nginx, port, "/frame", count, {})
                print(f"nginx static, one process {peer[0]:8.0f}/s {peer[1]:7.3f} ms of processor", flush=True)
                print(f"portal, one process       {own[0]:8.0f}/s {own[1]:7.3f} ms of processor   "
                      f"{own[0] / peer[0]:.2f}× ({peer[1] / own[1]:.2f}× by processor time)", flush=True)  # fmt: skip
        finally:
            nginx.stop()
        seconds = sorted(first_layers(server, sealed, phones))
        p95 = seconds[int(len(seconds) * 0.95) - 1]
        told(f"{phones} phones' first layers at once",
             lambda: f"median {statistics.median(seconds):.2f} s, p95 {p95:.2f} s, 0 errors")  # fmt: skip


if __name__ == "__main__":
    main()
