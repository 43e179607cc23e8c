"""What a visit leaves behind: nothing personal anywhere (cases 38, 39, 105, 106, 110)."""

from __future__ import annotations

import dataclasses
import gc
import io
import logging
import os
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kiosk import sample
from kiosk.bootstrap import code_event
from kiosk.cli.common import OneLine
from kiosk.domain.exam import Exam
from kiosk.domain.person.identity import IdentityFacts, Question
from kiosk.domain.reasons import FilmReason
from kiosk.ports.archive import StudyQuery
from kiosk.services.desk.log_book import csv_text
from kiosk.session import events as on
from kiosk.session import states as at
from tests.support.paper import WANG, WRONG, PaperArchive, at_kiosk, exam
from tests.support.storyboard import Storyboard

VISITS = 100
ORDER = (Question.ID_LAST_SIX, Question.BIRTH_DATE, Question.PHONE_LAST_FOUR, Question.ONE_TIME_CODE)


@pytest.fixture
def everything_logged() -> Iterator[io.StringIO]:
    """All log lines of all libraries, at DEBUG."""
    text, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(text), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield text
    root.setLevel(level)
    root.removeHandler(handler)


def canary(n: int) -> tuple[Exam, str]:
    """Patient n, whose every fact is found nowhere else, and the answer."""
    last = f"{7000 + n}9X"
    facts = IdentityFacts(f"PIDCANARY{n:03d}", f"金雀鸢丝{chr(0x4E00 + 37 * n)}", f"110105194912{last}".rjust(18, "1"),
                          date(1949, 12, 1 + n % 28), f"1395550{n:04d}")  # fmt: skip
    return exam(facts, f"ACCCANARY{n:03d}", 5000 + n), last


def secrets_of(one: Exam, answer: str) -> set[str]:
    facts = one.identity
    assert facts.birth_date
    return {facts.name, facts.patient_id, facts.national_id, facts.telephone, one.accession, answer, one.study_uid,
            f"{facts.birth_date:%Y%m%d}", f"{facts.birth_date:%Y-%m-%d}"}  # fmt: skip


def one_visit(person: Storyboard, one: Exam, answer: str, n: int) -> set[str]:
    """Visits differ; returns what else became secret on the way (link tokens)."""
    found: set[str] = set()
    code = (one.accession, one.identity.patient_id, f"https://h.example/slip?acc={one.accession}")[n % 3]
    person.holds(code)
    person.sees("confirm")
    if n % 5 == 0:
        person.answers(WRONG)
    if n % 7 == 0:
        person.does(on.AskOther(Question.ONE_TIME_CODE), on.AskOther(Question.ID_LAST_SIX))
    if n % 10 == 9:
        person.waits_too_long()
        person.waits_too_long()
        return found
    person.answers(answer)
    person.sees("list", lambda v: not v.body["loading"])
    if n % 4 == 0:
        person.does(on.Preview(one.study_uid))
        person.sees("preview", lambda v: not v.body["loading"])
        person.does(on.Back())
    if n % 3 == 0:
        person.does(on.ShowQr())
        person.sees("qr", lambda v: bool(v.body["matrix"]))
        assert isinstance(person.state, at.ShowingQr) and person.state.link
        found.add(person.state.link.url.rpartition("#")[2])
        person.does(on.Back())
    if n % 6 == 0:
        person.does(on.AskFilm(), on.ChooseReason(FilmReason.SURGERY), on.PrintFilm())
    else:
        person.does(on.PrintReports())
    person.sees("done")
    person.does(on.Finish())
    return found


def test_cases_38_39_105_a_hundred_visits_leave_nothing_personal(
    tmp_path: Path, everything_logged: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    patients = [canary(n) for n in range(VISITS)]
    archive = PaperArchive([one for one, _ in patients])
    secrets_: set[str] = set()
    identity = {"questions": ORDER, "per_kiosk": 1000}
    notifier = {"kind": "file", "path": tmp_path / "elsewhere" / "messages.txt"}
    (tmp_path / "elsewhere").mkdir()
    home = tmp_path / "kiosk"
    with at_kiosk(home, archive, identity=identity, notifier=notifier) as person:
        for n, (one, answer) in enumerate(patients):
            secrets_ |= secrets_of(one, answer) | one_visit(person, one, answer, n)
        person.does(code_event("金雀鸢丝：HOSTILE-CANARY", "QRCode", person.application.rules), on.Finish())
        person.settles()
        assert not list((home / "private").glob("*/*"))
        lanes = person.application.lanes
        assert not lanes._cancelled and not lanes._running and not lanes._afterwards, "nothing grows with the visits"
        exported = csv_text(person.audited()[::-1])
        assert person.application.adapters.ledger.verify() is None
        printed = len(person.printed())
    said = capfd.readouterr()
    kept = {str(file): file.read_bytes() for file in home.rglob("*") if file.is_file() and "paper" not in file.parts}
    assert printed >= 80 and len(kept) > printed
    places = {"logs": everything_logged.getvalue(), "output": said.out + said.err, "audit export": exported,
              "environment": str(dict(os.environ)), "names of files": "\n".join(kept)}  # fmt: skip
    assert len(places["logs"]) > 10_000
    for secret in {*secrets_, "金雀鸢丝", "PIDCANARY", "ACCCANARY", "HOSTILE-CANARY"}:
        hits = [place for place, text in places.items() if secret in text]
        hits += [file for file, data in kept.items() if secret.encode() in data or secret.encode("utf-16-le") in data]
        assert hits == [], f"{secret[:3]}…"


HOSTILE = ["a\r\nb", "a\x1b[2Jb", "%s%n", "\u202eevil", "x" * 1_000_000, "a\x00b", "\u2028line", "=cmd()"]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_case_106_one_event_one_line_escaped_and_bounded(text: str) -> None:
    record = logging.LogRecord("kiosk.audit", logging.INFO, "f", 1, "%s %s", (text, {"detail": text}), None)
    line = OneLine("%(levelname)s %(message)s").format(record)
    assert line.isprintable() and len(line) <= OneLine.longest
    assert "\u202e" not in line and "\x1b" not in line


def test_case_106_hostile_texts_reach_log_and_trail_escaped(tmp_path: Path) -> None:
    lines, root = io.StringIO(), logging.getLogger("kiosk")
    handler = logging.StreamHandler(lines)
    handler.setFormatter(OneLine("%(message)s"))
    root.addHandler(handler)
    level = root.level
    root.setLevel(logging.DEBUG)
    try:
        with at_kiosk(tmp_path, PaperArchive([exam(WANG)])) as person:
            for text in HOSTILE:
                person.does(code_event(text, "QRCode", person.application.rules))
                person.application.services.audit.record("code-refused", "refused", visit="v", what=text)
                person.settles()
            exported = csv_text(person.audited("code-refused"))
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
    assert all(line.isprintable() for line in lines.getvalue().split("\n"))
    cells = [cell for line in exported.splitlines() for cell in line.split(",")]
    assert not [cell for cell in cells if cell.lstrip('"').startswith("=")]


# --- abandoned -----------------------------------------------------------------------------------------------------
STOPS: dict[str, Callable[[Storyboard], Any]] = {
    "scanning": lambda p: p.does(on.Begin()),
    "verifying": lambda p: (p.holds("A0001"), p.sees("confirm")),
    "listing": lambda p: p.proves("A0001", "31002X"),
    "previewing": lambda p: (p.proves("A0001", "31002X"), p.does(on.Preview("2.25.1")),
                             p.sees("preview", lambda v: not v.body["loading"])),
    "film": lambda p: (p.proves("A0001", "31002X"), p.does(on.AskFilm())),
    "qr": lambda p: (p.proves("A0001", "31002X"), p.does(on.ShowQr()), p.sees("qr", lambda v: bool(v.body["matrix"]))),
    "done": lambda p: (p.proves("A0001", "31002X"), p.does(on.PrintReports()), p.sees("done")),
    "trouble": lambda p: (p.proves("A0001", "31002X"), p.faulty("report", "media-empty"), p.does(on.PrintReports()),
                          p.sees("trouble")),
    "staff": lambda p: (p.proves("A0001", "31002X"), p.does(on.StaffGesture()), p.sees("staff")),
}  # fmt: skip


def holders(name: str) -> list[object]:
    """Whatever in memory still names the person: values of the visit, or anything that holds the name's text."""
    gc.collect()
    found: list[object] = []
    for thing in gc.get_objects():
        if isinstance(thing, dict):
            texts: list[object] = list(thing.values())
        elif isinstance(thing, list | tuple | set | frozenset):
            texts = list(thing)
        elif dataclasses.is_dataclass(thing) and not isinstance(thing, type):
            texts = [getattr(thing, f.name, None) for f in dataclasses.fields(thing)]
        else:
            continue
        if any(isinstance(text, str) and name in text for text in texts):
            found.append(thing)
    return found


@pytest.mark.parametrize("stop", STOPS)
def test_case_110_abandoned_anywhere_nothing_is_left(tmp_path: Path, stop: str) -> None:
    name = f"欧阳{stop}".upper()

    def held(query: StudyQuery, _: list[Exam]) -> list[Exam]:
        """Made anew each time, so that the archive itself holds nobody."""
        facts = IdentityFacts("P0001", f"欧阳{stop}".upper(), "11010519491231002X")
        asked = (query.accession, query.patient_id, query.study_uid)
        return [exam(facts, "A0001", 1)] if set(asked) & {"A0001", "P0001", "2.25.1"} else []

    with at_kiosk(tmp_path, PaperArchive([], held)) as person:
        STOPS[stop](person)
        if stop not in ("scanning", "done", "staff"):
            assert holders(name), "the person is known while they are here"
        for _ in range(2):
            if person.view.screen != "attract":
                person.waits_too_long()
        person.sees("attract")
        person.settles()
        assert vars(person.state) == {}
        assert list((tmp_path / "private").glob("*/*")) == []
        person.seen.clear()
        person.told.clear()
        left = [type(thing).__name__ for thing in holders(name) if thing is not STOPS]
        assert left == []
        assert "visit-closed" in [event.kind for event in person.audited()]


def test_case_105_the_index_of_a_folder_archive_lies_beside_its_files_not_in_the_kiosks_state(
    storyboard: Callable[..., Storyboard], hospital: Path
) -> None:
    person = storyboard()
    slip = next(one for one in sample.cards(hospital) if one.picture.stem == "wang-ct")
    person.proves(slip.code, slip.answer)
    state = person.settings.kiosk.state_dir
    assert not [file for file in state.rglob("*") if file.is_file() and "王秀英".encode() in file.read_bytes()]
    index = person.settings.archive.path.with_name(".archive.index") / "folder-index.json"
    assert index.stat().st_mode & 0o077 == 0
