"""What listens for the hospital's systems: one program a hospital, not the kiosks."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import Field, field_validator

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
    film_port: int = Field(0, ge=0, le=65535, description="DICOM port for films of modalities (DICOM Print); 0: none.")
    film_ae: str = Field("KIOSKFILM", pattern=r"^[ -\[\]-~]{1,16}$", description="Its AE title.")
    film_callers: tuple[str, ...] = Field((), description="AE titles that may print to it; empty: all.")
    film_labels: tuple[str, ...] = Field(
        (),
        description="Regular expressions that find numbers in a film's labels, annotations and bar codes, by the "
        "groups accession, patient, study, e.g. '(?P<accession>CT\\d{8})'.",
    )
    film_codes: bool = Field(True, description="Look for bar codes that modalities burn into films.")
    store_port: int = Field(0, ge=0, le=65535, description="DICOM port that archives send to (C-MOVE); 0: none.")
    store_ae: str = Field("KIOSKSTORE", pattern=r"^[ -\[\]-~]{1,16}$", description="Its AE title.")
    store_callers: tuple[str, ...] = Field((), description="AE titles that may send to it; empty: all.")
    worklist_host: str = Field("", description="Worklist server that says what a modality was to make; empty: none.")
    worklist_port: int = Field(104, ge=1, le=65535, description="Its port.")
    worklist_ae: str = Field("WORKLIST", pattern=r"^[ -\[\]-~]{1,16}$", description="Its AE title.")
    worklist_hours: float = Field(4.0, ge=0.1, le=48, description="How long before its film an exam was scheduled.")
    drop_folder: Path | None = Field(None, description="Files NUMBER_PATIENT.pdf that are put here become reports.")
    purge_days: int = Field(90, ge=1, le=3650, description="What is older is deleted.")

    @field_validator("film_labels")
    @classmethod
    def _patterns(cls, wanted: tuple[str, ...]) -> tuple[str, ...]:
        """Each can be compiled and names what it finds."""
        for pattern in wanted:
            try:
                groups = re.compile(pattern).groupindex
            except re.error as error:
                raise ValueError(f"{pattern}: {error}") from error
            if not groups or not set(groups) <= {"accession", "patient", "study"}:
                raise ValueError(f"{pattern}: groups accession, patient or study are needed")
        return wanted
