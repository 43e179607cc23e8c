"""A real S3 server on loopback: moto, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from itertools import count
from typing import Any

import requests

from tests.support.servers import free_port, wait_until


class Bucket:
    """Starts the server; `fresh` makes an empty bucket."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._names = count(1)

    def __enter__(self) -> Bucket:
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
        self._server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self._answers, "the S3 server (pip install 'moto[server]')")
        return self

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/moto-api/", timeout=5).ok
        except requests.ConnectionError:
            return False

    @property
    def options(self) -> dict[str, Any]:
        """For `BucketObjects`."""
        return {
            "endpoint": self.url,
            "access_key_id": "test",
            "secret_access_key": "test",
            "region": "us-east-1",
            "client_options": {"allow_http": True},
            "retry_config": {"max_retries": 0},
        }

    def fresh(self) -> str:
        """An empty bucket."""
        name = f"films-{next(self._names)}"
        requests.put(f"{self.url}/{name}", timeout=10).raise_for_status()
        return name

    def __exit__(self, *_: object) -> None:
        self._server.terminate()
        self._server.wait(30)
