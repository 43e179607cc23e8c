"""Writes installer/config/kiosk.toml: every option of kiosk.config with its default and its sentence of help.

.venv/bin/python installer/config/annotate.py
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from kiosk.config import Section, Settings  # noqa: E402 - the checkout's own package

HEAD = (
    "# kiosk.toml: every option with its default. Keep only what differs. "
    "Relative paths are taken from this file's folder.",
    '# Secrets are given by reference: "env:NAME" or "file:/path" (mode 0600), never inline.',
    "",
)


def annotated() -> str:
    """The whole file."""
    settings = Settings()
    sections = (line for name in Settings.model_fields for line in _section(name, getattr(settings, name)))
    return "\n".join((*HEAD, *sections))


def _section(name: str, values: Section) -> Iterator[str]:
    yield f"[{name}]  # {(type(values).__doc__ or '').splitlines()[0]}"
    inner = []
    for option, field in type(values).model_fields.items():
        value = getattr(values, option)
        if isinstance(value, Section):
            inner.append((f"{name}.{option}", value))
            continue
        yield f"# {field.description}"
        yield f'# {option} = ""' if value is None else f"{option} = {_toml(value)}"
    yield ""
    for path, section in inner:
        yield from _section(path, section)


def _toml(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float) and not isinstance(value, Enum):
        return str(value)
    if isinstance(value, tuple | list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, dict):
        pairs = ", ".join(f"{key} = {_toml(item)}" for key, item in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    return json.dumps(str(value), ensure_ascii=False)


if __name__ == "__main__":
    (HERE / "kiosk.toml").write_text(annotated(), encoding="utf-8")
