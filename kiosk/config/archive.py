"""The imaging platform."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from kiosk.config.base import SecretRef, Section


class ArchiveSettings(Section):
    """The imaging platform."""

    kind: Literal["folder", "dicomweb", "dimse"] = Field(
        "folder", description="A folder of DICOM files, a DICOMweb server, or an archive that speaks DIMSE only."
    )
    path: Path = Field(Path("sample-hospital/archive"), description="The folder, for kind folder.")
    url: str = Field("", description="DICOMweb root, e.g. https://pacs.hospital/dicom-web, for kind dicomweb.")
    user: str = Field("", description="User for basic authentication.")
    password: SecretRef = Field("", description="Password for basic authentication, by reference.")
    token: SecretRef = Field("", description="Bearer token, by reference.")
    ca_file: Path | None = Field(
        None, description="The hospital's own certificate authority (PEM). TLS is always verified."
    )
    host: str = Field("", description="The archive's name or address, for kind dimse.")
    port: int = Field(104, ge=1, le=65535, description="Its port, for kind dimse.")
    called_ae: str = Field("PACS", pattern=r"^[ -\[\]-~]{1,16}$", description="Its AE title.")
    calling_ae: str = Field(
        "KIOSK", pattern=r"^[ -\[\]-~]{1,16}$", description="This kiosk's AE title; the archive must know it."
    )
    retrieve: Literal["get", "move"] = Field(
        "get", description="By C-GET, or by C-MOVE to the gateway's gateway.store_port, for archives without C-GET."
    )
    move_to: str = Field(
        "KIOSKSTORE", pattern=r"^[ -\[\]-~]{1,16}$", description="The gateway's AE title as the archive knows it."
    )
    character_set: str = Field(
        "GB18030", pattern=r"^[A-Z0-9_ ]{1,16}$", description="Of queries that hold Chinese (PS3.3 C.12.1.1.2)."
    )
    tls: bool = Field(False, description="DIMSE over TLS (PS3.15 B.1).")
    connect_s: float = Field(8.0, ge=0.1, le=30, description="Time to connect, seconds: three tries of the network.")
    read_s: float = Field(20.0, ge=0.5, le=120, description="Time between two packets, seconds.")
    query_s: float = Field(30.0, ge=1, le=120, description="Time for a whole query, seconds.")
    study_s: float = Field(300.0, ge=5, le=1800, description="Time for a whole study, seconds.")
    instance_mib: int = Field(64, ge=1, le=4096, description="Largest single object, MiB.")
    study_mib: int = Field(512, ge=1, le=65536, description="Largest study, MiB.")
    report_mib: int = Field(20, ge=1, le=512, description="Largest report, MiB.")

    @model_validator(mode="after")
    def _reachable(self) -> ArchiveSettings:
        """An archive that speaks DIMSE has an address."""
        if self.kind == "dimse" and not self.host:
            raise ValueError("kind dimse needs host")
        return self
