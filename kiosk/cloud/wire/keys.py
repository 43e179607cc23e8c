"""Secrets of links and what is derived of them (RFC 5869), and sealing to a public key (RFC 9180, P-256).

A link's secret T stands in the URL's fragment and nowhere else. Of it come a *locator*, of which the server keeps the
hash, and a P-256 key pair, of which kiosk and publisher keep the public half: so what does not exist yet can be sealed
for a link that was printed long ago, and whoever steals every store opens nothing.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kiosk.cloud.wire.faults import WireError, WireFault

SECRET_BYTES = 32
POINT_BYTES = 65
_SALT = b"cloud-film/1"
_SUITE = hpke.Suite(hpke.KEM.P256, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
# Order of P-256 (FIPS 186-5, SP 800-186 3.2.1.3); 48 bytes reduced by it are uniform to 2^-128 (FIPS 186-5 A.2.1).
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_SCALAR_BYTES = 48


def derived(secret: bytes, purpose: str, size: int = 32) -> bytes:
    """HKDF-SHA256 of a secret for one purpose."""
    return HKDF(hashes.SHA256(), size, _SALT, purpose.encode()).derive(secret)


def text_of(data: bytes) -> str:
    """base64url without padding (RFC 4648 5)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def bytes_of_text(untrusted: str) -> bytes:
    """What base64url says; WireError LINK_INVALID for anything else, also for a second spelling of the same."""
    try:
        data = base64.b64decode(untrusted + "=" * (-len(untrusted) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise WireError(WireFault.LINK_INVALID, "no base64url") from error
    if text_of(data) != untrusted:
        raise WireError(WireFault.LINK_INVALID, "another spelling")
    return data


def bytes_of(untrusted: str, size: int) -> bytes:
    """The same for exactly `size` bytes."""
    data = bytes_of_text(untrusted)
    if len(data) != size:
        raise WireError(WireFault.LINK_INVALID, "of the wrong size")
    return data


@dataclass(frozen=True)
class LinkSecret:
    """The secret of a patient's link or of a share, 256 bit. Never stored, never logged."""

    raw: bytes

    @classmethod
    def new(cls) -> LinkSecret:
        """A fresh one."""
        return cls(secrets.token_bytes(SECRET_BYTES))

    @classmethod
    def parse(cls, untrusted: str) -> LinkSecret:
        """From a URL's fragment. Raises WireError LINK_INVALID."""
        return cls(bytes_of(untrusted, SECRET_BYTES))

    @property
    def text(self) -> str:
        """As it stands in the fragment: 43 characters."""
        return text_of(self.raw)

    @property
    def locator(self) -> str:
        """What the stores know the link by: hex SHA-256 of what the holder of the secret can derive."""
        return hashlib.sha256(derived(self.raw, "auth")).hexdigest()

    @property
    def seed(self) -> bytes:
        """What the pair is made of: opens what is sealed to the link, but does not find it."""
        return derived(self.raw, "box", _SCALAR_BYTES)

    @property
    def box(self) -> KeyBox:
        """The key pair that the contents are sealed to."""
        return KeyBox.of_seed(self.seed)

    def __repr__(self) -> str:
        return "LinkSecret(…)"


@dataclass(frozen=True)
class KeyBox:
    """A P-256 key pair that can open what was sealed to it."""

    private: ec.EllipticCurvePrivateKey

    @classmethod
    def new(cls) -> KeyBox:
        """A fresh pair: of a hospital (escrow) or of a publisher."""
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def of_seed(cls, seed: bytes) -> KeyBox:
        """Always the same of the same 48 bytes."""
        return cls(ec.derive_private_key(int.from_bytes(seed) % (_ORDER - 1) + 1, ec.SECP256R1()))

    @property
    def public(self) -> bytes:
        """The public half: an uncompressed point of 65 bytes (SEC 1 2.3.3)."""
        return self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def open(self, sealed: bytes, context: str) -> bytes:
        """What was sealed to this pair in this context. Raises WireError SEAL_BROKEN."""
        try:
            return _SUITE.decrypt(sealed, self.private, context.encode())
        except (InvalidTag, ValueError) as error:
            raise WireError(WireFault.SEAL_BROKEN, f"sealed key of {context.partition('|')[0]}") from error


def seal(public: bytes, plain: bytes, context: str) -> bytes:
    """Seal to a public half; only its pair opens it, and only in the same context. Raises WireError SEAL_BROKEN."""
    try:
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)
    except ValueError as error:
        raise WireError(WireFault.SEAL_BROKEN, "no point of P-256") from error
    return _SUITE.encrypt(plain, point, context.encode())
