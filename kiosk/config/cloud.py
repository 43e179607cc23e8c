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
    link_days: int = Field(365, ge=1, le=36500, description="Life of a patient link.")


class NotifierSettings(Section):
    """Messages to patients' telephones."""

    kind: Literal["none", "file", "http"] = Field(
        "none", description="No messages, lines in a file, or an HTTP gateway."
    )
    ready: bool = Field(
        False, description="Offer a message for when a report that is not there yet is ready; the publisher sends it."
    )
    path: Path = Field(Path("messages.txt"), description="The file, for kind file.")
    url: str = Field("", description="Gateway that takes POST {telephone, text} as JSON, for kind http.")
    token: SecretRef = Field("", description="Bearer token of the gateway, by reference.")
