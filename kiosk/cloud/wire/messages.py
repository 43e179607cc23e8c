"""What hospital and portal tell each other beside the sealed objects: links that were made, and signed receipts."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kiosk.cloud.wire.faults import WireError, WireFault
from kiosk.cloud.wire.keys import KeyBox, bytes_of_text, seal, text_of

_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Announcement:
    """A link that a kiosk has printed: until when it opens, and what right answers are compared with.

    `checks` travel sealed to the portal, so that the relay between learns nothing.
    """

    locator: str
    expires: float
    checks: bytes

    def encoded(self, portal: bytes) -> bytes:
        """As it is sent; `portal`: the public half of the portal's pair."""
        sealed = text_of(seal(portal, self.checks, f"checks|{self.locator}"))
        return json.dumps({"locator": self.locator, "expires": self.expires, "checks": sealed}).encode("ascii")

    @classmethod
    def decode(cls, untrusted: bytes, box: KeyBox) -> Announcement:
        """Raises WireError ENVELOPE_INVALID or SEAL_BROKEN."""
        try:
            tree = json.loads(untrusted)
            locator, expires, sealed = tree["locator"], float(tree["expires"]), bytes_of_text(tree["checks"])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, WireError) as error:
            raise WireError(WireFault.ENVELOPE_INVALID, "announcement") from error
        if not isinstance(locator, str) or not _DIGEST.fullmatch(locator) or not 0 < expires < 1e11:
            raise WireError(WireFault.ENVELOPE_INVALID, "announcement")
        return cls(locator, expires, box.open(sealed, f"checks|{locator}"))


@dataclass(frozen=True)
class ArrivalReceipt:
    """The portal's word that a version is whole in its store: digest of the envelope, and when."""

    exam: str
    version: int
    envelope: str
    received: float

    def signed(self, key: Ed25519PrivateKey) -> bytes:
        """JSON with the signature over the rest."""
        body = self._body()
        return json.dumps({"receipt": body, "signature": text_of(key.sign(body.encode("ascii")))}).encode("ascii")

    def _body(self) -> str:
        return json.dumps([self.exam, self.version, self.envelope, self.received])

    @classmethod
    def decode(cls, untrusted: bytes, key: Ed25519PublicKey) -> ArrivalReceipt:
        """Raises WireError SIGNATURE_INVALID."""
        try:
            tree = json.loads(untrusted)
            body = tree["receipt"]
            key.verify(bytes_of_text(tree["signature"]), body.encode("ascii"))
            exam, version, envelope, received = json.loads(body)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, InvalidSignature, WireError) as error:
            raise WireError(WireFault.SIGNATURE_INVALID, "receipt") from error
        return cls(str(exam), int(version), str(envelope), float(received))


class Told(BaseModel):
    """What a hospital tells about its links and papers, as JSON; unknown members are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def encoded(self) -> bytes:
        """As it is sent."""
        return self.model_dump_json().encode("ascii")

    @classmethod
    def decode(cls, untrusted: bytes) -> Self:
        """Raises WireError ENVELOPE_INVALID."""
        try:
            return cls.model_validate_json(untrusted)
        except ValidationError as error:
            raise WireError(WireFault.ENVELOPE_INVALID, cls.__name__) from error


Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class LinkStage(Told):
    """How far the exams of a link are; `percent` of all of them."""

    locator: Digest
    stage: Literal["waiting", "fetching", "making", "sending", "there", "withdrawn"]
    percent: Annotated[int, Field(ge=0, le=100)]
    exams: Annotated[int, Field(ge=0, le=100_000)]


class PaperIssued(Told):
    """A document with a digest and a serial on it; `exam` is random, `issued` in seconds since the epoch."""

    digest: Digest
    exam: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,32}$")]
    version: Annotated[int, Field(ge=1, le=1_000_000)]
    issued: Annotated[float, Field(gt=0, lt=1e11)]
    superseded: bool = False
    kind: Literal["", "report", "film"] = ""
    serial: Annotated[str, Field(pattern=r"^[A-Z0-9-]{0,32}$")] = ""
