"""The portal, and messages to telephones."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from kiosk.config.base import SecretRef, Section


class CloudSettings(Section):
    """The portal the QR leads to."""

    portal: str = Field(
        "https://film.example.org", pattern=r"^https?://\S+$", description="Address of the cloud film portal."
    )
    keys: Path | None = Field(
        None, description="Public keys of portal and publisher, the file that `kiosk publish init` writes."
    )
    upload_minutes: int = Field(
        5, ge=1, le=600, description="How long an upload usually takes, for what is said beside the QR."
    )
    verify_papers: bool = Field(
        True, description="A small code on every printed page that tells whether it is genuine; needs `keys`."
    )
    link_days: int = Field(365, ge=1, le=36500, description="Life of a patient link.")


class NotifierSettings(Section):
    """Messages to patients' telephones."""

    kind: Literal["none", "file", "http"] = Field(
        "none", description="No messages, lines in a file, or an HTTP gateway."
    )
    path: Path = Field(Path("messages.txt"), description="The file, for kind file.")
    url: str = Field("", description="Gateway that takes POST {telephone, text} as JSON, for kind http.")
    ready: Literal["never", "asked", "waited"] = Field(
        "never", description="A notice when a report is there: never, to who asked for one at the kiosk (it is offered "
        "there), or also to who got the link before it could be opened."
    )  # fmt: skip
    ready_minutes: int = Field(
        15, ge=0, le=1440, description="Who got the link so recently still stands at the kiosk and gets no notice."
    )
    quiet: str = Field(
        "21:00-08:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$",
        description="No notices at these times of the day, hospital's time.",
    )  # fmt: skip
    token: SecretRef = Field("", description="Bearer token of the gateway, by reference.")
