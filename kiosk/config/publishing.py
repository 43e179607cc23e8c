"""The publisher inside the hospital, and the relay in its DMZ."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from kiosk.config.base import Section

_SPAN = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d")


def _schedule(value: dict[str, int]) -> dict[str, int]:
    if not all(_SPAN.fullmatch(span) and rate >= 0 for span, rate in value.items()):
        raise ValueError('spans are written "08:00-18:00", with KiB a second, 0 for no bound')
    return value


class PublishSettings(Section):
    """The publisher (`kiosk publish run`): exams from the archive to the portal of `[cloud]`."""

    name: str = Field(
        "publisher-1", pattern=r"^[A-Za-z0-9_-]{1,32}$", description="Its key id; every publisher has its own."
    )
    state_dir: Path = Field(Path("publisher"), description="Folder of its key, the outbox and work in progress.")
    portal_card: Path = Field(Path("publisher/portal.json"), description="The portal's card, from `kiosk portal init`.")
    relay: str = Field(
        "", pattern=r"^(https?://[^/\s]+)?$", description="Address of the relay; empty: straight to the portal."
    )
    ca_file: Path | None = Field(None, description="Certificate authority of relay or portal (PEM).")
    certificate: Path | None = Field(None, description="Client certificate with key (PEM), where the relay wants one.")
    films: bool = Field(True, description="Film sheets as pictures too.")
    find_days: int = Field(
        0, ge=0, le=3650, description="Publish every exam of so many days, asked for or not; 0: only what is asked for."
    )
    find_minutes: int = Field(10, ge=1, le=1440, description="How often the archive is asked for news.")
    watch_days: int = Field(30, ge=1, le=3650, description="So long after publishing an exam is watched for changes.")
    kib_per_s: int = Field(0, ge=0, description="Most KiB a second to the portal, 0 for no bound.")
    schedule: Annotated[dict[str, int], AfterValidator(_schedule)] = Field(
        default_factory=dict, description='Other bounds at times of day: { "08:00-18:00" = 2048 }.'
    )
    lease_s: float = Field(120.0, ge=1, le=3600, description="A study belongs to a publisher that lives; seconds.")
    waiting_s: float = Field(20.0, ge=0.5, le=3600, description="How soon an exam that is not final is asked anew.")
    again_s: float = Field(60.0, ge=0.5, le=86400, description="How soon what failed is tried again; seconds.")
    reconcile_at: str = Field(
        "03:30", pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="When archive and portal are compared every day."
    )


class RelaySettings(Section):
    """The relay in the DMZ (`kiosk relay run`): passes signed requests on and keeps nothing."""

    host: str = Field("127.0.0.1", description="Address to listen on; nginx with TLS stands in front.")
    port: int = Field(8441, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    portal: str = Field(
        "http://127.0.0.1:8440", pattern=r"^https?://[^/\s]+$", description="Where requests are passed on to."
    )
    origin: str = Field(
        "", pattern=r"^(https?://[^/\s]+)?$",
        description="The portal's address as publishers sign it; empty: the same.",
    )  # fmt: skip
    publishers: tuple[Path, ...] = Field((), description="Cards of the publishers that may pass.")
    ca_file: Path | None = Field(None, description="Certificate authority of the portal (PEM); empty: the system's.")
    most_at_once: int = Field(32, ge=1, le=1024, description="Requests under way at a time; others wait.")
