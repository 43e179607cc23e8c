"""How the screens behave."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from kiosk.config.base import Section
from kiosk.words import tags


def _language(value: str) -> str:
    if value not in tags():
        raise ValueError(f"no such language: {value}; known: {', '.join(tags())}")
    return value


class ScreenSettings(Section):
    """How the screens behave."""

    language: Annotated[str, AfterValidator(_language)] = Field(
        "zh", description="Language of a fresh visit, of film and of messages: a file of assets/translations."
    )
    theme: Literal["light", "dark", "contrast"] = Field(
        "light", description="Colours; dark: for a lobby that is dark at night; contrast: black, white and yellow."
    )
    sound: float = Field(0.7, ge=0, le=1, description="Volume of tones.")
    reduce_motion: bool = Field(False, description="No sliding pages.")
    debounce_ms: int = Field(
        250, ge=0, le=1000, description="A key of the screen's keypad that is touched again so soon counts once."
    )
    low_reach: bool = Field(False, description="Keep all controls in the lower half.")
    idle_s: float = Field(60.0, ge=30, le=600, description="Time without a touch before a visit ends.")
    warn_s: float = Field(20.0, ge=20, le=120, description="How long 'still there?' is shown before any end.")
    qr_s: float = Field(90.0, ge=30, le=600, description="How long the QR is shown.")
    done_s: float = Field(30.0, ge=30, le=120, description="How long the farewell is shown.")
    failed_s: float = Field(60.0, ge=30, le=600, description="How long a trouble is shown.")
    staff_s: float = Field(300.0, ge=30, le=3600, description="Time without a touch before staff is logged out.")
