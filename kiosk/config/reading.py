"""Codes on slips, and the camera that reads them."""

from __future__ import annotations

from pydantic import Field

from kiosk.config.base import Section


class CodePattern(Section):
    """One accepted payload: a regular expression with the named groups accession, patient, visit or national."""

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
