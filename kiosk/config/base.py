"""What every section is made of, and secrets, which are given by reference only."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, SecretStr

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.sheets.film import media_named


class Section(BaseModel):
    """A part of the file; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _reference(value: str) -> str:
    if value and not value.startswith(("env:", "file:")):
        raise ValueError("a secret is given by reference: env:NAME or file:/path")
    return value


def _media(value: str) -> str:
    media_named(value)
    return value


MediaName = Annotated[str, AfterValidator(_media)]
SecretRef = Annotated[str, AfterValidator(_reference)]


def secret(reference: str) -> SecretStr:
    """Resolve a reference; an empty one gives an empty secret.

    Raises KioskError CONFIG_INVALID when it is missing or, for a file, readable by others (matrix case 104).
    """
    kind, _, name = reference.partition(":")
    if not reference:
        return SecretStr("")
    if kind == "env":
        if name not in os.environ:
            raise KioskError(FaultCode.CONFIG_INVALID, f"environment variable {name} is not set")
        return SecretStr(os.environ[name])
    return SecretStr(_secret_file(Path(name)))


def _secret_file(path: Path) -> str:
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise KioskError(FaultCode.CONFIG_INVALID, f"{path} can be read by others; chmod 600")
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise KioskError(FaultCode.CONFIG_INVALID, f"{path}: {error.strerror}") from error
