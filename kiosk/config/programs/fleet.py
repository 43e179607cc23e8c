"""This machine among the others of the hospital."""

from __future__ import annotations

import re
from datetime import time
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from kiosk.config.base import Section


def _hours(value: str) -> str:
    if value and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d", value):
        raise ValueError("hours are given as 01:00-05:00")
    return value


def _source(value: str) -> str:
    if value and not value.startswith(("https://", "/")):
        raise ValueError("a folder (/…) or an https address")
    return value


class FleetSettings(Section):
    """What watches this machine, and what it is kept up to date from."""

    metrics: Path | None = Field(
        None,
        description="File for node-exporter's textfile collector, ending in .prom; empty: none is written.",
    )
    source: Annotated[str, AfterValidator(_source)] = Field(
        "", description="Folder or https address of signed releases and settings; empty: none are taken."
    )
    ca_file: Path | None = Field(None, description="The hospital's own certificate authority, for https.")
    hours: Annotated[str, AfterValidator(_hours)] = Field(
        "01:00-05:00", description="When a release may be taken, by the hospital's clock; empty: at any time."
    )
    gate_s: float = Field(
        60.0, ge=10, le=600, description="Time to the first picture after an update, seconds; later: it goes back."
    )

    def open_at(self, now: time) -> bool:
        """Whether an hour is one for releases; the hours may go over midnight."""
        if not self.hours:
            return True
        begin, end = (time.fromisoformat(one) for one in self.hours.split("-"))
        return begin <= now < end if begin <= end else now >= begin or now < end
