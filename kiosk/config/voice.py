"""The voice, and the keypad beside the screen."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from kiosk.config.base import Section

DEEDS = ("next", "previous", "select", "repeat", "louder", "quieter", "help", "jack-in", "jack-out")
KEYS = {
    "Down": "next", "Right": "next", "Up": "previous", "Left": "previous", "Select": "select", "F1": "repeat",
    "VolumeUp": "louder", "VolumeDown": "quieter", "Help": "help", "F15": "jack-in", "F16": "jack-out",
}  # fmt: skip


def _deeds(value: dict[str, str]) -> dict[str, str]:
    unknown = sorted(set(value.values()) - set(DEEDS))
    if unknown:
        raise ValueError(f"no such deed: {', '.join(unknown)}; known: {', '.join(DEEDS)}")
    return value


class VoiceSettings(Section):
    """What is read aloud, and what the keys of an audio keypad mean."""

    kind: Literal["speech", "written", "none"] = Field(
        "speech", description="Speak through the machine's player; written: only note down what would be said."
    )
    volume: float = Field(0.6, ge=0.1, le=1, description="Volume of a fresh visit; a visitor's own ends with it.")
    keys: Annotated[dict[str, str], AfterValidator(_deeds)] = Field(
        KEYS,
        description="Keys of the keypad by their Qt names, and what they do: " + ", ".join(DEEDS) + "; jack-in and "
        "jack-out are the headset being put in and pulled.",
    )
