"""A server's certificate that it signed itself, as small hospitals have them."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.support.servers import program


def self_signed(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1, and its key."""
    pem, key = folder / "server.pem", folder / "server.key"
    request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test"]
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(pem)]
    subprocess.run([program("openssl", "openssl"), *request, *names], check=True, capture_output=True)
    return pem, key
