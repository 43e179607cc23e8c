"""Which voice speaks."""

from __future__ import annotations

from kiosk.adapters.speech.speaking import SpeakingVoice
from kiosk.adapters.speech.written import WrittenVoice
from kiosk.config import VoiceSettings
from kiosk.ports.voice import Voice


def voice_of(settings: VoiceSettings) -> Voice | None:
    """None where nothing is to be said."""
    return {"speech": SpeakingVoice, "written": WrittenVoice}[settings.kind]() if settings.kind != "none" else None
