"""What scanned and typed codes mean at this hospital."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from kiosk.adapters.machine.probes import AskingProbe
from kiosk.adapters.symbols.zxing import formats_of
from kiosk.config import CardSettings, CodeSettings, VoucherSettings
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.person.codes import Alphabet, Claim, ClaimKind, ClaimSource, CodeRules, fingerprint
from kiosk.domain.roles import BADGE_PREFIX
from kiosk.ports.probe import Probe
from kiosk.session.events import CodePresented, Event, StaffGesture

if TYPE_CHECKING:
    from kiosk.adapters.readers.card_watch import CardWatch
    from kiosk.adapters.ris.web.vouchers import ServiceVouchers

log = logging.getLogger(__name__)
ADVICE_CARD = {
    FaultCode.READER_MISSING: "Check the reader's cable and power, card.device and card.baud, and that the kiosk's "
    "user may open it (group dialout)."
}
ADVICE_VOUCHER = {
    FaultCode.ARCHIVE_UNREACHABLE: "Check the network and voucher.url; ask the hospital's IT whether this kiosk's "
    "address is let in.",
}


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


def card_event(number: str) -> Event:
    """What a card on the reader claims; one that could not be read is an unknown code."""
    return CodePresented(Claim(ClaimKind.NATIONAL_ID, number, ClaimSource.CARD) if number else None)


def card_watch_of(settings: CardSettings, post: Callable[[Event], None]) -> CardWatch | None:
    """The reader of ID cards, where there is one. It is opened later."""
    if not settings.device:
        return None
    from kiosk.adapters.readers.card_watch import CardWatch
    from kiosk.adapters.readers.id_card import IdCardLink

    return CardWatch(IdCardLink(settings.device, settings.baud), lambda number: post(card_event(number)))


def vouchers_of(settings: VoucherSettings) -> ServiceVouchers | None:
    """The hospital's service that decodes vouchers, where there is one. Raises KioskError CONFIG_INVALID."""
    if not settings.request:
        return None
    from kiosk.adapters.ris.web.link import WebLink
    from kiosk.adapters.ris.web.vouchers import ServiceVouchers

    return ServiceVouchers(WebLink(settings, "voucher"), settings.request)


def reading_probes(card: CardWatch | None, decoder: ServiceVouchers | None) -> list[Probe]:
    """Of what is read beside slips."""
    probes: list[Probe] = []
    if card:
        probes.append(AskingProbe("card", card.ask, ADVICE_CARD))
    if decoder:
        probes.append(AskingProbe("voucher", decoder.probe, ADVICE_VOUCHER))
    return probes
