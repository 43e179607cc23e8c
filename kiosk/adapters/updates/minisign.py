"""Signatures of files by minisign (Ed25519 over BLAKE2b-512), the tool itself: https://jedisct1.github.io/minisign."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from kiosk.domain.updates.releases import UpdateRefusedError

SUFFIX = ".minisig"
# Checking a few kilobytes takes milliseconds.
LIMIT_S = 60


def verified(content: bytes, signature: bytes, key: Path) -> bytes:
    """The same bytes, once their signature by the key in the file was found good. Raises UpdateRefusedError.

    What is returned is what was checked: nobody can change a file in between.
    """
    if not key.is_file():
        raise UpdateRefusedError(f"this machine has no {key}: it knows nobody whose releases it may take")
    with tempfile.TemporaryDirectory(prefix="kiosk-signature-") as room:
        signed = Path(room, "signed")
        signed.write_bytes(content)
        signed.with_suffix(SUFFIX).write_bytes(signature)
        words = "-V", "-q", "-H", "-p", str(key), "-m", str(signed), "-x", str(signed.with_suffix(SUFFIX))
        if _minisign(*words) != 0:
            raise UpdateRefusedError("the signature is not of the key this machine knows")
    return content


def sign(file: Path, secret: Path, comment: str) -> Path:
    """Signs a file beside it; asks for the key's password where it has one. Raises UpdateRefusedError."""
    signature = file.with_name(file.name + SUFFIX)
    words = "-S", "-H", "-s", str(secret), "-m", str(file), "-x", str(signature), "-t", comment
    if _minisign(*words, limit_s=None) != 0:
        raise UpdateRefusedError(f"{file.name} was not signed")
    return signature


def _minisign(*words: str, limit_s: float | None = LIMIT_S) -> int:
    try:
        return subprocess.run(["minisign", *words], check=False, timeout=limit_s).returncode
    except FileNotFoundError as error:
        raise UpdateRefusedError("minisign is missing: apt install minisign") from error
    except subprocess.TimeoutExpired as error:
        raise UpdateRefusedError("minisign did not end") from error
