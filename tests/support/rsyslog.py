"""A real rsyslog that takes syslog over TLS from whoever has a certificate of its authority."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.servers import Server, answers, free_port, program, wait_until

_CONFIG = """global(
  workDirectory="{folder}"
  defaultNetstreamDriver="gtls"
  defaultNetstreamDriverCAFile="{folder}/ca.pem"
  defaultNetstreamDriverCertFile="{folder}/server.pem"
  defaultNetstreamDriverKeyFile="{folder}/server.key"
  maxMessageSize="64k"
)
module(load="imtcp" StreamDriver.Name="gtls" StreamDriver.Mode="1" StreamDriver.AuthMode="x509/certvalid")
template(name="raw" type="string" string="%rawmsg%\\n")
ruleset(name="kept") {{ action(type="omfile" file="{folder}/received" template="raw") }}
input(type="imtcp" port="{port}" ruleset="kept")
"""


@dataclass
class Receiver:
    """A running rsyslog."""

    folder: Path
    port: int
    server: Server

    def received(self) -> list[str]:
        """What it has written, a line a message."""
        file = self.folder / "received"
        return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def authority(folder: Path, name: str = "ca") -> None:
    """A certificate authority."""
    _openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
             "-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.pem"))  # fmt: skip


def certificate(folder: Path, name: str, ca: str = "ca") -> None:
    """A certificate of an authority, for 127.0.0.1."""
    request, extensions = folder / f"{name}.csr", folder / f"{name}.ext"
    extensions.write_text("subjectAltName=IP:127.0.0.1\n")
    _openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", str(folder / f"{name}.key"),
             "-out", str(request))  # fmt: skip
    signer = ["-CA", str(folder / f"{ca}.pem"), "-CAkey", str(folder / f"{ca}.key"), "-CAcreateserial"]
    made = ["-days", "2", "-extfile", str(extensions), "-out", str(folder / f"{name}.pem")]
    _openssl("x509", "-req", "-in", str(request), *signer, *made)


def _openssl(*arguments: str) -> None:
    subprocess.run([program("openssl", "openssl"), *arguments], check=True, capture_output=True)


@contextmanager
def running(folder: Path) -> Iterator[Receiver]:
    """Start it in a folder that then holds ca, server and client certificates, and a stranger's."""
    for one in ("ca", "strange"):
        authority(folder, one)
    certificate(folder, "server")
    certificate(folder, "client")
    certificate(folder, "stranger", "strange")
    port = free_port()
    config = folder / "rsyslog.conf"
    config.write_text(_CONFIG.format(folder=folder, port=port))
    command = [program("rsyslogd", "rsyslog rsyslog-gnutls"), "-n", "-f", str(config), "-i", str(folder / "pid")]
    receiver = Receiver(folder, port, Server(command, folder / "log"))
    receiver.server.start()
    try:
        wait_until(lambda: answers(port), f"start of rsyslog (see {folder / 'log'})")
        yield receiver
    finally:
        receiver.server.kill()
