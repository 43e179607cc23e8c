"""What is handed out: reports and film."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from kiosk.config.base import MediaName, Section
from kiosk.domain.reasons import FilmPolicy


class ReportSettings(Section):
    """Which reports are handed out, and how."""

    list_level: Literal["patient", "exam"] = Field(
        "patient", description="List all exams of the patient, or only the scanned one."
    )
    without_flag: Literal["final", "preliminary"] = Field(
        "final", description="What a PDF report without verification flag counts as."
    )
    window_days: int = Field(
        0, ge=0, le=36500, description="Exams older than this are handed out at the desk; 0: no limit."
    )
    wait_minutes: int = Field(0, ge=0, le=10080, description="How long after signing a report is held back.")
    film_wait_minutes: int = Field(
        0, ge=0, le=10080, description="How long after the exam its film is held back; the report waits for itself."
    )
    copies: int = Field(1, ge=1, le=5, description="How many copies of a report version a patient may print.")
    sides: Literal["one-sided", "two-sided"] = Field(
        "one-sided", description="Print on both sides of the paper, where the printer can."
    )
    media: MediaName = Field(
        "iso_a4_210x297mm", description="The paper: A4, A5, A3, 8_5INX11IN or a PWG name of these."
    )
    qr_corner: Literal["top-left", "top-right", "bottom-left", "bottom-right", "none"] = Field(
        "bottom-right", description="Where the cloud QR is stamped."
    )
    hours: int = Field(
        0, ge=0, le=720, description="How long a report usually takes after the exam, for 'expected by'; 0: not said."
    )
    price: str = Field("", max_length=40, description="What a report costs, as it is to be read; empty: not said.")
    qr_mm: float = Field(20.0, ge=12, le=40, description="Size of the stamped QR, mm.")


class FilmSettings(Section):
    """Film on demand."""

    policy: FilmPolicy = Field(FilmPolicy.SELF_SERVICE, description="Who may print film: self-service, desk or never.")
    modality_policy: dict[str, FilmPolicy] = Field(
        default_factory=dict, description='Policy by modality, e.g. MR = "desk".'
    )
    media: MediaName = Field("14INX17IN", description="DICOM film size.")
    dpi: Literal[300, 320, 508, 600] = Field(320, description="Resolution of the imager.")
    mask_name: bool = Field(False, description="Mask the patient's name on film.")
    densities: tuple[Annotated[float, Field(ge=0, le=5)], ...] = Field(
        (),
        description="Optical densities measured on the test page's patches, in order, to print by PS3.14; "
        "empty: as it is.",
    )
    price: str = Field("", max_length=40, description="What film costs, as it is to be read; empty: not said.")
    max_sheets: int = Field(20, ge=1, le=200, description="More sheets than this go to the desk.")
