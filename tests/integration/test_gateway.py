"""`kiosk gateway run` as a process, spoken to over MLLP: kept before it is acknowledged, once, whatever comes."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kiosk.adapters.inbox.store import InboxStore
from kiosk.bootstrap.ris import inbox_store
from kiosk.config import load
from kiosk.config.ris import InboxSettings
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.waiting.inbox import InboxItem, ItemKind
from kiosk.gateway.mllp import MllpServer
from tests.support.hl7 import MllpClient, adt, oru
from tests.support.hospital import ROOT
from tests.support.postgres import Cluster
from tests.support.servers import Server, wait_until
from tests.support.studies import ct_image


@dataclass
class Running:
    """The program."""

    config: Path
    server: Server

    @property
    def port(self) -> int:
        """Where it listens."""
        found = re.findall(r"HL7 on port (\d+)", self.server.log.read_text(errors="replace"))
        return int(found[-1]) if found else 0

    def command(self, *arguments: str) -> tuple[int, str]:
        """Another `kiosk gateway` command."""
        command = [sys.executable, "-m", "kiosk", "gateway", "--config", str(self.config), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=60)
        return done.returncode, done.stdout

    def counts(self) -> dict[str, int]:
        """What stands where, looked at beside the program."""
        settings = load(self.config)
        store = inbox_store(settings)
        try:
            return store.counts()
        finally:
            store.close()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("gateway")
    (home / "archive").mkdir()
    image = ct_image("1.2.3", "1.2.3.1", "1.2.3.1.1", 1, PatientID="P1", PatientName="王秀英", AccessionNumber="ACC1",
                     PatientBirthDate="19491231")  # fmt: skip
    (home / "archive" / "1.dcm").write_bytes(image)
    (home / "inbox.key").write_text("0123456789abcdef" * 2)
    (home / "inbox.key").chmod(0o600)
    config = home / "kiosk.toml"
    config.write_text(
        f'[archive]\npath = "archive"\n[ris.inbox]\nurl = "sqlite:///{home}/inbox.db"\nkey = "file:{home}/inbox.key"\n'
        f'[gateway]\nmessage_mib = 4\n[kiosk]\nstate_dir = "{home}/state"\nprivate_dir = "{home}/private"\n',
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "kiosk", "gateway", "--config", str(config), "run", "--port", "0"]
    running = Running(config, Server(command, home / "log", {"PYTHONPATH": str(ROOT)}))
    running.server.start()
    wait_until(lambda: running.port > 0, "start of the gateway")
    yield running
    assert running.server.process is not None
    running.server.process.send_signal(signal.SIGTERM)
    assert running.server.process.wait(30) == 0


def test_a_report_is_kept_once_and_matched(gateway: Running) -> None:
    with MllpClient(gateway.port) as client:
        assert client.send(oru("m1", document=b"%PDF-1.4" + b"x" * 2_000_000)) == ("AA", "")
        assert client.send(oru("m1", document=b"%PDF-1.4" + b"x" * 2_000_000)) == ("AA", "")
        assert client.send(oru("m2", charset="GB 18030-2000", number="R2")) == ("AA", "")
    wait_until(lambda: gateway.counts() == {"matched": 2}, "matching")
    assert json.loads(gateway.command("status", "--json")[1]) == {"items": {"matched": 2}}


def test_an_unknown_patient_is_kept_acknowledged_and_queued(gateway: Running) -> None:
    with MllpClient(gateway.port) as client:
        assert client.send(oru("m3", accession="LATER", patient="P9", number="R9"))[0] == "AA"
    wait_until(lambda: gateway.counts().get("unmatched") == 1, "the queue")
    code, shown = gateway.command("inbox", "--json")
    (item,) = json.loads(shown)["items"]
    assert (code, item["state"], item["why"], item["accession"]) == (0, "unmatched", "no-exam", "…R")
    assert not [told for told in ("王秀英", "LATER", "P9") if told in shown]
    number, reason = str(item["item"]), ("--reason", "test-item")
    wrong = ("--identifier", "19491231", "--identifier", "P2", *reason)
    assert gateway.command("inbox", "settle", number, "ACC1", *wrong)[0] == 5
    right = ("--identifier", "19491231", "--identifier", "P1", *reason)
    assert gateway.command("inbox", "settle", number, "ACC1", *right)[0] == 0
    assert gateway.counts() == {"matched": 3}
    assert gateway.command("inbox", "undo", number)[0] == 0
    assert gateway.command("inbox", "refuse", number, *reason)[0] == 0
    assert gateway.counts()["refused"] == 1


def test_what_is_no_message_is_refused_and_the_next_one_taken(gateway: Running) -> None:
    with MllpClient(gateway.port) as client:
        assert client.send(b"hello")[0] == "AR"
        assert client.send(oru("m4", patient=""))[0] == "AR"
        client.raw(b"noise between blocks")
        assert client.send(adt("m5", "A08", "P1"))[0] == "AA"


def test_a_message_cut_off_leaves_nothing(gateway: Running) -> None:
    before = gateway.counts()
    with MllpClient(gateway.port) as client:
        client.raw(b"\x0b" + oru("m6", number="R6")[:-20])
    with MllpClient(gateway.port) as client:
        assert client.send(oru("m1"))[0] == "AA"
    assert gateway.counts() == before


def test_a_message_without_end_is_refused(gateway: Running) -> None:
    with MllpClient(gateway.port) as client:
        client.raw(b"\x0bMSH|^~\\&|" + b"x" * (4 << 20) + b"y" * 200_000)
        assert client.answer()[0] == "AR"


def test_programs_that_start_together_lose_no_message(cluster: Cluster) -> None:
    """Each of them makes the table, and not one message is taken for a repeated one for that."""
    settings = InboxSettings(url=cluster.database())
    stores = [InboxStore(settings, "", "k" * 32) for _ in range(8)]
    fresh: list[bool] = []

    def put(number: int) -> None:
        item = InboxItem(f"m{number}", ItemKind.REPORT, f"ACC{number}")
        fresh.append(stores[number].put(item, 1.0))
        assert not stores[number].put(item, 1.0)

    threads = [threading.Thread(target=put, args=(number,)) for number in range(len(stores))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert fresh == [True] * len(stores) and stores[0].counts() == {"new": len(stores)}
    for store in stores:
        store.close()


def served(take: Callable[[bytes], str], talk: Callable[[int], None]) -> None:
    """A server of this process while somebody talks to it on another thread."""

    async def run() -> None:
        server = MllpServer(take, 1 << 20)
        port = await server.start("127.0.0.1", 0)
        try:
            await asyncio.to_thread(talk, port)
        finally:
            await server.close()

    asyncio.run(run())


def test_what_cannot_be_kept_is_not_acknowledged() -> None:
    def down(message: bytes) -> str:
        raise KioskError(FaultCode.ARCHIVE_UNREACHABLE, "hospital database")

    def talk(port: int) -> None:
        with MllpClient(port) as client:
            assert client.send(oru("m7")) == ("AE", "archive-unreachable")

    served(down, talk)


def test_many_senders_at_once_and_messages_in_one_packet() -> None:
    kept: list[bytes] = []
    lock = threading.Lock()

    def keep(message: bytes) -> str:
        with lock:
            kept.append(message)
        return "kept"

    def talk(port: int) -> None:
        def one(name: int) -> None:
            with MllpClient(port) as client:
                block = b"".join(b"\x0b" + oru(f"s{name}-{n}") + b"\x1c\r" for n in range(10))
                client.raw(block)
                assert [client.answer()[0] for _ in range(10)] == ["AA"] * 10

        senders = [threading.Thread(target=one, args=(name,)) for name in range(6)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join(60)

    served(keep, talk)
    assert len(set(kept)) == 60
