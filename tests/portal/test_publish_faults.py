"""What goes wrong between archive and portal: nothing is lost, nothing there twice, nobody sees what is not theirs."""

from __future__ import annotations

import errno
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pydicom
import pytest

from kiosk.adapters.machine import durable
from kiosk.adapters.sql.engine.store import Store
from kiosk.cloud.portal.arrivals import Arrivals
from kiosk.cloud.portal.store.disk import DiskObjects
from kiosk.cloud.portal.store.segments import SegmentShelf
from kiosk.cloud.publisher import send
from kiosk.cloud.wire.keys import KeyBox
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.links import Publication
from tests.faults import publish_kills
from tests.support.documents import pdf
from tests.support.portal import Portal
from tests.support.publish_child import InProcess
from tests.support.publishing import Hospital1, manifest_of, opened
from tests.support.studies import ct_image, pdf_report

STUDY, SERIES = "1.2.3.50", "1.2.3.50.1"


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    (tmp_path / "portal").mkdir()
    with Portal(tmp_path / "portal") as running:
        yield running


@pytest.fixture
def hospital(tmp_path: Path, portal: Portal) -> Iterator[Hospital1]:
    made = Hospital1(tmp_path, portal, InProcess())  # type: ignore[arg-type]
    fill(made)
    yield made
    made.close()


def fill(own: Hospital1, status: str = "VERIFIED", version: int = 1) -> None:
    for number in (1, 2):
        own.put(f"ct{number}.dcm", ct_image(STUDY, SERIES, f"{SERIES}.{number}", number, side=32))
    report(own, status, version)


def report(own: Hospital1, status: str = "VERIFIED", version: int = 1) -> None:
    page = pdf(own.folder / "report.pdf", version).read_bytes()
    time = f"12000{version}"
    own.put(f"report{version}.dcm", pdf_report(STUDY, f"{STUDY}.9", f"{STUDY}.9.{version}", page,
                                               VerificationFlag=status, ContentTime=time))  # fmt: skip


def run(own: Hospital1) -> None:
    publisher = own.publisher()
    publisher.begin()
    publisher.tell_links()
    while publisher.once():
        pass


def state(own: Hospital1) -> Publication:
    (record,) = own.ledger.publications()
    return record.state


@pytest.mark.parametrize("point", ["half made", "packed", "in the midst of a segment", "at the portal"])
def test_a_killed_publisher_goes_on_where_it_was(point: str, tmp_path: Path) -> None:
    verdict = publish_kills.life_and_death(tmp_path, point)
    assert verdict.wrong == "" and verdict.twice <= 1


def test_case_61_clocks_an_hour_apart_change_nothing(hospital: Hospital1, portal: Portal) -> None:
    for hours in (1, -1):
        off = timedelta(hours=hours)
        link = hospital.link(STUDY, visit=f"v{hours}")
        hospital.client = send.PortalClient(hospital.line(lambda off=off: datetime.now(UTC) + off))  # type: ignore[misc]
        run(hospital)
        session = opened(portal, link)
        assert session is not None and len(session.exams) == 1, hours


def test_a_portal_that_is_away_gets_everything_once_it_is_back(hospital: Hospital1, portal: Portal) -> None:
    link = hospital.link(STUDY)
    portal.down()
    for _ in range(2):
        with pytest.raises(KioskError) as error:
            run(hospital)
        assert error.value.code is FaultCode.PORTAL_UNREACHABLE
    portal.up()
    run(hospital)
    session = opened(portal, link)
    assert session is not None and session.exams and state(hospital) is Publication.ONLINE


def test_a_portal_whose_disk_is_full_gets_the_rest_later(
    hospital: Hospital1, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    link, real, calls = hospital.link(STUDY), DiskObjects.put, [0]

    def full(self: DiskObjects, name: str, data: bytes) -> None:
        calls[0] += 1
        if calls[0] in (2, 3):
            raise KioskError(FaultCode.DISK_FULL, "object store: no space left")
        real(self, name, data)

    monkeypatch.setattr(DiskObjects, "put", full)
    for _ in range(2):
        with pytest.raises(KioskError):
            run(hospital)
        assert state(hospital) is Publication.FAILED and hospital.outbox.waiting
    run(hospital)
    session = opened(portal, link)
    assert session is not None and session.exams
    assert portal.sent_twice() == 0 and hospital.outbox.waiting == 0


def test_a_publisher_whose_disk_is_full_says_so_and_goes_on_later(
    hospital: Hospital1, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    link, real = hospital.link(STUDY), durable.put

    def full(target: Path, data: bytes) -> None:
        if "outbox" in str(target):
            raise OSError(errno.ENOSPC, "No space left on device")
        real(target, data)

    with monkeypatch.context() as patch:
        patch.setattr(durable, "put", full)
        publisher = hospital.publisher()
        publisher.begin()
        publisher.tell_links()
        assert publisher.once()
    (record,) = hospital.ledger.publications()
    assert (record.state, record.fault) == (Publication.FAILED, "disk-full")
    run(hospital)
    session = opened(portal, link)
    assert session is not None and session.exams


def test_a_database_that_fails_in_the_midst_leaves_the_exam_whole_or_away(
    hospital: Hospital1, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    link, real = hospital.link(STUDY), Arrivals.version

    def away(self: Arrivals, whose: str, untrusted: bytes) -> bytes:
        real(self, whose, untrusted)
        raise KioskError(FaultCode.STORE_UNAVAILABLE, "database went away before it could answer")

    with monkeypatch.context() as patch:
        patch.setattr(Arrivals, "version", away)
        with pytest.raises(KioskError):
            run(hospital)
    run(hospital)
    session = opened(portal, link)
    assert session is not None and len(session.exams) == 1 and portal.sent_twice() == 0


def test_two_publishers_share_the_work_and_never_a_study(tmp_path: Path, portal: Portal) -> None:
    box = KeyBox.new()
    own = [Hospital1(tmp_path, portal, InProcess(), name=name, box=box) for name in ("a", "b")]  # type: ignore[arg-type]
    fill(own[0])
    link = own[0].link(STUDY)
    first, second = (one.publisher() for one in own)
    assert own[0].ledger.lease("a", 60.0) is not None
    assert second.once() is False, "the other one has it"
    own[0].ledger.let_go(own[0].names.study(STUDY), "a")
    second.tell_links()
    assert second.once() and not first.once()
    assert own[0].ledger.begin_version(own[0].names.study(STUDY), "a", "x" * 22, "s") is None, "without a lease"
    session = opened(portal, link)
    assert session is not None and session.exams and portal.sent_twice() == 0
    for one in own:
        one.close()


def test_case_83_hostile_objects_are_left_out_and_the_rest_is_published(hospital: Hospital1, portal: Portal) -> None:
    good = ct_image(STUDY, SERIES, f"{SERIES}.7", 7, side=32)
    hospital.put("cut.dcm", good[: len(good) - 900].replace(f"{SERIES}.7".encode(), f"{SERIES}.8".encode()))
    bomb = pydicom.dcmread(io.BytesIO(ct_image(STUDY, SERIES, f"{SERIES}.9", 9, side=32)))
    bomb.Rows = 60_000
    bomb.save_as(hospital.folder / "archive/bomb.dcm")
    link = hospital.link(STUDY)
    run(hospital)
    session = opened(portal, link)
    assert session is not None
    manifest = manifest_of(portal, session)
    assert len(manifest.series[0].frames) == 3 and manifest.report is not None
    told = " · ".join(why for _, why in manifest.left_out)
    assert "60000 pixels" in told and "truncated" in told


def test_an_amended_report_is_a_new_version_and_the_old_one_is_gone(hospital: Hospital1, portal: Portal) -> None:
    link = hospital.link(STUDY)
    run(hospital)
    before = {name for name, _ in portal.objects.names()}
    assert before and SegmentShelf(portal.store).over(0.0) == []
    report(hospital, version=2)
    hospital.link(STUDY, visit="again")
    run(hospital)
    session = opened(portal, link)
    assert session is not None and session.exams[0].version == 2
    assert manifest_of(portal, session).report
    assert set(SegmentShelf(portal.store).over(0.0)) == before, "all of the old version goes with the next purge"


def test_an_exam_that_is_not_final_waits(hospital: Hospital1, portal: Portal) -> None:
    report(hospital, status="UNVERIFIED")
    link = hospital.link(STUDY)
    publisher = hospital.publisher()
    publisher.begin()
    publisher.tell_links()
    assert publisher.once()
    session = opened(portal, link)
    assert session is not None and session.exams == () and state(hospital) is Publication.QUEUED


def test_a_held_exam_is_taken_back_at_once(hospital: Hospital1, portal: Portal) -> None:
    link = hospital.link(STUDY)
    run(hospital)
    study = hospital.names.study(STUDY)
    hospital.ledger.hold(study, "look again", "nurse")
    (line,) = hospital.watch().reconcile()
    assert (line.what, line.done) == ("taken back: held", "withdrawn")
    session = opened(portal, link)
    assert session is not None and session.exams == () and list(portal.objects.names()) == []
    assert state(hospital) is Publication.WITHDRAWN


def test_what_the_portal_lost_is_found_by_the_reconciliation(hospital: Hospital1, portal: Portal) -> None:
    link = hospital.link(STUDY)
    run(hospital)
    assert hospital.watch().reconcile() == []
    _forget_a_segment(portal.store)
    (line,) = hospital.watch().reconcile()
    assert (line.what, line.done) == ("incomplete at the portal", "queued")
    run(hospital)
    session = opened(portal, link)
    assert session is not None and session.exams[0].version == 2


def _forget_a_segment(store: Store) -> None:
    from kiosk.cloud.portal.store.models import SegmentRow

    with store.write() as session:
        session.delete(session.query(SegmentRow).first())
