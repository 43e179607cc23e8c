"""Secrets of staff accounts: argon2id hashes, and no secret that everybody would guess."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from kiosk.domain.faults import FaultCode, KioskError

SHORTEST = 4
GUESSED = (
    "0000",
    "1111",
    "1234",
    "12345",
    "123456",
    "4321",
    "654321",
    "000000",
    "111111",
    "888888",
    "admin",
    "password",
)


# The hash of a random secret that was thrown away: checking it takes as long as checking a real one.
NOBODYS = "$argon2id$v=19$m=65536,t=3,p=4$gO5BaVT/JnM/yEiZM8LaJA$efic+4Xmq97jcThNwr54wyb6ImBF/1bZOqQ+HbtTb7M"


def hashed(secret: str) -> str:
    """The hash to keep; refuses what is too short or on every list of guesses."""
    if len(secret) < SHORTEST or secret.lower() in GUESSED or len(set(secret)) == 1:
        raise KioskError(
            FaultCode.CONFIG_INVALID, f"choose a PIN of at least {SHORTEST} characters that is not guessed"
        )
    return PasswordHasher().hash(secret)


def matches(kept: str, secret: str) -> bool:
    """True for the right secret; an empty hash matches nothing."""
    try:
        return PasswordHasher().verify(kept, secret)
    except (VerificationError, InvalidHashError):
        return False
