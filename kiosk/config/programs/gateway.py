"""What listens for the hospital's systems: one program a hospital, not the kiosks."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from kiosk.config.base import Section


class GatewaySettings(Section):
    """The gateway: what listens. What it receives lies in ris.inbox."""

    bind: str = Field("127.0.0.1", description="Address to listen on; the hospital's network only.")
    hl7_port: int = Field(0, ge=0, le=65535, description="MLLP port for HL7 v2; 0: none.")
    hl7_charset: str = Field("gb18030", pattern=r"^(gb18030|utf-8)$", description="Of messages whose MSH-18 is empty.")
    message_mib: int = Field(64, ge=1, le=256, description="Largest message, MiB.")
    accession: tuple[str, ...] = Field(
        ("OBR-18", "OBR-3", "ORC-3"), description="Where a message keeps the accession number; the first that is there."
    )
    study: tuple[str, ...] = Field(("ZDS-1", "IPC-3"), description="Where a message keeps the StudyInstanceUID.")
    drop_folder: Path | None = Field(None, description="Files NUMBER_PATIENT.pdf that are put here become reports.")
    purge_days: int = Field(90, ge=1, le=3650, description="What is older is deleted.")
