"""The print queues."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from kiosk.config.base import Section


class PrinterSettings(Section):
    """One print queue."""

    kind: Literal["folder", "cups", "dicom", "none"] = Field(
        "folder", description="A folder that receives PDF files, a CUPS queue, a DICOM film imager, or no printer."
    )
    path: Path = Field(Path("printed"), description="The folder, for kind folder.")
    queue: str = Field("", pattern=r"^[A-Za-z0-9_.-]{0,127}$", description="The CUPS queue, for kind cups.")
    server: str = Field("", description="CUPS server or socket; empty: the system's.")
    host: str = Field("", description="The imager's name or address, for kind dicom.")
    port: int = Field(104, ge=1, le=65535, description="Its port, for kind dicom.")
    called_ae: str = Field("PRINTSCP", pattern=r"^[ -\[\]-~]{1,16}$", description="Its AE title.")
    calling_ae: str = Field("KIOSK", pattern=r"^[ -\[\]-~]{1,16}$", description="This kiosk's AE title.")
    profile: str = Field("generic-320", description="The imager's profile in assets/imagers, or a TOML file.")
    trust_accept: bool = Field(
        False, description="True: a sheet that the imager took counts as printed, where it has no Print Job to ask."
    )
    ca_file: Path | None = Field(
        None, description="Certificate of the printer, or of its authority (PEM), for ipps queues with their own."
    )
    seconds_per_sheet: float = Field(4.0, ge=0, le=120, description="First estimate of the speed; learnt afterwards.")
    stall_s: float = Field(90.0, ge=1, le=3600, description="No progress for so long: uncertain.")
    refill_s: float = Field(180.0, ge=0, le=3600, description="How long to wait for paper in the middle of a job.")
    trust_media_ready: bool = Field(True, description="False for printers that lie about the loaded media.")
    trust_counter: bool = Field(True, description="False for printers that count sheets wrongly.")


    @model_validator(mode="after")
    def _reachable(self) -> PrinterSettings:
        """An imager has an address."""
        if self.kind == "dicom" and not self.host:
            raise ValueError("kind dicom needs host")
        return self


class Printers(Section):
    """The queues for paper and film."""

    report: PrinterSettings = PrinterSettings(path=Path("printed/report"))
    film: PrinterSettings = PrinterSettings(path=Path("printed/film"), seconds_per_sheet=20)


class CashierSettings(Section):
    """Payment for film at the hospital's cashier; reports and links never stand behind one."""

    kind: Literal["none", "folder"] = Field("none", description="Film is free, or a folder that plays the cashier.")
    path: Path = Field(Path("cashier"), description="That folder.")
    cents_per_sheet: int = Field(0, ge=0, le=10_000_000, description="Price of a sheet, hundredths of the currency.")
    wait_s: int = Field(120, ge=10, le=600, description="Time to pay, seconds; after it the film is not printed.")
