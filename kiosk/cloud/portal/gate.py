"""The door: a link's secret and the right answer open a session; nothing else does, and a refusal tells nothing.

What is known of a link before the answer is right: that somebody asked. An unknown, over, used-up or withdrawn link and
a wrong answer are refused alike. The answer is counted before it is evaluated, and evaluated in constant time; the
check it is compared with and the share that the sealed keys are wrapped under come out of the portal's key only here.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass

from kiosk.cloud.portal.store.links import LinkShelf, SealedExam
from kiosk.cloud.portal.wrapping import KeyWrap, RawKey
from kiosk.cloud.wire.checks import SALT_BYTES, Checks
from kiosk.cloud.wire.envelope import Envelope
from kiosk.cloud.wire.faults import WireError
from kiosk.cloud.wire.keys import LinkSecret, bytes_of, bytes_of_text, derived, text_of
from kiosk.cloud.wire.objects import SubKeys
from kiosk.domain.person.identity import Question

COOKIE_BYTES, SHARE_BYTES = 32, 32
SESSION_S = 3600.0


@dataclass(frozen=True)
class OpenExam:
    """An exam of a session, with the keys of what may be seen of it."""

    exam: str
    version: int
    keys: SubKeys


@dataclass(frozen=True)
class Opened:
    """A session has begun: the cookie's value, never stored, and when the session ends."""

    cookie: str
    ends: float


@dataclass(frozen=True)
class Session:
    """What a cookie opens, for the length of one request."""

    locator: str
    ends: float
    exams: tuple[OpenExam, ...]


class Gate:
    """Links → sessions. Thread-safe; several processes on one database."""

    def __init__(self, shelf: LinkShelf, key: KeyWrap, session_s: float = SESSION_S) -> None:
        self._shelf, self._key, self._session_s = shelf, key, session_s

    # --- the hospital's side ---------------------------------------------------------------------------------------
    def announce(self, locator: str, hospital: str, checks: Checks, expires: float) -> bool:
        """Take a link in; False where it is known already."""
        share = self._key.wrap(secrets.token_bytes(SHARE_BYTES), f"share|{locator}")
        wrapped = self._key.wrap(checks.packed(), f"checks|{locator}")
        return self._shelf.put(locator, hospital, share, wrapped, expires)

    def wrapped(self, envelope: Envelope) -> dict[str, bytes]:
        """The keys that were sealed for links that are alive, wrapped under each link's share."""
        found: dict[str, bytes] = {}
        for one in envelope.links:
            share = self._shelf.share_of(one.locator)
            if share is not None:
                key = RawKey(self._key.unwrap(share, f"share|{one.locator}"))
                sealed = bytes_of_text(one.sealed)
                found[one.locator] = key.wrap(sealed, f"keys|{one.locator}|{envelope.exam}|{envelope.version}")
        return found

    # --- the phone's side ------------------------------------------------------------------------------------------
    def answer(self, untrusted_secret: str, question: Question, answer: str, browser: str) -> Opened | None:
        """A session for the right answer (normalised by the caller); None for everything else, always alike."""
        try:
            secret = LinkSecret.parse(untrusted_secret)
        except WireError:
            secret = LinkSecret.new()  # the same work for what is no link
        known = self._shelf.begin_answer(secret.locator)
        checks = Checks.unpacked(self._key.unwrap(known.checks, f"checks|{secret.locator}")) if known else _NOBODY
        if not checks.right(question, answer) or known is None:
            return None
        share = RawKey(self._key.unwrap(known.share, f"share|{secret.locator}"))
        self._shelf.right(secret.locator)
        return self._begin(secret, share, browser)

    def _begin(self, secret: LinkSecret, share: RawKey, browser: str) -> Opened:
        cookie = secrets.token_bytes(COOKIE_BYTES)
        exams = [(one, _opened(secret, share, one)) for one in self._shelf.exams(secret.locator)]
        tree = [[one.exam, one.version, text_of(keys.packed())] for one, keys in exams]
        row_key, digest = RawKey(derived(cookie, "session row")), hashlib.sha256(cookie).hexdigest()
        wrapped = row_key.wrap(json.dumps(tree).encode("ascii"), f"session|{digest}")
        ends = self._shelf.begin_session(digest, secret.locator, self._session_s, browser, wrapped)
        return Opened(text_of(cookie), ends)

    def session(self, untrusted_cookie: str) -> Session | None:
        """What a cookie opens now; None where it is nothing, over, or ended."""
        try:
            cookie = bytes_of(untrusted_cookie, COOKIE_BYTES)
        except WireError:
            return None
        digest = hashlib.sha256(cookie).hexdigest()
        row = self._shelf.session(digest)
        if row is None:
            return None
        tree = json.loads(RawKey(derived(cookie, "session row")).unwrap(row.keys, f"session|{digest}"))
        exams = tuple(OpenExam(exam, version, SubKeys.from_text(keys)) for exam, version, keys in tree)
        return Session(row.locator, row.ends, exams)

    def leave(self, untrusted_cookie: str) -> None:
        """The person is done."""
        try:
            self._shelf.end_session(hashlib.sha256(bytes_of(untrusted_cookie, COOKIE_BYTES)).hexdigest())
        except WireError:
            return


_NOBODY = Checks(bytes(SALT_BYTES), {})


def _opened(secret: LinkSecret, share: RawKey, one: SealedExam) -> SubKeys:
    place = f"{one.exam}|{one.version}"
    sealed = share.unwrap(one.sealed, f"keys|{secret.locator}|{place}")
    return SubKeys.unpacked(secret.box.open(sealed, f"keys|{place}"))
