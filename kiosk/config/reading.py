"""Codes on slips, and the camera that reads them."""

from __future__ import annotations

from pydantic import Field

from kiosk.config.base import Section
from kiosk.config.web import RequestTemplate, WebSettings


class CodePattern(Section):
    """One accepted payload: a regular expression with the named groups accession, patient, visit, national, voucher."""

    pattern: str = Field(description="Matches the whole payload.")
    formats: tuple[str, ...] = Field((), description="Symbologies it is valid for; empty: all.")


class CodeSettings(Section):
    """Codes on check slips."""

    formats: tuple[str, ...] = Field(("Code128", "QRCode"), min_length=1, description="Symbologies that are read.")
    patterns: tuple[CodePattern, ...] = Field((), description="Accepted payloads, in order; empty: the built-in ones.")
    letters: str = Field(
        "",
        max_length=32,
        pattern=r"^[ -~]*$",
        description=r"Characters that numbers here hold beside letters, digits, dot, hyphen and underscore, e.g. '/#'.",
    )
    chinese: bool = Field(False, description="True where numbers hold Chinese characters.")
    budget_ms: int = Field(150, ge=20, le=5000, description="Processor time to read one camera frame, milliseconds.")


class CameraSettings(Section):
    """The camera above the tray."""

    source: str = Field(
        "none", description="A device (/dev/video0 or 0), a file, a folder of pictures, an http address, slips or none."
    )
    width: int = Field(1280, ge=320, le=4096, description="Wanted width, pixels.")
    height: int = Field(720, ge=240, le=4096, description="Wanted height, pixels.")
    fps: int = Field(30, ge=1, le=120, description="Wanted frames a second.")
    exposure: int | None = Field(
        None, ge=1, description="Fixed exposure in the device's own units; automatic when absent."
    )
    focus: int | None = Field(None, ge=0, description="Fixed focus in the device's own units; automatic when absent.")
    gain: int | None = Field(None, ge=0, description="Fixed gain in the device's own units; automatic when absent.")


class CardSettings(Section):
    """A reader of ID cards on a serial line (machine.id_card says where patients find it)."""

    device: str = Field("", description="Its device, e.g. /dev/ttyUSB0 or /dev/serial/by-id/…; empty: there is none.")
    baud: int = Field(115200, ge=1200, le=921600, description="Speed of the line.")


class VoucherSettings(WebSettings):
    """The hospital's service that says whose an e-voucher or a health card's code is; see codes.patterns, voucher."""

    request: RequestTemplate | None = Field(
        None,
        description="The request with {code}, and in its columns one of patient_id, national_id, accession; `success` "
        "tells a code that is taken from one that is not.",
    )
