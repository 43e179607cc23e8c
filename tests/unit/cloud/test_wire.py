"""The wire: what is sealed opens only with its own key in its own place; what is signed is good once, for a minute."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.cloud.wire.envelope import Envelope, SealedFor, Segment, decode
from kiosk.cloud.wire.faults import WireError, WireFault
from kiosk.cloud.wire.keys import KeyBox, LinkSecret, seal, text_of
from kiosk.cloud.wire.objects import (
    ContentKey,
    Kind,
    Place,
    Spot,
    SubKeys,
    digest_of,
    open_object,
    seal_object,
    segmented,
)
from kiosk.cloud.wire.signing import Message, sign, verify

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
URL = "https://portal.example/v1/blobs/abc?x=1"


def fault_of(error: pytest.ExceptionInfo[WireError]) -> WireFault:
    return error.value.fault


# --- links -----------------------------------------------------------------------------------------------------------
def test_a_secret_gives_always_the_same_locator_and_pair_and_never_shows_itself() -> None:
    secret = LinkSecret(bytes(range(32)))
    again = LinkSecret.parse(secret.text)
    assert (again.locator, again.box.public) == (secret.locator, secret.box.public)
    assert secret.text not in repr(secret) + secret.locator
    assert LinkSecret.new().locator != LinkSecret.new().locator


def test_the_pair_of_a_secret_is_pinned_because_printed_links_live_for_years() -> None:
    secret = LinkSecret(bytes(range(32)))
    assert secret.locator == PINNED_LOCATOR
    assert digest_of(secret.box.public) == PINNED_PUBLIC


PINNED_LOCATOR = "f7fcbf648d818304d0d64b6041266c3cc7f4f1fe0836c9a7931ba696981307e2"
PINNED_PUBLIC = "8068dfdf1722133b71765a4686c56ced07d6fe403448f7d030a1fdbd27cf68c9"


@pytest.mark.parametrize("untrusted", ["", "A" * 42, "A" * 44, "A" * 42 + "=", "A" * 42 + "B", "ä" * 43])
def test_only_one_spelling_of_a_secret_is_taken(untrusted: str) -> None:
    with pytest.raises(WireError) as caught:
        LinkSecret.parse(untrusted)
    assert fault_of(caught) is WireFault.LINK_INVALID


def test_what_is_sealed_for_a_link_opens_only_with_its_secret_and_in_its_place() -> None:
    secret, keys = LinkSecret.new(), ContentKey.new().subs([Kind.MANIFEST, Kind.PICTURE])
    sealed = seal(secret.box.public, keys.packed(), "keys|exam|1")
    assert SubKeys.unpacked(secret.box.open(sealed, "keys|exam|1")) == keys
    wrong = ((LinkSecret.new().box, "keys|exam|1"), (secret.box, "keys|exam|2"), (KeyBox.new(), "keys|exam|1"))
    for box, context in wrong:
        with pytest.raises(WireError) as caught:
            box.open(sealed, context)
        assert fault_of(caught) is WireFault.SEAL_BROKEN
    with pytest.raises(WireError):
        seal(b"\x04" + bytes(64), b"x", "keys")


# --- objects ---------------------------------------------------------------------------------------------------------
def test_an_object_opens_only_in_its_place_and_sealing_is_repeatable() -> None:
    keys = ContentKey.new().subs()
    place = Place("exam", 1, Kind.FRAME, 7)
    sealed = seal_object(keys, place, b"pixels")
    assert sealed == seal_object(keys, place, b"pixels")
    assert open_object(keys, place, sealed) == b"pixels"
    elsewhere = [
        Place("other", 1, Kind.FRAME, 7),
        Place("exam", 2, Kind.FRAME, 7),
        Place("exam", 1, Kind.PICTURE, 7),
        Place("exam", 1, Kind.FRAME, 8),
    ]
    for wrong in elsewhere:
        with pytest.raises(WireError):
            open_object(keys, wrong, sealed)
    with pytest.raises(WireError):
        open_object(keys, place, sealed[:-1] + bytes([sealed[-1] ^ 1]))


def test_a_scope_holds_no_key_of_another_kind() -> None:
    content = ContentKey.new()
    sealed = seal_object(content.subs(), Place("exam", 1, Kind.FRAME, 0), b"pixels")
    with pytest.raises(WireError, match="no key for frame"):
        open_object(content.subs([Kind.MANIFEST, Kind.REPORT]), Place("exam", 1, Kind.FRAME, 0), sealed)
    with pytest.raises(WireError):
        SubKeys.unpacked(b"frame:" + bytes(31))
    with pytest.raises(WireError):
        SubKeys.unpacked(b"secret:" + bytes(32))


def test_segments_hold_every_object_in_order_and_none_is_over_its_size() -> None:
    sealed = [bytes([n]) * size for n, size in enumerate((10, 20, 30, 95, 5, 120, 1))]
    parts = list(segmented(sealed, most=100))
    assert [len(data) for data, _ in parts] == [60, 100, 120, 1]
    found = [parts[spot.segment][0][spot.offset : spot.offset + spot.size] for _, spots in parts for spot in spots]
    assert found == sealed
    assert list(segmented([])) == []


# --- envelope --------------------------------------------------------------------------------------------------------
def envelope() -> Envelope:
    return Envelope(
        "A" * 22,
        1,
        (Segment("0" * 64, 100), Segment("1" * 64, 50)),
        Spot(1, 10, 40),
        (SealedFor("2" * 64, "s" * 120),),
        "e" * 120,
    )


def test_an_envelope_comes_back_as_it_was() -> None:
    assert decode(envelope().encoded()) == envelope()
    assert envelope().size == 150


MUTATIONS: list[dict[str, object]] = [
    {"format": 2},
    {"exam": "../../etc/passwd00000x"},
    {"exam": 5},
    {"version": 0},
    {"version": True},
    {"version": 1.5},
    {"segments": []},
    {"segments": [["0" * 64, -1]]},
    {"segments": [["0" * 63, 1]]},
    {"segments": [["0" * 64, 1 << 40]]},
    {"segments": "00"},
    {"manifest": [2, 0, 40]},
    {"manifest": [1, 11, 40]},
    {"manifest": [1, 0]},
    {"manifest": [1, 0, 15]},
    {"links": [["2" * 64, "s" * 120], ["2" * 64, "t" * 120]]},
    {"links": [["2" * 64, "<script>" * 20]]},
    {"escrow": None},
    {"name": "张三丰"},
]


@pytest.mark.parametrize("change", MUTATIONS)
def test_an_envelope_that_lies_is_refused(change: dict[str, object]) -> None:
    tree = {**json.loads(envelope().encoded()), **change}
    with pytest.raises(WireError) as caught:
        decode(json.dumps(tree).encode())
    assert fault_of(caught) is WireFault.ENVELOPE_INVALID


@pytest.mark.parametrize("untrusted", [b"", b"null", b"[]", b"[" * 100_000, b"\xff\xfe", b'{"format":1}'])
def test_what_is_no_envelope_is_refused(untrusted: bytes) -> None:
    with pytest.raises(WireError):
        decode(untrusted)


# --- signatures ------------------------------------------------------------------------------------------------------
KEY = Ed25519PrivateKey.generate()
KEYS = {"publisher-1": KEY.public_key()}


def signed(body: bytes = b"body", now: datetime = NOW) -> Message:
    message = Message("PUT", URL)
    sign(message, body, "publisher-1", KEY, now)
    return message


def test_a_signed_request_says_whose_it_is_and_until_when() -> None:
    found = verify(signed(), b"body", KEYS, NOW + timedelta(seconds=30))
    assert found.key_id == "publisher-1"
    assert NOW < found.until <= NOW + timedelta(seconds=65)
    assert found.nonce != verify(signed(), b"body", KEYS, NOW).nonce


def test_nothing_of_a_signed_request_can_be_changed() -> None:
    message = signed()
    other_key = {"publisher-1": Ed25519PrivateKey.generate().public_key()}
    changed = [
        (Message("DELETE", URL, message.headers), b"body", KEYS),
        (Message("PUT", URL.replace("abc", "abd"), message.headers), b"body", KEYS),
        (Message("PUT", URL.replace("x=1", "x=2"), message.headers), b"body", KEYS),
        (Message("PUT", URL.replace("portal", "evil"), message.headers), b"body", KEYS),
        (message, b"Body", KEYS),
        (message, b"", KEYS),
        (message, b"body", other_key),
        (message, b"body", {}),
        (Message("PUT", URL), b"body", KEYS),
    ]
    for untrusted, body, keys in changed:
        with pytest.raises(WireError) as caught:
            verify(untrusted, body, keys, NOW)
        assert fault_of(caught) is WireFault.SIGNATURE_INVALID


@pytest.mark.parametrize("seconds", [-600, -6, 66, 600])
def test_case_93_a_request_of_another_minute_is_refused_as_old(seconds: int) -> None:
    with pytest.raises(WireError) as caught:
        verify(signed(), b"body", KEYS, NOW + timedelta(seconds=seconds))
    assert fault_of(caught) is WireFault.SIGNATURE_OLD


def test_text_is_url_safe() -> None:
    assert text_of(b"\xff\xfe\xfd") == "__79"
