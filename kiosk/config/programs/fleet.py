"""This machine among the others of the hospital."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from kiosk.config.base import Section


class FleetSettings(Section):
    """What watches this machine."""

    metrics: Path | None = Field(
        None,
        description="File for node-exporter's textfile collector, ending in .prom; empty: none is written.",
    )
