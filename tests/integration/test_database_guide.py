"""The guide's lines on the fleet's database, run as they stand: role, encryption, key (docs/integrator.md)."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from kiosk.cli import main
from tests.support.certificates import self_signed
from tests.support.postgres import Cluster
from tests.support.servers import free_port

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "integrator.md").read_text(encoding="utf-8")
PASSWORD = "not-for-production"
OWN = "lobby"  # the cluster's own superuser is called kiosk already


def lines_with(word: str) -> str:
    """The indented block of the guide that holds the word."""
    blocks = re.findall(r"(?:^ {4}.*\n)+", GUIDE, re.MULTILINE)
    (block,) = [block for block in blocks if word in block]
    return "\n".join(line[4:] for line in block.splitlines())


def said(pattern: str) -> str:
    """What stands in backquotes in the guide and looks so."""
    (found,) = re.findall(f"`({pattern})`", GUIDE)
    return str(found)


@dataclass(frozen=True)
class Fleet:
    """The database of the guide behind TLS, and what a kiosk needs to know of it."""

    port: int
    authority: Path
    home: Path

    def config(self, options: str) -> str:
        """A kiosk's file, with these options on the address."""
        for name, text in (("db.secret", PASSWORD), ("key", key())):
            (self.home / name).write_text(text)
            (self.home / name).chmod(0o600)
        file = self.home / "kiosk.toml"
        file.write_text(f"""
[kiosk]
pseudonym_key = "file:{self.home}/key"
[ledger]
url = "postgresql+psycopg://{OWN}@127.0.0.1:{self.port}/{OWN}{options}"
password = "file:{self.home}/db.secret"
""")
        return str(file)


def key() -> str:
    """Made as the guide says."""
    line = ["sh", "-c", lines_with("token_hex")]
    return subprocess.run(line, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    cluster, port = Cluster(), free_port()
    pem, secret = self_signed(tmp_path)
    for file in (pem, secret):
        shutil.copy(file, cluster.data / file.name)
        (cluster.data / file.name).chmod(0o600)
        if os.geteuid() == 0:
            shutil.chown(cluster.data / file.name, "postgres", "postgres")
    rule = said("hostssl kiosk kiosk [^`]*").replace("kiosk", OWN).replace("10.0.0.0/24", "127.0.0.1/32")
    (cluster.data / "pg_hba.conf").write_text(f"local all kiosk trust\nlocal all stranger trust\n{rule}\n")
    tls = {"ssl": "on", "ssl_cert_file": pem.name, "ssl_key_file": secret.name}
    try:
        cluster.start(listen_addresses="127.0.0.1", port=str(port), **tls)
        made = lines_with("CREATE ROLE").replace("kiosk", OWN).replace("...", PASSWORD)
        with psycopg.connect(address(cluster, port, "kiosk", "postgres"), autocommit=True) as administrator:
            for statement in made.splitlines():
                administrator.execute(statement.encode())
            administrator.execute("CREATE ROLE stranger LOGIN")
        with pytest.raises(psycopg.OperationalError, match="permission denied"):
            psycopg.connect(address(cluster, port, "stranger", OWN))
        yield Fleet(port, pem, tmp_path)
    finally:
        cluster.remove()


def address(cluster: Cluster, port: int, user: str, database: str) -> str:
    return f"host={cluster.home} port={port} user={user} dbname={database}"


def test_role_database_key_and_encryption_of_the_guide_are_all_that_a_kiosk_needs(
    fleet: Fleet, capsys: pytest.CaptureFixture[str]
) -> None:
    options = said(r"\?sslmode=verify-full[^`]*").replace("/etc/kiosk/hospital-ca.pem", str(fleet.authority))
    assert main(["audit", "verify", "--config", fleet.config(options)]) == 0
    assert main(["stats", "R8", "--config", fleet.config(options)]) == 0
    without, elsewhere = "?sslmode=disable", self_signed_elsewhere(fleet.home)
    for wrong in (without, options.replace(str(fleet.authority), str(elsewhere))):
        assert main(["audit", "verify", "--config", fleet.config(wrong)]) == 6
    assert PASSWORD not in "".join(capsys.readouterr())


def self_signed_elsewhere(folder: Path) -> Path:
    other = folder / "elsewhere"
    other.mkdir()
    return self_signed(other)[0]


def test_the_command_of_a_checkout_is_where_the_guide_says() -> None:
    command = ROOT / said(r"\.venv/bin/kiosk")
    done = subprocess.run([command, "--help"], capture_output=True, text=True, check=True, cwd=ROOT)
    assert "doctor" in done.stdout
