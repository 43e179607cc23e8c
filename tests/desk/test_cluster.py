"""The desk as it is installed: nginx with TLS before two processes on one PostgreSQL."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from kiosk.adapters.sql import SqlLedger
from kiosk.adapters.sql.desk_jobs.tables import DeskJobRow
from kiosk.domain.desk_work.jobs import JobItemState
from kiosk.domain.roles import Role, StaffMember
from kiosk.services.desk.accounts import hashed
from tests.support.desk import Clerk
from tests.support.nginx import nginx_files
from tests.support.postgres import Cluster
from tests.support.servers import Server, answers, free_port, program, wait_until


@dataclass
class InstalledDesk:
    """Two programs, nginx before them, and their ledger in the test's hand."""

    folder: Path
    origin: str
    programs: list[Server]
    ledger: SqlLedger

    def clerk(self) -> Clerk:
        made = Clerk(self.origin)
        made.verify = str(self.folder / "server.pem")
        return made


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, cluster: Cluster, hospital: Path) -> Iterator[InstalledDesk]:
    folder = tmp_path_factory.mktemp("desks")
    tls, plain, ports = free_port(), free_port(), (free_port(), free_port())
    (folder / "key").write_text("k" * 64)
    (folder / "key").chmod(0o600)
    url, origin, q = cluster.database(), f"https://127.0.0.1:{tls}", json.dumps
    ledger = SqlLedger(url, anchor=folder / "anchor")
    ledger.add_staff(StaffMember("nurse", Role.NURSE), hashed("2468"))
    programs = []
    for number, port in enumerate(ports, 1):
        config = folder / f"desk-{number}.toml"
        config.write_text(
            f'[kiosk]\nid = "desk-{number}"\nstate_dir = "state-{number}"\n'
            f"pseudonym_key = {q(f'file:{folder}/key')}\n"
            f"[ledger]\nurl = {q(url)}\n[archive]\npath = {q(str(hospital / 'archive'))}\n[camera]\nsource = \"none\"\n"
            f"[printers.report]\npath = \"paper\"\nseconds_per_sheet = 0.3\n"
            f"[desk]\norigin = {q(origin)}\nport = {port}\nworklist_days = 90\n"
        )
        (folder / f"state-{number}").mkdir(mode=0o700)
        command = [sys.executable, "-m", "kiosk", "desk", "run", "--config", str(config)]
        programs.append(Server(command, folder / f"desk-{number}.log"))
    changes = {f"127.0.0.1:845{n}": f"127.0.0.1:{port}" for n, port in enumerate(ports, 1)}
    main = nginx_files(folder, "kiosk-desk", tls, plain, {**changes, "desk.example.org": "127.0.0.1"})
    programs.append(Server([program("nginx", "nginx"), "-c", str(main)], folder / "nginx-said.log"))
    for one in programs:
        one.start()
    for port in (*ports, tls):
        wait_until(lambda port=port: answers(port), f"port {port}", 180)  # type: ignore[misc]
    yield InstalledDesk(folder, origin, programs, ledger)
    for one in programs:
        one.stop(60)
    ledger.close()


def ready_studies(clerk: Clerk) -> tuple[dict[str, str], str]:
    wait_until(lambda: clerk.see("/batch?days=0").text.count('name="study-') > 3, "reports on the list", 180)
    page = clerk.see("/batch?days=0").text
    order = re.search(r'name="order" value="(\w+)"', page)
    assert order is not None
    return dict.fromkeys(re.findall(r'name="(study-[\d.]+)"', page), "1"), order[1]


def test_a_batch_survives_the_death_of_the_process_that_prints_it(installed: InstalledDesk) -> None:
    """Killed in the middle of it; the other goes on, and no report comes out twice."""
    with installed.clerk() as clerk:
        assert clerk.log_in("nurse").ok
        studies, order = ready_studies(clerk)
        clerk.submit("/batch", order=order, printer="report", **studies)
        with installed.ledger.store.engine.connect() as connection:

            def owner() -> str:
                connection.rollback()
                return str(connection.scalar(select(DeskJobRow.owner).where(DeskJobRow.job == order)) or "")

            wait_until(lambda: bool(owner()), "a process that prints", 60)
            pid = int(owner().rsplit("-", 2)[1])
        killed = next(one for one in installed.programs if one.process is not None and one.process.pid == pid)
        killed.kill()
        wait_until(lambda: clerk.see("/today").ok, "the other process", 60)
        wait_until(lambda: (job := installed.ledger.job(order)) is not None and job.over, "the rest of the batch", 240)
        job = installed.ledger.job(order)
        assert job is not None
        tasks = [task for task in installed.ledger.journal(0, 2**33).tasks if task.visit == job.visit]
        documents = [task.document for task in tasks if task.printed]
        assert len(documents) == len(set(documents)), "nothing twice"
        assert job.left == 0 and job.count(JobItemState.PRINTED) >= len(studies) - 1, job
        assert clerk.see("/batch").ok, "the session is known to both"
        killed.start()
