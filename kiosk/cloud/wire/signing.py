"""Signed requests between the programs (RFC 9421, Ed25519): who asks, what, with which body, and until when.

A request is good once, for at most a minute: `created`, `expires` and `nonce` are signed with method, address and the
body's digest (RFC 9530). The nonce is for whoever checks to remember; this module knows no store.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    algorithms,
)
from http_message_signatures.exceptions import HTTPMessageSignaturesException

from kiosk.cloud.wire.faults import WireError, WireFault

LIFE = timedelta(seconds=60)
SKEW = timedelta(seconds=5)
COMPONENTS = ("@method", "@authority", "@path", "@query", "content-digest")


@dataclass
class Message:
    """A request as the signature sees it: method, whole URL, headers (changed by signing)."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Signed:
    """A request that was checked: whose key, and the nonce to remember until `until`."""

    key_id: str
    nonce: str
    until: datetime


class _Keys(HTTPSignatureKeyResolver):
    def __init__(self, public: Mapping[str, Ed25519PublicKey], private: Ed25519PrivateKey | None = None) -> None:
        self._public, self._private = public, private

    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey:
        try:
            return self._public[key_id]
        except KeyError as error:
            raise WireError(WireFault.SIGNATURE_INVALID, "unknown key") from error

    def resolve_private_key(self, key_id: str) -> Ed25519PrivateKey:
        if self._private is None:
            raise WireError(WireFault.SIGNATURE_INVALID, "no private key")
        return self._private


def sign(message: Message, body: bytes, key_id: str, key: Ed25519PrivateKey, now: datetime) -> None:
    """Add Content-Digest, Signature-Input and Signature to the message's headers."""
    signer = HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=_Keys({}, key))
    signer.sign(
        message,
        key_id=key_id,
        created=now,
        expires=now + LIFE,
        nonce=secrets.token_urlsafe(18),
        covered_component_ids=COMPONENTS,
        body=body,
    )


def verify(message: Message, body: bytes, keys: Mapping[str, Ed25519PublicKey], now: datetime) -> Signed:
    """Check a request. Raises WireError SIGNATURE_INVALID, or SIGNATURE_OLD where only its time is wrong."""
    verifier = _Verifier(signature_algorithm=algorithms.ED25519, key_resolver=_Keys(keys))
    try:
        (result,) = verifier.verify(message, max_age=None, require_components=COMPONENTS, body=body)
    except (HTTPMessageSignaturesException, ValueError, KeyError, TypeError) as error:
        raise WireError(WireFault.SIGNATURE_INVALID, type(error).__name__) from error
    return _timely(result.parameters, now)


class _Verifier(HTTPMessageVerifier):
    """The library compares times with its own clock; here the caller's is the one that counts."""

    def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:
        """See `_timely`."""


def _timely(parameters: Mapping[str, Any], now: datetime) -> Signed:
    try:
        created = datetime.fromtimestamp(int(parameters["created"]), now.tzinfo)
        expires = datetime.fromtimestamp(int(parameters["expires"]), now.tzinfo)
        signed = Signed(str(parameters["keyid"]), str(parameters["nonce"]), expires + SKEW)
    except (KeyError, ValueError, OverflowError, OSError) as error:
        raise WireError(WireFault.SIGNATURE_INVALID, "parameters") from error
    if created > now + SKEW or expires + SKEW < now or expires - created > LIFE:
        raise WireError(WireFault.SIGNATURE_OLD, "outside its minute")
    return signed
