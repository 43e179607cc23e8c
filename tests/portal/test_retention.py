"""What is over goes, keys first; what is left is proved by a signed listing; what a kill left behind is found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from kiosk.cloud.portal.retention import DAY_S, UPLOAD_S, proved
from kiosk.cloud.portal.store.models import LinkExamRow, PortalLinkRow
from kiosk.cloud.wire.faults import WireError
from kiosk.cloud.wire.objects import digest_of
from tests.support.cloud import HOSPITAL, PortalServer, SealedExam, exam_of, packaged
from tests.support.person import Person


class Days:
    """The portal's clock."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def days() -> Days:
    return Days()


@pytest.fixture
def kept(tmp_path: Path, days: Days) -> Iterator[PortalServer]:
    with PortalServer(tmp_path, settings={"retention_days": 100}, now=days) as running:
        yield running


def names(server: PortalServer) -> set[str]:
    return {name for name, _ in server.portal.objects.names()}


def test_an_exam_older_than_its_time_is_gone_with_its_keys_and_objects(
    kept: PortalServer, sealed: SealedExam, days: Days
) -> None:
    link = kept.link()
    kept.bring(sealed, link)
    days.now += 101 * DAY_S
    person = Person(kept)
    assert person.answers(link.text).ok and person.sees("/report")
    report = kept.portal.retention.purge()
    assert report.exams == (sealed.exam,) and report.objects == len(sealed.segments)
    assert not person.sees("/report") and names(kept) == set()
    with kept.portal.store.read() as session:
        assert list(session.scalars(select(LinkExamRow))) == []
    assert [one.kind for one in kept.portal.events.after(HOSPITAL, 0)][-1] == "deleted"


def test_the_proof_lists_what_is_left_and_cannot_be_changed(kept: PortalServer, sealed: SealedExam) -> None:
    kept.bring(sealed, kept.link())
    key = Ed25519PrivateKey.generate()
    proof = kept.portal.retention.purge().signed(key, kept.portal.retention.names())
    assert proved(proof, key.public_key())["listing"] == sorted(sealed.segments)
    for untrusted in (proof.replace("listing", "listinG"), "", "[]", proof[:-20]):
        with pytest.raises(WireError):
            proved(untrusted, key.public_key())
    with pytest.raises(WireError):
        proved(proof, Ed25519PrivateKey.generate().public_key())


def test_a_link_that_is_over_loses_what_opens_it(kept: PortalServer, sealed: SealedExam, days: Days) -> None:
    link = kept.link(expires=days.now + DAY_S)
    kept.bring(sealed, link)
    days.now += DAY_S + 1
    assert kept.portal.retention.purge().links == 1
    with kept.portal.store.read() as session:
        row = session.get(PortalLinkRow, link.locator)
        assert row is not None and row.share is None and row.checks is None


def test_a_new_version_frees_the_old_ones_objects(kept: PortalServer, sealed: SealedExam) -> None:
    link = kept.link()
    kept.bring(sealed, link)
    amended = exam_of([packaged()[2]], exam=sealed.exam, version=2)
    kept.bring(amended, link)
    kept.portal.retention.purge()
    assert names(kept) == set(amended.segments)
    person = Person(kept)
    person.answers(link.text)
    assert person.sees(f"/exams/{sealed.exam}/pictures/0")


def test_a_running_session_goes_on_with_the_new_version(kept: PortalServer, sealed: SealedExam) -> None:
    link = kept.link()
    kept.bring(sealed, link)
    person = Person(kept)
    person.answers(link.text)
    kept.bring(exam_of([packaged()[2]], exam=sealed.exam, version=2), link)
    assert not person.sees(f"/exams/{sealed.exam}/pictures/0"), "of a version that counts no longer"
    assert person.sees("/film") and person.sees(f"/exams/{sealed.exam}/pictures/0")


def test_what_a_kill_left_behind_is_found_and_what_is_on_its_way_is_let_be(
    kept: PortalServer, sealed: SealedExam, days: Days
) -> None:
    left, coming = b"left behind", b"on its way"
    kept.portal.objects.put(digest_of(left), left)
    kept.portal.arrivals.segment(digest_of(coming), coming)
    kept.bring(sealed, kept.link())
    kept.portal.retention.purge()
    assert names(kept) == {digest_of(coming), *sealed.segments}
    days.now += UPLOAD_S + 1
    kept.portal.retention.purge()
    assert names(kept) == set(sealed.segments)


def test_what_was_taken_back_does_not_come_back_by_what_was_still_on_its_way(
    kept: PortalServer, sealed: SealedExam
) -> None:
    link = kept.link()
    kept.bring(sealed, link)
    assert kept.portal.arrivals.withdraw(HOSPITAL, sealed.exam) == len(sealed.segments)
    with pytest.raises(WireError):
        kept.bring(sealed, link)
    assert names(kept) <= set(sealed.segments), "the publisher sends it again for nothing"
    person = Person(kept)
    assert person.answers(link.text).ok
    assert 'data-stage="waiting"' in person.get("/film").text


def test_a_purge_that_is_cut_off_in_the_middle_is_finished_by_the_next(
    kept: PortalServer, sealed: SealedExam, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.bring(sealed, kept.link())
    whole, counted = kept.portal.objects.delete, list[str]()

    def cut(name: str) -> None:
        counted.append(name)
        if len(counted) == 2:
            raise KeyboardInterrupt
        whole(name)

    monkeypatch.setattr(kept.portal.objects, "delete", cut)
    with pytest.raises(KeyboardInterrupt):
        kept.portal.arrivals.withdraw(HOSPITAL, sealed.exam)
    assert kept.portal.retention.purge().objects >= 1
    assert names(kept) == set()
