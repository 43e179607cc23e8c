"""Giving on: a share is a link of its own with the sub-keys of what was chosen, and nothing else opens by it.

It opens once, within five minutes by the server's clock, for the right answer; then the secret is destroyed and one
browser may look for a while. A family member's opens as long as the patient's own, until it is taken back.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from kiosk.cloud.portal.gate import Gate, OpenExam, Session
from kiosk.cloud.portal.store.links import FAMILY, ONCE, LinkShelf
from kiosk.cloud.portal.store.shares import Device, GivenShare, NewShare, ShareShelf
from kiosk.cloud.portal.wrapping import KeyWrap, RawKey
from kiosk.cloud.wire.checks import Checks
from kiosk.cloud.wire.faults import WireError
from kiosk.cloud.wire.keys import LinkSecret, derived, seal
from kiosk.cloud.wire.objects import Kind, SubKeys
from kiosk.domain.person.identity import Question

# Crockford's base 32: no I, L, O, U; what is misread for another is read as that.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
CODE_LENGTH, ONE_TIME_DIGITS, NOTE_LENGTH = 8, 6, 40
LOOKING = (Kind.MANIFEST, Kind.PICTURE, Kind.FRAME)


class Purpose(StrEnum):
    """What the patient says it is for; recorded with the share."""

    DOCTOR = "doctor"
    SECOND_OPINION = "second-opinion"
    INSURANCE = "insurance"
    FAMILY = "family"
    OTHER = "other"


class Scope(StrEnum):
    """How much of the patient's exams."""

    EXAM = "exam"
    HISTORY = "history"


@dataclass(frozen=True)
class ShareWish:
    """What is to be shown, to whom, how it is opened."""

    exams: tuple[OpenExam, ...]
    scope: Scope
    download: bool
    last_six: bool
    purpose: Purpose
    note: str = ""

    @property
    def said(self) -> str:
        """As it is kept."""
        return f"{self.scope}+files" if self.download else str(self.scope)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Whose sub-keys are given."""
        return tuple(Kind) if self.download else LOOKING


@dataclass(frozen=True)
class MadeShare:
    """A fresh share: shown once, to its giver."""

    secret: LinkSecret
    code: str
    one_time: str
    until: float


def typed(untrusted: str) -> str:
    """A typed code as it was meant."""
    return untrusted.upper().translate(MISREAD)[:CODE_LENGTH]


class Shares:
    """Thread-safe; several processes on one database."""

    def __init__(
        self, gate: Gate, links: LinkShelf, shelf: ShareShelf, key: KeyWrap, opens_s: float, viewing_s: float
    ) -> None:
        self._gate, self._links, self._shelf, self._key = gate, links, shelf, key
        self._opens_s, self._viewing_s = opens_s, viewing_s

    def make(self, session: Session, wish: ShareWish) -> MadeShare | None:
        """None where the giver's own link does not open any more."""
        known = self._links.alive(session.locator)
        if known is None:
            return None
        own = self._gate.checks(known, session.locator).only(Question.ID_LAST_SIX) if wish.last_six else None
        one_time = "" if own else "".join(secrets.choice("0123456789") for _ in range(ONE_TIME_DIGITS))
        secret = LinkSecret.new()
        family = wish.purpose is Purpose.FAMILY
        code = "" if family else "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
        share, checks = self._gate.wrapped_link(secret.locator, own or Checks.of({Question.ONE_TIME_CODE: one_time}))
        until = self._shelf.put(
            NewShare(
                locator=secret.locator,
                giver=session.locator,
                kind=FAMILY if family else ONCE,
                purpose=wish.purpose,
                scope=wish.said,
                share=share,
                checks=checks,
                exams=self._sealed(secret, share, wish),
                code=self._tag(code) if code else "",
                box=self._boxed(secret, code) if code else None,
                note=self._notes(session).wrap(wish.note[:NOTE_LENGTH].encode(), f"note|{secret.locator}"),
                opens_s=self._opens_s,
                viewing_s=self._viewing_s,
            )
        )
        return MadeShare(secret, code, one_time, until) if until else None

    def _sealed(self, secret: LinkSecret, share: bytes, wish: ShareWish) -> dict[tuple[str, int], bytes]:
        found = {}
        for one in wish.exams:
            place = f"{one.exam}|{one.version}"
            given = SubKeys({kind: one.keys.by_kind[kind] for kind in wish.kinds if kind in one.keys.by_kind})
            sealed = seal(secret.box.public, given.packed(), f"keys|{place}")
            found[one.exam, one.version] = self._gate.wrapped_keys(secret.locator, share, sealed, place)
        return found

    def _tag(self, code: str) -> str:
        return self._key.tag(code, "share code")

    def _boxed(self, secret: LinkSecret, code: str) -> bytes:
        """Opened by the code and the portal's key together: 40 bits alone could be tried out."""
        inner = RawKey(derived(code.encode(), "share code")).wrap(secret.raw, "share code")
        return self._key.wrap(inner, f"share code|{self._tag(code)}")

    @staticmethod
    def _notes(session: Session) -> RawKey:
        return RawKey(derived(session.seed, "notes"))

    def by_code(self, untrusted_code: str) -> LinkSecret | None:
        """The share of a typed code, as long as it can be opened; the answer is still to come."""
        code = typed(untrusted_code)
        boxed = self._shelf.by_code(self._tag(code))
        if boxed is None:
            return None
        try:
            inner = self._key.unwrap(boxed, f"share code|{self._tag(code)}")
            return LinkSecret(RawKey(derived(code.encode(), "share code")).unwrap(inner, "share code"))
        except WireError:
            return None

    def given(self, session: Session) -> list[tuple[GivenShare, str]]:
        """Who can or could open, each with the giver's own note."""
        notes = self._notes(session)
        return [(one, self._note(notes, one)) for one in self._shelf.given(session.locator)]

    @staticmethod
    def _note(notes: RawKey, one: GivenShare) -> str:
        try:
            return notes.unwrap(one.note, f"note|{one.locator}").decode()
        except (WireError, ValueError):
            return ""

    def devices(self, session: Session) -> list[Device]:
        """Where the patient's own link is open."""
        return self._shelf.devices(session.locator)

    def revoke(self, session: Session, locators: Sequence[str]) -> int:
        """Take back some of one's own."""
        return self._shelf.revoke(session.locator, locators)

    def stop_everything(self, session: Session) -> None:
        """Nobody but this browser sees anything any more."""
        self.revoke(session, [one.locator for one in self._shelf.given(session.locator)])
        self._shelf.end_others(session.locator, session.digest)
