"""What scanned and typed codes mean at this hospital."""

from __future__ import annotations

import logging

from kiosk.adapters.symbols.zxing import formats_of
from kiosk.config import CodeSettings
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.person.codes import Alphabet, ClaimSource, CodeRules, fingerprint
from kiosk.domain.roles import BADGE_PREFIX
from kiosk.session.events import CodePresented, Event, StaffGesture

log = logging.getLogger(__name__)


def code_rules(settings: CodeSettings) -> CodeRules:
    """The accepted payloads. Raises KioskError CONFIG_INVALID naming what cannot be read or matched."""
    patterns = [(name, one.pattern) for one in settings.patterns for name in (one.formats or ("*",))]
    try:
        formats_of([*settings.formats, *(name for name, _ in patterns if name != "*")])
        return CodeRules(patterns, Alphabet(settings.letters, settings.chinese))
    except KioskError as error:
        raise KioskError(FaultCode.CONFIG_INVALID, f"codes.formats: {error.detail}") from error
    except ValueError as error:
        raise KioskError(FaultCode.CONFIG_INVALID, f"codes.patterns: {error}") from error


def code_event(payload: str, symbology: str, rules: CodeRules, source: ClaimSource | None = None) -> Event:
    """What a scanned payload means: a staff badge, a claim, or an unknown code (logged as length and digest only)."""
    if payload.startswith(BADGE_PREFIX) and payload.isascii() and payload.isprintable():
        return StaffGesture(badge=payload[:64])
    claim = rules.parse(payload, symbology, source=source)
    if claim is None:
        log.info("unknown code: %s", fingerprint(payload))
    return CodePresented(claim)
