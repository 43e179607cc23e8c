"""What is asked ahead while the patient reads the list: after proof only, little, and gone with the visit."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kiosk.adapters.ris.archive_reports import ArchiveReports
from kiosk.config import FilmSettings, ReportSettings
from kiosk.domain.reasons import FilmPolicy
from kiosk.ports.archive import InstanceRef
from kiosk.services.machine.lanes import Cancelled
from kiosk.services.printing.documents import MOST_FORESEEN, Documents, PaperHead
from kiosk.session import events as on
from tests.support.paper import ANSWER, WANG, WRONG, PaperArchive, PaperRenderer, at_kiosk, exam
from tests.support.storyboard import Storyboard


@dataclass
class Asked(PaperArchive):
    """Notes whose instances are asked for; with `slow` an answer waits for it."""

    asked: list[str] = field(default_factory=list)
    slow: threading.Event | None = None

    def instances(self, study_uid: str, series_uid: str) -> list[InstanceRef]:
        self.asked.append(study_uid)
        if self.slow:
            assert self.slow.wait(60)
        return super().instances(study_uid, series_uid)


@pytest.fixture
def archive() -> Asked:
    return Asked([exam(WANG, "A0001", 1)])


@pytest.fixture
def person(archive: Asked, tmp_path: Path) -> Iterator[Storyboard]:
    with at_kiosk(tmp_path, archive) as made:
        yield made


def documents(archive: Asked, folder: Path, policy: FilmPolicy = FilmPolicy.SELF_SERVICE) -> Documents:
    renderer, film = PaperRenderer(folder / "paper"), FilmSettings(policy=policy)
    return Documents(archive, ArchiveReports(archive), renderer, ReportSettings(), film, PaperHead("H", "en"))


def film(made: Documents, archive: Asked, folder: Path) -> None:
    made.film(archive.held[0], "F1", "", folder, lambda *_: None, Cancelled())


def test_nothing_is_asked_before_proof_and_the_scanned_exam_after_it(archive: Asked, person: Storyboard) -> None:
    person.holds("A0001")
    person.sees("confirm")
    person.answers(WRONG)
    assert person.sees("confirm").body["wrong"]
    person.settles()
    assert archive.asked == []
    person.answers(ANSWER)
    person.sees("list", lambda v: not v.body["loading"])
    person.settles()
    assert archive.asked == ["2.25.1"]


def test_what_was_foreseen_is_not_asked_again_until_the_visit_is_wiped(archive: Asked, tmp_path: Path) -> None:
    made = documents(archive, tmp_path)
    made.foresee(archive.held, Cancelled())
    film(made, archive, tmp_path)
    assert archive.asked == ["2.25.1"]
    made.wipe()
    film(made, archive, tmp_path)
    assert archive.asked == ["2.25.1"] * 2


def test_an_answer_that_comes_after_the_wipe_is_kept_nowhere(archive: Asked, tmp_path: Path) -> None:
    made, archive.slow = documents(archive, tmp_path), threading.Event()
    asking = threading.Thread(target=made.foresee, args=(archive.held, Cancelled()))
    asking.start()
    made.wipe()
    archive.slow.set()
    asking.join(60)
    assert archive.asked == ["2.25.1"] and not made._foreseen


def test_it_ends_when_cancelled_and_asks_for_a_few_exams_only(archive: Asked, tmp_path: Path) -> None:
    many = [exam(WANG, f"A{number}", number) for number in range(1, 10)]
    documents(archive, tmp_path).foresee(many, Cancelled())
    assert archive.asked == [one.study_uid for one in many[:MOST_FORESEEN]]
    archive.asked.clear()
    over = Cancelled()
    over.set()
    documents(archive, tmp_path).foresee(many, over)
    documents(archive, tmp_path, FilmPolicy.NEVER).foresee(many, Cancelled())
    assert archive.asked == []


def test_leaving_forgets_it(archive: Asked, person: Storyboard) -> None:
    person.proves("A0001", ANSWER)
    person.settles()
    kept = person.application.services.documents
    assert kept._foreseen
    person.does(on.Finish())
    person.settles()
    assert not kept._foreseen
