"""The way to the portal, through the relay: signed requests, segments by digest, so many bytes a second."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk.cloud.publisher.pace import Bandwidth
from kiosk.cloud.wire.envelope import Envelope
from kiosk.cloud.wire.faults import WireError, WireFault
from kiosk.cloud.wire.messages import ArrivalReceipt, LinkStage, PaperIssued
from kiosk.cloud.wire.objects import digest_of
from kiosk.cloud.wire.signing import Message, sign
from kiosk.domain.faults import FaultCode, KioskError

log = logging.getLogger(__name__)
CONNECT_S, READ_S = 5.0, 60.0
MOST_ANSWER = 4 << 20
MOST_SKEW = timedelta(hours=26)
UNAUTHORIZED = 401
_REFUSED = (401, 403, 404, 409, 413, 422)


@dataclass(frozen=True)
class Route:
    """`portal`: the address the world knows, which is what is signed; `relay`: where requests go."""

    portal: str
    relay: str
    key_id: str
    key: Ed25519PrivateKey
    receipts: Ed25519PublicKey  # the portal signs with
    ca_file: Path | None = None
    certificate: Path | None = None


def _now() -> datetime:
    return datetime.now(UTC)


class SignedLine:
    """One way to the portal, every request signed. Thread-safe.

    Raises KioskError PORTAL_UNREACHABLE (tried again later) or PORTAL_REFUSED.
    """

    def __init__(self, route: Route, bandwidth: Bandwidth, now: Callable[[], datetime] = _now) -> None:
        self._route, self._bandwidth, self._now = route, bandwidth, now
        self._local = threading.local()
        self._sessions: list[requests.Session] = []
        self._skew = timedelta(0)
        self.receipts = route.receipts
        self.sent = 0  # bytes

    def close(self) -> None:
        """Let go of all connections."""
        for session in self._sessions:
            session.close()

    def json(self, method: str, path: str, body: dict[str, object]) -> bytes:
        return self.ask(method, path, json.dumps(body).encode("ascii"))

    def ask(self, method: str, path: str, body: bytes = b"") -> bytes:
        self._bandwidth.spend(len(body))
        answer, content = self._signed(method, path, body)
        too_old = answer.status_code == UNAUTHORIZED and _fault(content) == WireFault.SIGNATURE_OLD
        if too_old and self._set_clock(answer):
            answer, content = self._signed(method, path, body)
        self.sent += len(body)
        return self._checked(answer, content)

    def _set_clock(self, answer: requests.Response) -> bool:
        """One of the two clocks is wrong: requests are dated by the portal's, which judges them (case 61)."""
        with suppress(ValueError, TypeError, KeyError):
            skew = parsedate_to_datetime(answer.headers["Date"]) - self._now()
            if abs(skew) <= MOST_SKEW:
                self._skew = skew
                log.warning("this machine's clock and the portal's differ by %.0f s", skew.total_seconds())
                return True
        return False

    def _signed(self, method: str, path: str, body: bytes) -> tuple[requests.Response, bytes]:
        message = Message(method, self._route.portal + path)
        sign(message, body, self._route.key_id, self._route.key, self._now() + self._skew)
        try:
            answer = self._session().request(
                method, self._route.relay + path, data=body, headers=message.headers,
                timeout=(CONNECT_S, READ_S), allow_redirects=False, stream=True,
            )  # fmt: skip
            content = answer.raw.read(MOST_ANSWER, decode_content=True)
            answer.close()
        except (requests.RequestException, OSError) as error:
            raise KioskError(FaultCode.PORTAL_UNREACHABLE, type(error).__name__) from error
        return answer, bytes(content)

    def _checked(self, answer: requests.Response, content: bytes) -> bytes:
        if answer.status_code in _REFUSED:
            raise KioskError(FaultCode.PORTAL_REFUSED, f"{answer.status_code} {_fault(content)}")
        if not 200 <= answer.status_code < 300:
            raise KioskError(FaultCode.PORTAL_UNREACHABLE, f"{answer.status_code} {_fault(content)}")
        return content

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
            self._local.session.trust_env = False
            self._local.session.verify = str(self._route.ca_file) if self._route.ca_file else True
            self._local.session.cert = str(self._route.certificate) if self._route.certificate else None
            self._sessions.append(self._local.session)
        session: requests.Session = self._local.session
        return session


class PortalClient:
    """What a hospital asks of its portal. Raises KioskError PORTAL_UNREACHABLE or PORTAL_REFUSED. Thread-safe."""

    def __init__(self, line: SignedLine) -> None:
        self._line = line

    @property
    def sent(self) -> int:
        """Bytes of bodies so far."""
        return self._line.sent

    def close(self) -> None:
        """Let go of all connections."""
        self._line.close()

    def tell_link(self, announcement: bytes) -> None:
        """A link that was made; once more changes nothing."""
        self._line.ask("PUT", "/v1/links", announcement)

    def revoke_link(self, locator: str) -> None:
        """From now on it opens nothing."""
        self._line.ask("DELETE", f"/v1/links/{locator}")

    def tell_progress(self, locator: str, stage: str, percent: int, exams: int) -> None:
        """How far a link's exams are, for the page that waits."""
        told = LinkStage.model_validate({"locator": locator, "stage": stage, "percent": percent, "exams": exams})
        self._line.ask("PUT", "/v1/progress", told.encoded())

    def tell_paper(self, paper: PaperIssued) -> None:
        """A document that was issued, for the verification page."""
        self._line.ask("PUT", "/v1/papers", paper.encoded())

    def events(self, after: int, wait_s: int) -> tuple[list[dict[str, object]], int]:
        """What happened at the portal since, waiting up to so long for something."""
        answer = json.loads(self._line.json("POST", "/v1/events", {"after": after, "wait_s": wait_s}))
        return list(answer["events"]), int(answer["next"])

    def missing(self, digests: Sequence[str]) -> list[str]:
        """Which segments the portal has not."""
        return list(json.loads(self._line.json("POST", "/v1/segments/missing", {"digests": list(digests)}))["missing"])

    def withdraw(self, exam: str) -> None:
        """Take an exam back."""
        self._line.ask("DELETE", f"/v1/exams/{exam}")

    def deliver(self, envelope: Envelope, folder: Path, percent: Callable[[int], None] = lambda _: None) -> None:
        """Segments that are missing, then the envelope; returns when the portal has signed that it is there."""
        sizes = {one.digest: one.size for one in envelope.segments}
        missing = self.missing(list(sizes))
        done, total = sum(sizes.values()) - sum(sizes[one] for one in missing), max(1, sum(sizes.values()))
        for digest in missing:
            self._line.ask("PUT", f"/v1/segments/{digest}", (folder / digest).read_bytes())
            done += sizes[digest]
            percent(done * 100 // total)
        self.envelope(envelope)

    def envelope(self, envelope: Envelope) -> None:
        """The envelope alone, where the portal has its segments already."""
        body = envelope.encoded()
        answer = self._line.ask("PUT", "/v1/exams", body)
        try:
            receipt = ArrivalReceipt.decode(answer, self._line.receipts)
        except WireError as error:
            raise KioskError(FaultCode.PORTAL_REFUSED, "no receipt of this portal") from error
        if (receipt.exam, receipt.version, receipt.envelope) != (envelope.exam, envelope.version, digest_of(body)):
            raise KioskError(FaultCode.PORTAL_REFUSED, "a receipt for something else")


def _fault(content: bytes) -> str:
    """The kind that a refusal names, if it is a plain word."""
    try:
        word = str(json.loads(content)["fault"])
    except (ValueError, KeyError, TypeError):
        return ""
    return word if word.replace("-", "").isalpha() and len(word) < 40 else ""
