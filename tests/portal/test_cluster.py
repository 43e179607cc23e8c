"""The cloud side as it is installed: nginx with TLS before two processes on one PostgreSQL and one bucket."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import func, select

from kiosk.bootstrap.cloud.portal import Portal, build_portal
from kiosk.bootstrap.cloud.portal_keys import portal_keys
from kiosk.cli import main
from kiosk.cloud.portal.store.models import COUNTERS
from kiosk.cloud.wire.checks import Checks
from kiosk.cloud.wire.keys import LinkSecret
from kiosk.config import load
from tests.support.bucket import Bucket
from tests.support.cloud import ANSWER, ASKED, HOSPITAL, LONG, SealedExam
from tests.support.nginx import nginx_files
from tests.support.person import Person
from tests.support.postgres import Cluster
from tests.support.servers import Server, answers, free_port, program, wait_until


def toml(value: object) -> str:
    return json.dumps(value)


@dataclass
class Installed:
    """Two programs, nginx before them, and the same stores in the test's hand."""

    folder: Path
    settings: dict[str, Any]
    ports: tuple[int, int]
    programs: list[Server]
    portal: Portal
    origin: str

    def link(self) -> LinkSecret:
        secret = LinkSecret.new()
        self.portal.gate.announce(secret.locator, HOSPITAL, Checks.of({ASKED: ANSWER}), LONG)
        return secret

    def bring(self, sealed: SealedExam, *links: LinkSecret) -> None:
        for digest, data in sealed.segments.items():
            self.portal.arrivals.segment(digest, data)
        self.portal.arrivals.version(HOSPITAL, sealed.envelope(*links).encoded())


def visitor(installed: Installed) -> Person:
    made = Person(installed)  # type: ignore[arg-type]
    made.browser.trust_env, made.browser.verify = False, str(installed.folder / "server.pem")
    return made


def kiosk(*arguments: str) -> tuple[int, str, str]:
    """The command in this process: what it returns and says."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(["portal", *arguments])
    return code, out.getvalue(), err.getvalue()


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, cluster: Cluster) -> Iterator[Installed]:
    folder = tmp_path_factory.mktemp("installed")
    tls, plain, ports = free_port(), free_port(), (free_port(), free_port())
    with Bucket() as bucket:
        for name in ("key", "secret"):
            (folder / name).write_text("test")
            (folder / name).chmod(0o600)
        told = {
            "origin": f"https://127.0.0.1:{tls}",
            "state_dir": str(folder / "state"),
            "database": cluster.database(),
            "bucket": bucket.fresh(),
            "bucket_prefix": "cell-1",
            "bucket_endpoint": bucket.url,
            "bucket_key": f"file:{folder / 'key'}",
            "bucket_secret": f"file:{folder / 'secret'}",
        }
        config = folder / "portal.toml"
        config.write_text("[portal]\n" + "".join(f"{name} = {toml(value)}\n" for name, value in told.items()))
        code, out, _ = kiosk("init", "--config", str(config))
        assert code == 0 and set(json.loads(out)) == {"origin", "portal", "signer"}
        run = [sys.executable, "-m", "kiosk", "portal", "run", "--config", str(config)]
        programs = [Server([*run, "--port", str(port)], folder / f"{port}.log") for port in ports]
        changes = {"127.0.0.1:8441": f"127.0.0.1:{ports[0]}", "127.0.0.1:8442": f"127.0.0.1:{ports[1]}",
                   "film.example.org": "127.0.0.1"}  # fmt: skip
        before = [program("nginx", "nginx"), "-c", str(nginx_files(folder, "kiosk-portal", tls, plain, changes))]
        programs.append(Server(before, folder / "nginx-said.log"))
        for one in programs:
            one.start()
        for port in (*ports, tls):
            wait_until(lambda port=port: answers(port), f"port {port}")  # type: ignore[misc]
        settings = load(config).portal
        portal = build_portal(settings, portal_keys(settings))
        yield Installed(folder, told, ports, programs, portal, told["origin"])
        portal.close()
        for one in programs:
            one.stop()


@pytest.fixture
def person(installed: Installed) -> Person:
    """Somebody who trusts the certificate that the test signed itself."""
    return visitor(installed)


def test_the_delivered_configuration_is_valid(installed: Installed) -> None:
    done = subprocess.run([program("nginx", "nginx"), "-t", "-c", str(installed.folder / "nginx.conf")],
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0 and "warn" not in done.stderr, done.stderr


def test_through_nginx_two_processes_are_one_service(installed: Installed, person: Person, sealed: SealedExam) -> None:
    link = installed.link()
    installed.bring(sealed, link)
    assert person.answers(link.text).ok
    assert person.browser.cookies["__Host-film"]
    for _ in range(6):  # each process in turn
        assert person.sees(f"/exams/{sealed.exam}/pictures/0")
    name = "__Host-film"
    for port in installed.ports:
        cookie = {"cookie": f"{name}={person.browser.cookies[name]}"}
        assert requests.get(f"http://127.0.0.1:{port}/film", headers=cookie, timeout=60).ok
    frame = person.get(f"/exams/{sealed.exam}/frames/1", headers={"range": "bytes=0-999"})
    assert frame.status_code == 206 and len(frame.content) == 1000
    archive = person.get(f"/exams/{sealed.exam}/archive/plain")
    assert archive.content.startswith(b"PK")


def test_a_share_given_at_one_process_is_ended_at_the_other(
    installed: Installed, person: Person, sealed: SealedExam
) -> None:
    link = installed.link()
    installed.bring(sealed, link)
    person.answers(link.text)
    share = person.shares()
    doctor = visitor(installed)
    assert doctor.answers(share.secret, door="/s").ok
    person.post("/share/end", share=share.locator)
    assert not any(doctor.sees("/film") for _ in range(4))


def test_one_process_killed_the_other_goes_on(installed: Installed, person: Person, sealed: SealedExam) -> None:
    link = installed.link()
    installed.bring(sealed, link)
    person.answers(link.text)
    installed.programs[0].kill()
    assert all(person.get("/film").ok for _ in range(6))
    installed.programs[0].start()
    wait_until(lambda: answers(installed.ports[0]), "the process again")
    assert person.sees("/film")


def test_case_90_a_client_cannot_say_where_it_comes_from(installed: Installed, person: Person) -> None:
    """Wrong answers are counted by the real address, whatever the client writes."""

    def addresses() -> int:
        with installed.portal.store.read() as session:
            return int(session.scalar(select(func.count()).select_from(COUNTERS)) or 0)

    person.answers(LinkSecret.new().text)
    before = addresses()
    for number in range(5):
        person.browser.headers["x-forwarded-for"] = f"203.0.113.{number}"
        assert person.answers(LinkSecret.new().text).status_code == 403
    assert addresses() == before


def test_logs_and_temporary_files_hold_nothing(installed: Installed, person: Person, sealed: SealedExam) -> None:
    link = installed.link()
    installed.bring(sealed, link)
    person.answers(link.text)
    person.get(f"/exams/{sealed.exam}/archive/plain")
    person.get("/v/" + "0" * 64)
    cookie = person.browser.cookies["__Host-film"]
    canaries = [one.encode() for one in (link.text, cookie, sealed.exam, ANSWER, "张三丰", "/film", "/v/000")]
    files = [one for one in installed.folder.rglob("*") if one.is_file() and one.suffix in (".log", "")]
    assert (installed.folder / "kiosk-portal.log").stat().st_size > 0
    for file in files:
        assert not [one for one in canaries if one in file.read_bytes()], file
    assert not [one for one in installed.folder.glob("temp-*/*") if one.is_file()]


def test_status_and_purge_are_commands_on_the_same_stores(installed: Installed, sealed: SealedExam) -> None:
    installed.bring(sealed, installed.link())
    config = str(installed.folder / "portal.toml")
    told = json.loads(kiosk("status", "--json", "--config", config)[1])
    assert told["exams"] >= 1 and told["bytes"] > 0 and told["objects"].startswith("bucket")
    done = json.loads(kiosk("purge", "--before", "2100-01-01T00:00:00+00:00", "--json", "--config", config)[1])
    assert done["exams"] >= 1 and done["objects"] >= len(sealed.segments)
    assert list(installed.portal.objects.names()) == []
    proof = json.loads(json.loads(Path(done["proof"]).read_text())["proof"])
    assert proof["listing"] == []


def test_init_twice_keeps_the_keys(installed: Installed) -> None:
    config = str(installed.folder / "portal.toml")
    assert kiosk("init", "--config", config) == kiosk("init", "--config", config)


def test_keys_that_others_can_read_are_refused(tmp_path: Path) -> None:
    (tmp_path / "portal.toml").write_text(f"[portal]\nstate_dir = {toml(str(tmp_path / 'state'))}\n")
    config = str(tmp_path / "portal.toml")
    assert kiosk("init", "--config", config)[0] == 0
    (tmp_path / "state" / "portal.key").chmod(0o644)
    code, _, said = kiosk("run", "--config", config)
    assert code == 2 and "chmod 600" in said
