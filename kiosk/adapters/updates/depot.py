"""Where releases and settings lie: a folder, or the same folder behind https. Nothing in it is trusted unsigned."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import requests

from kiosk.adapters.updates.minisign import SUFFIX, verified
from kiosk.domain.updates.releases import Attachment, UpdateRefusedError

MANIFEST, WANTED = "release.json", "settings.toml"
LARGEST_TEXT = 1 << 20
CHUNK = 1 << 20
CONNECT_S, READ_S = 10.0, 60.0


class _Source(Protocol):
    def read(self, amount: int, /) -> bytes: ...


class SignedDepot:
    """kiosk.ports.updates.Depot. `source` is a folder or an https address, `key` the file with the public key."""

    def __init__(self, source: str, key: Path, ca_file: Path | None = None) -> None:
        self._source, self._key, self._ca_file = source.rstrip("/"), key, ca_file

    def manifest(self) -> bytes:
        """Of the newest release."""
        return self._signed(MANIFEST)

    def wanted(self) -> bytes | None:
        """The settings."""
        try:
            return self._signed(WANTED)
        except FileNotFoundError:
            return None

    def fetch(self, what: Attachment, room: Path) -> Path:
        """Not one byte more than was signed; without the right digest nothing is left."""
        target, digest, size = room / what.name, hashlib.sha256(), 0
        with self._opened(what.name) as source, target.open("wb") as file:
            while chunk := source.read(CHUNK):
                size += len(chunk)
                if size > what.size:
                    break
                digest.update(chunk)
                file.write(chunk)
        if size != what.size or digest.hexdigest() != what.sha256:
            target.unlink()
            raise UpdateRefusedError(f"{what.name} is not what was signed")
        return target

    def _signed(self, name: str) -> bytes:
        return verified(self._text(name), self._text(name + SUFFIX), self._key)

    def _text(self, name: str) -> bytes:
        with self._opened(name) as source:
            text = source.read(LARGEST_TEXT + 1)
        if len(text) > LARGEST_TEXT:
            raise UpdateRefusedError(f"{name} is too large")
        return text

    @contextlib.contextmanager
    def _opened(self, name: str) -> Iterator[_Source]:
        if not self._source.startswith("https://"):
            with Path(self._source, name).open("rb") as file:
                yield file
            return
        verify = str(self._ca_file) if self._ca_file else True
        address, limits = f"{self._source}/{name}", (CONNECT_S, READ_S)
        with requests.get(address, timeout=limits, verify=verify, stream=True, allow_redirects=False) as answer:
            if answer.status_code == 404:
                raise FileNotFoundError(address)
            if answer.status_code != 200:
                raise OSError(f"{address}: {answer.status_code}")
            yield answer.raw
