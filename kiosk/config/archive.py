"""The imaging platform."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from kiosk.config.base import SecretRef, Section


class ArchiveSettings(Section):
    """The imaging platform."""

    kind: Literal["folder", "dicomweb"] = Field("folder", description="A folder of DICOM files, or a DICOMweb server.")
    path: Path = Field(Path("sample-hospital/archive"), description="The folder, for kind folder.")
    url: str = Field("", description="DICOMweb root, e.g. https://pacs.hospital/dicom-web, for kind dicomweb.")
    user: str = Field("", description="User for basic authentication.")
    password: SecretRef = Field("", description="Password for basic authentication, by reference.")
    token: SecretRef = Field("", description="Bearer token, by reference.")
    ca_file: Path | None = Field(
        None, description="The hospital's own certificate authority (PEM). TLS is always verified."
    )
    connect_s: float = Field(8.0, ge=0.1, le=30, description="Time to connect, seconds: three tries of the network.")
    read_s: float = Field(20.0, ge=0.5, le=120, description="Time between two packets, seconds.")
    query_s: float = Field(30.0, ge=1, le=120, description="Time for a whole query, seconds.")
    study_s: float = Field(300.0, ge=5, le=1800, description="Time for a whole study, seconds.")
    instance_mib: int = Field(64, ge=1, le=4096, description="Largest single object, MiB.")
    study_mib: int = Field(512, ge=1, le=65536, description="Largest study, MiB.")
    report_mib: int = Field(20, ge=1, le=512, description="Largest report, MiB.")
