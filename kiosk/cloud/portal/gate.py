"""The door: a link's secret and the right answer open a session; nothing else does, and a refusal tells nothing.

What is known of a link before the answer is right: that somebody asked. An unknown, over, used-up or withdrawn link and
a wrong answer are refused alike. The answer is counted before it is evaluated, and evaluated in constant time; the
check it is compared with and the share that the sealed keys are wrapped under come out of the portal's key only here.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

from kiosk.cloud.portal.store.links import KnownLink, LinkShelf, SealedExam
from kiosk.cloud.portal.wrapping import KeyWrap, RawKey
from kiosk.cloud.wire.checks import SALT_BYTES, Checks
from kiosk.cloud.wire.envelope import Envelope
from kiosk.cloud.wire.faults import WireError
from kiosk.cloud.wire.keys import KeyBox, LinkSecret, bytes_of, bytes_of_text, derived, text_of
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
    """What a cookie opens, for the length of one request.

    `seed` opens what is yet to come for the patient's own link; a share has none and stays what it was.
    """

    cookie: str
    digest: str
    locator: str
    ends: float
    lasts: float  # seconds from now
    stages: int
    exams: tuple[OpenExam, ...]
    seed: bytes = b""
    known: tuple[str, int] = ("", 0)  # an exam, and its newest version

    @property
    def owner(self) -> bool:
        """True for the patient's own link."""
        return bool(self.seed)

    def exam(self, exam: str) -> OpenExam | None:
        """One of its exams."""
        return next((one for one in self.exams if one.exam == exam), None)


class Gate:
    """Links → sessions. Thread-safe; several processes on one database."""

    def __init__(self, shelf: LinkShelf, key: KeyWrap, session_s: float = SESSION_S) -> None:
        self._shelf, self._key, self._session_s = shelf, key, session_s

    # --- the hospital's side ---------------------------------------------------------------------------------------
    def announce(self, locator: str, hospital: str, checks: Checks, expires: float) -> bool:
        """Take a link in; False where it is known already."""
        return self._shelf.put(locator, hospital, *self.wrapped_link(locator, checks), expires)

    def wrapped_link(self, locator: str, checks: Checks) -> tuple[bytes, bytes]:
        """A fresh second share and the checks, as the store keeps them."""
        share = self._key.wrap(secrets.token_bytes(SHARE_BYTES), f"share|{locator}")
        return share, self._key.wrap(checks.packed(), f"checks|{locator}")

    def wrapped(self, envelope: Envelope) -> dict[str, bytes]:
        """The keys that were sealed for links that are alive, wrapped under each link's share."""
        found: dict[str, bytes] = {}
        for one in envelope.links:
            share = self._shelf.share_of(one.locator)
            if share is not None:
                place = f"{envelope.exam}|{envelope.version}"
                found[one.locator] = self.wrapped_keys(one.locator, share, bytes_of_text(one.sealed), place)
        return found

    def wrapped_keys(self, locator: str, share: bytes, sealed: bytes, place: str) -> bytes:
        """Keys sealed to a link, under its share; `place`: exam and version."""
        return self._share(locator, share).wrap(sealed, f"keys|{locator}|{place}")

    def _share(self, locator: str, wrapped: bytes) -> RawKey:
        return RawKey(self._key.unwrap(wrapped, f"share|{locator}"))

    def checks(self, known: KnownLink, locator: str) -> Checks:
        """What right answers of a link are compared with."""
        return Checks.unpacked(self._key.unwrap(known.checks, f"checks|{locator}"))

    # --- the phone's side ------------------------------------------------------------------------------------------
    def answer(self, untrusted_secret: str, question: Question | None, answer: str, browser: str) -> Opened | None:
        """A session for the right answer (normalised by the caller); None for everything else, always alike.

        Without a question the answer's length says which it answers; one is evaluated, whatever was asked.
        """
        try:
            secret = LinkSecret.parse(untrusted_secret)
        except WireError:
            secret = LinkSecret.new()  # the same work for what is no link
        known = self._shelf.begin_answer(secret.locator)
        checks = self.checks(known, secret.locator) if known else _NOBODY
        if not checks.right(question or checks.meant(answer), answer) or known is None:
            return None
        return self._begin(secret, self._share(secret.locator, known.share), known, browser)

    def _begin(self, secret: LinkSecret, share: RawKey, known: KnownLink, browser: str) -> Opened | None:
        cookie = secrets.token_bytes(COOKIE_BYTES)
        exams = [
            OpenExam(one.exam, one.version, _opened(secret.box, share, secret.locator, one))
            for one in self._shelf.exams(secret.locator)
        ]
        seed = b"" if known.given else secret.seed
        digest, wrapped = _row(cookie, exams, seed)
        if known.given:
            ends = self._shelf.redeem(digest, secret.locator, browser, wrapped)
        else:
            ends = self._shelf.begin_session(digest, secret.locator, self._session_s, browser, wrapped)
        return Opened(text_of(cookie), ends) if ends else None

    def session(self, untrusted_cookie: str, untrusted_exam: str = "") -> Session | None:
        """What a cookie opens now; None where it is nothing, over, or ended. An exam that is named has its version."""
        try:
            cookie = bytes_of(untrusted_cookie, COOKIE_BYTES)
        except WireError:
            return None
        digest = hashlib.sha256(cookie).hexdigest()
        row = self._shelf.session(digest, untrusted_exam)
        if row is None:
            return None
        tree = json.loads(RawKey(derived(cookie, "session row")).unwrap(row.keys, f"session|{digest}"))
        exams = tuple(OpenExam(exam, version, SubKeys.from_text(keys)) for exam, version, keys in tree["exams"])
        seed = bytes_of_text(tree["seed"])
        return Session(untrusted_cookie, digest, row.locator, row.ends, row.lasts, row.stages, exams, seed,
                       (untrusted_exam, row.version))  # fmt: skip

    def newest(self, session: Session) -> Session:
        """The same session with exams and versions that have come for its link since; a share stays as it was."""
        if not session.owner:
            return session
        sealed = self._shelf.exams(session.locator)
        if {(one.exam, one.version) for one in sealed} == {(one.exam, one.version) for one in session.exams}:
            return session
        known = self._shelf.share_of(session.locator)
        if known is None:
            return session
        share, box = self._share(session.locator, known), KeyBox.of_seed(session.seed)
        exams = [OpenExam(one.exam, one.version, _opened(box, share, session.locator, one)) for one in sealed]
        digest, wrapped = _row(bytes_of(session.cookie, COOKIE_BYTES), exams, session.seed)
        self._shelf.rewrap(digest, wrapped)
        return replace(session, exams=tuple(exams))

    def leave(self, untrusted_cookie: str) -> None:
        """The person is done."""
        try:
            self._shelf.end_session(hashlib.sha256(bytes_of(untrusted_cookie, COOKIE_BYTES)).hexdigest())
        except WireError:
            return


_NOBODY = Checks(bytes(SALT_BYTES), {})


def _row(cookie: bytes, exams: Sequence[OpenExam], seed: bytes) -> tuple[str, bytes]:
    """A session as the store keeps it: the cookie's hash, and what only the cookie opens."""
    digest = hashlib.sha256(cookie).hexdigest()
    keys = [[one.exam, one.version, text_of(one.keys.packed())] for one in exams]
    tree = json.dumps({"exams": keys, "seed": text_of(seed)}).encode("ascii")
    return digest, RawKey(derived(cookie, "session row")).wrap(tree, f"session|{digest}")


def _opened(box: KeyBox, share: RawKey, locator: str, one: SealedExam) -> SubKeys:
    place = f"{one.exam}|{one.version}"
    sealed = share.unwrap(one.sealed, f"keys|{locator}|{place}")
    return SubKeys.unpacked(box.open(sealed, f"keys|{place}"))
