"""The desk: the staff's service in the hospital's own network."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from kiosk.config.base import Section
from kiosk.config.printing import PrinterSettings
from kiosk.domain.desk import DeskAction

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class WardPrinter(PrinterSettings):
    """A printer elsewhere that the desk may choose beside its own two."""

    name: str = Field(pattern=r"^[^\s/][^/]{0,39}$", description="As staff know it: ward 3.")
    prints: Literal["report", "film"] = Field("report", description="What it prints.")


class DeskSettings(Section):
    """The staff's desk in browsers (`kiosk desk run`)."""

    origin: str = Field(
        "http://127.0.0.1:8450",
        pattern=r"^https?://[^/\s]+$",
        description="Address as browsers in the hospital know it, without a path: https://desk.example.org.",
    )
    host: str = Field("127.0.0.1", description="Address to listen on; nginx stands in front, or set certificate.")
    port: int = Field(8450, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    proxies: str = Field("127.0.0.1", description="Whose X-Forwarded-For is believed: nginx's address.")
    certificate: Path | None = Field(None, description="TLS certificate chain (PEM), where no nginx stands in front.")
    certificate_key: Path | None = Field(None, description="Its private key (PEM).")
    printers: tuple[WardPrinter, ...] = Field(
        (), description="Printers to choose beside [printers]: [[desk.printers]] with name, prints and what they ask."
    )
    worklist_days: int = Field(3, ge=1, le=90, description="Days of exams in the worklist, today among them.")
    session_minutes: int = Field(15, ge=1, le=240, description="A session nobody uses for so long is locked.")
    session_hours: int = Field(12, ge=1, le=24, description="The longest session, used or not: a shift.")
    four_eyes: tuple[DeskAction, ...] = Field(
        (), description="What a second person must confirm with name and PIN, such as unlock or hold."
    )

    @model_validator(mode="after")
    def _named_apart(self) -> Self:
        """Printers are chosen by name."""
        names = [one.name for one in self.printers]
        if len(set(names)) < len(names) or {"report", "film"} & set(names):
            raise ValueError("printers: each needs a name of its own, other than report and film")
        if any(one.kind == "none" for one in self.printers):
            raise ValueError("printers: kind none prints nothing")
        return self

    @model_validator(mode="after")
    def _encrypted(self) -> Self:
        """PINs and names cross the hospital's network encrypted, or not at all."""
        parts = urlsplit(self.origin)
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise ValueError("origin: http is for this machine only; give the desk TLS and an https address")
        if (self.certificate is None) != (self.certificate_key is None):
            raise ValueError("certificate and certificate_key belong together")
        return self
