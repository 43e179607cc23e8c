"""What is dead stays dead, and what lives goes on, also when the portal begins again or another phone comes by.

Numbers: faults.md.
"""

from __future__ import annotations

from pathlib import Path

from kiosk.bootstrap.cloud.portal_keys import PortalKeys
from tests.portal.test_sharing import Clock
from tests.support.cloud import HOSPITAL, PortalServer, SealedExam, exam_of, packaged
from tests.support.person import Person


def test_case_84_a_link_that_was_guessed_at_is_renewed_at_the_kiosk_and_no_other_suffers(
    server: PortalServer,
) -> None:
    dead, other, exam = server.link(), server.link(), exam_of([packaged()[2]])
    server.bring(exam, dead, other)
    for _ in range(5):
        assert not Person(server).answers(dead.text, "999999").ok
    assert not Person(server).answers(dead.text).ok, "nobody at a browser brings it back"
    assert Person(server).answers(other.text).ok
    fresh = server.link()  # as the kiosk does after a proof
    server.bring(exam_of([packaged()[2]], exam=exam.exam, version=2), dead, other, fresh)
    assert Person(server).answers(fresh.text).ok
    assert not Person(server).answers(dead.text).ok, "a new version of the exam is no new link"


def test_case_94_a_portal_that_begins_again_revives_nothing_and_goes_on_with_the_rest(
    tmp_path: Path, sealed: SealedExam
) -> None:
    clock, keys = Clock(), PortalKeys.fresh()
    with PortalServer(tmp_path, now=clock, keys=keys) as first:
        link = first.link()
        first.bring(sealed, link)
        person = Person(first)
        assert person.answers(link.text).ok
        share, cookies = person.shares(), person.browser.cookies
    clock.now += 299
    with PortalServer(tmp_path, now=clock, keys=keys) as second:
        going_on = Person(second)
        going_on.browser.cookies = cookies
        assert going_on.sees("/film"), "the patient's own session is in the store"
        clock.now += 2
        assert not Person(second).answers(share.secret, door="/s").ok
        assert going_on.sees("/film")


def test_case_94_deletion_catches_up_after_a_stop(tmp_path: Path, sealed: SealedExam) -> None:
    clock, keys = Clock(), PortalKeys.fresh()
    with PortalServer(tmp_path, now=clock, keys=keys, settings={"retention_days": 100}) as first:
        first.bring(sealed, first.link())
    clock.now += 101 * 86_400.0
    with PortalServer(tmp_path, now=clock, keys=keys, settings={"retention_days": 100}) as second:
        assert second.portal.retention.purge().exams == (sealed.exam,)
        assert list(second.portal.objects.names()) == []


def test_case_95_a_bystanders_phone_has_the_link_but_not_the_answer_and_the_hospital_hears_of_both(
    server: PortalServer, sealed: SealedExam
) -> None:
    link = server.link()
    server.bring(sealed, link)
    patient, bystander = Person(server), Person(server, agent="another phone")
    assert not bystander.answers(link.text, "123123").ok and not bystander.sees("/film")
    assert patient.answers(link.text).ok and patient.sees("/film")
    bystander.answers(link.text, "321321")
    assert patient.sees("/film"), "who is in stays in, whoever guesses"
    heard = [one.kind for one in server.portal.events.after(HOSPITAL, 0) if one.locator == link.locator]
    assert [kind for kind in heard if kind in ("answered", "refused")] == ["refused", "answered", "refused"]
