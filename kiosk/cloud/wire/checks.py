"""What right answers are compared with: made by the hospital, kept by the portal under its own key."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from kiosk.cloud.wire.faults import WireError, WireFault
from kiosk.domain.person.identity import ANSWER_LENGTH, Question

SALT_BYTES = 16


@dataclass(frozen=True)
class Checks:
    """What right answers are compared with: keyed digests by question, under a salt of the link's own."""

    salt: bytes
    digests: Mapping[Question, bytes]

    @classmethod
    def of(cls, answers: Mapping[Question, str]) -> Checks:
        """From normalised answers, as the hospital knows them."""
        salt = secrets.token_bytes(SALT_BYTES)
        return cls(salt, {question: _digest(salt, question, answer) for question, answer in answers.items() if answer})

    def packed(self) -> bytes:
        """As it is wrapped."""
        tree = {"salt": self.salt.hex(), **{str(one): digest.hex() for one, digest in self.digests.items()}}
        return json.dumps(tree, sort_keys=True).encode("ascii")

    @classmethod
    def unpacked(cls, data: bytes) -> Checks:
        """The reverse of `packed`. Raises WireError SEAL_BROKEN."""
        try:
            tree = json.loads(data)
            salt = bytes.fromhex(tree.pop("salt"))
            return cls(salt, {Question(name): bytes.fromhex(digest) for name, digest in tree.items()})
        except (ValueError, KeyError, AttributeError) as error:
            raise WireError(WireFault.SEAL_BROKEN, "checks") from error

    def meant(self, answer: str) -> Question:
        """Which question an answer is to: of those on file the first that is as long."""
        found = (one for one in Question if one in self.digests and ANSWER_LENGTH[one] == len(answer))
        return next(found, Question.ID_LAST_SIX)

    def only(self, question: Question) -> Checks | None:
        """The check of one question; None where it is not on file."""
        return Checks(self.salt, {question: self.digests[question]}) if question in self.digests else None

    def right(self, question: Question, answer: str) -> bool:
        """Constant in time, also where the question has no answer on file."""
        wanted = self.digests.get(question, bytes(32))
        return hmac.compare_digest(_digest(self.salt, question, answer), wanted) and question in self.digests


def _digest(salt: bytes, question: Question, answer: str) -> bytes:
    return hmac.new(salt, f"{question}|{answer}".encode(), hashlib.sha256).digest()
