"""A publisher's requests to a real portal over HTTP: signed, once, whole; replayed, forged or cut ones are refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.cloud.portal.store.exams import ExamShelf
from kiosk.cloud.wire.checks import Checks
from kiosk.cloud.wire.envelope import Envelope, SealedFor, Segment
from kiosk.cloud.wire.faults import WireError
from kiosk.cloud.wire.keys import LinkSecret, seal, text_of
from kiosk.cloud.wire.messages import Announcement, ArrivalReceipt
from kiosk.cloud.wire.objects import ContentKey, Kind, Place, digest_of, open_object, seal_object, segmented
from kiosk.domain.person.identity import Question
from tests.support.portal import Portal

LONG = 4_102_444_800.0
ASKED, ANSWER = Question.ID_LAST_SIX, "31002X"


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    with Portal(tmp_path) as running:
        yield running


@dataclass
class Bundle:
    """An exam as a publisher makes it: two segments and the envelope for one link."""

    secret: LinkSecret = field(default_factory=LinkSecret.new)
    exam: str = "E" * 22

    def __post_init__(self) -> None:
        self.keys = ContentKey.new().subs([Kind.MANIFEST, Kind.FRAME])
        plains = [(Kind.MANIFEST, b"manifest"), (Kind.FRAME, b"p" * 900), (Kind.FRAME, b"q" * 900)]
        sealed = [seal_object(self.keys, Place(self.exam, 1, kind, n), data) for n, (kind, data) in enumerate(plains)]
        parts = list(segmented(sealed, most=1000))
        self.segments = {digest_of(data): data for data, _ in parts}
        sealed_keys = text_of(seal(self.secret.box.public, self.keys.packed(), f"keys|{self.exam}|1"))
        segments = tuple(Segment(digest, len(data)) for digest, data in self.segments.items())
        links = (SealedFor(self.secret.locator, sealed_keys),)
        self.envelope = Envelope(self.exam, 1, segments, parts[0][1][0], links, "e" * 120)

    def announcement(self, portal: Portal) -> bytes:
        checks = Checks.of({ASKED: ANSWER}).packed()
        return Announcement(self.secret.locator, LONG, checks).encoded(portal.identity.box.public)

    def send(self, portal: Portal) -> requests.Response:
        assert portal.ask("PUT", "/v1/links", self.announcement(portal)).status_code == 201
        asked = json.dumps({"digests": list(self.segments)}).encode()
        for digest in portal.ask("POST", "/v1/segments/missing", asked).json()["missing"]:
            assert portal.ask("PUT", f"/v1/segments/{digest}", self.segments[digest]).status_code == 204
        return portal.ask("PUT", "/v1/exams", self.envelope.encoded())


def test_what_a_publisher_brings_opens_on_the_phone_and_has_a_signed_receipt(portal: Portal) -> None:
    bundle = Bundle()
    answer = bundle.send(portal)
    receipt = ArrivalReceipt.decode(answer.content, portal.identity.signer.public_key())
    assert (receipt.exam, receipt.version) == (bundle.exam, 1)
    assert receipt.envelope == digest_of(bundle.envelope.encoded())
    opened = portal.gate.answer(bundle.secret.text, ASKED, ANSWER, "x")
    assert opened is not None
    session = portal.gate.session(opened.cookie)
    assert session is not None
    (exam,) = session.exams
    kept = ExamShelf(portal.store).envelope(exam.exam)
    assert kept == bundle.envelope
    spot = kept.manifest
    data = portal.objects.get(kept.segments[spot.segment].digest, spot.offset, spot.size)
    assert open_object(exam.keys, Place(exam.exam, 1, Kind.MANIFEST, 0), data) == b"manifest"


def test_a_receipt_cannot_be_forged(portal: Portal) -> None:
    forged = ArrivalReceipt("E" * 22, 1, "0" * 64, 1.0).signed(Ed25519PrivateKey.generate())
    for untrusted in (forged, b"", b"[]", b"{}", forged.replace(b"E", b"F")):
        with pytest.raises(WireError):
            ArrivalReceipt.decode(untrusted, portal.identity.signer.public_key())


def test_nothing_is_sent_twice(portal: Portal) -> None:
    bundle = Bundle()
    assert bundle.send(portal).ok
    asked = json.dumps({"digests": list(bundle.segments)}).encode()
    assert portal.ask("POST", "/v1/segments/missing", asked).json() == {"missing": []}
    assert portal.ask("PUT", "/v1/links", bundle.announcement(portal)).status_code == 200
    assert portal.ask("PUT", "/v1/exams", bundle.envelope.encoded()).ok


def test_an_exam_whose_segments_are_not_all_there_is_refused_whole(portal: Portal) -> None:
    bundle = Bundle()
    assert portal.ask("PUT", "/v1/links", bundle.announcement(portal)).ok
    assert portal.ask("PUT", "/v1/exams", bundle.envelope.encoded()).status_code == 422
    opened = portal.gate.answer(bundle.secret.text, ASKED, ANSWER, "x")
    assert opened is not None
    session = portal.gate.session(opened.cookie)
    assert session is not None and session.exams == ()


def test_case_93_replayed_forged_old_or_changed_requests_are_refused(portal: Portal) -> None:
    body = b"segment"
    path = f"/v1/segments/{digest_of(body)}"
    good = portal.signed("PUT", path, body)
    old = portal.signed("PUT", path, body, datetime.now(UTC) - timedelta(minutes=10))

    def status(headers: dict[str, str], sent: bytes = body, method: str = "PUT", to: str = path) -> int:
        return requests.request(method, portal.origin + to, data=sent, headers=headers, timeout=30).status_code

    assert status(good, b"another") == 401
    assert status(good, to="/v1/segments/" + "0" * 64) == 401
    assert status(old) == 401
    assert status({}) == 401
    assert list(portal.objects.names()) == []
    assert status(good) == 204
    assert status(good) == 409, "the same request again"


def test_a_segment_that_is_not_what_its_name_says_is_not_kept(portal: Portal) -> None:
    assert portal.ask("PUT", "/v1/segments/" + "0" * 64, b"segment").status_code == 422
    assert list(portal.objects.names()) == []


def test_a_withdrawn_exam_is_gone_from_sessions_and_store(portal: Portal) -> None:
    bundle = Bundle()
    bundle.send(portal)
    opened = portal.gate.answer(bundle.secret.text, ASKED, ANSWER, "x")
    assert opened is not None
    assert portal.ask("DELETE", f"/v1/exams/{bundle.exam}").json() == {"deleted": len(bundle.segments)}
    assert portal.gate.session(opened.cookie) is None
    assert list(portal.objects.names()) == []
    assert portal.ask("DELETE", f"/v1/exams/{bundle.exam}").json() == {"deleted": 0}


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'{"digests": 5}', b'{"digests": ["../x"]}', b"[" * 9999])
def test_nonsense_has_a_plain_answer(portal: Portal, body: bytes) -> None:
    for method, path in (("POST", "/v1/segments/missing"), ("PUT", "/v1/links"), ("PUT", "/v1/exams")):
        assert portal.ask(method, path, body).status_code == 422
