"""Identity as the visitor sees it: uniform words, one-time codes, collisions, lying archives, hostile payloads."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from kiosk.bootstrap import code_event
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.person.identity import IdentityFacts, Question
from kiosk.domain.reasons import FilmReason
from kiosk.ports.archive import StudyQuery
from kiosk.session import events as on
from kiosk.session import states as at
from kiosk.session.screens.view import View
from tests.support.paper import ANSWER, LI, NAME, NATIONAL, TELEPHONE, WANG, WRONG, ZHANG, PaperArchive, at_kiosk, exam
from tests.support.shared_data import national_id_vectors, photographs
from tests.support.storyboard import Storyboard

BLANK = IdentityFacts("P0009", "无名氏")
CODES = {"card": "A0001", "baby": "A0002", "nothing on file": "A0009", "nobody": "A7777"}


@pytest.fixture
def archive() -> PaperArchive:
    return PaperArchive([exam(WANG, "A0001", 1), exam(LI, "A0002", 2), exam(BLANK, "A0009", 9)])


@pytest.fixture
def person(archive: PaperArchive, tmp_path: Path) -> Iterator[Storyboard]:
    with at_kiosk(tmp_path, archive) as made:
        yield made


def shape(view: View) -> object:
    """What of a view could tell people apart: everything but which question stands."""
    told = view.plain()
    offered = {told["body"]["question"], *(a["value"] for a in told["body"]["others"])}
    own = {"question", "length", "groups", "keys", "others", "others_title"}
    body = {key: value for key, value in told["body"].items() if key not in own}
    buttons = (told["secondary"], told["primary"])
    return (told["screen"], told["step"], buttons, body, sorted(offered), sorted(told["body"]))


def test_known_and_unknown_numbers_are_asked_and_refused_in_the_same_words(person: Storyboard) -> None:
    seen = {}
    for name, code in CODES.items():
        person.holds(code)
        person.sees("confirm")
        screens = [shape(person.view)]
        for _ in range(4):
            person.answers(WRONG)
            screens.append(shape(person.view))
        person.answers(WRONG)
        view = person.sees("trouble")
        seen[name] = [*screens, view.headline, view.body, view.secondary]
        person.does(on.Finish())
        person.holds(code)
        again = person.sees("trouble")
        seen[name] += [again.headline, again.body]
        person.does(on.Finish())
    assert all(screens == seen["card"] for screens in seen.values())


def test_unknown_numbers_are_always_asked_alike_and_some_like_a_baby(archive: PaperArchive, tmp_path: Path) -> None:
    asked: dict[str, list[str]] = {}
    for home in (tmp_path / "today", tmp_path / "tomorrow"):
        home.mkdir()
        (home / "state").mkdir(mode=0o700)
        (home / "state" / "pseudonym.key").write_text("ab" * 32)
        with at_kiosk(home, archive, identity={"decoy_percent": 30}) as person:
            for n in range(40):
                person.holds(f"NOBODY{n}")
                asked.setdefault(f"NOBODY{n}", []).append(person.sees("confirm").body["question"])
                person.does(on.Finish())
    assert all(first == second for first, second in asked.values())
    assert {first for first, _ in asked.values()} == {"id-last-six", "birth-date"}


def test_the_wait_is_kept_by_the_kiosk_not_by_the_screen(person: Storyboard) -> None:
    person.holds(CODES["card"])
    person.sees("confirm")
    person.answers(WRONG)
    person.answers(WRONG)
    assert person.view.body["wait_s"] == 2 and person.view.body["wait"] == "请稍等 {seconds} 秒再试"
    person.does(on.Answer(ANSWER))
    view = person.sees("confirm", lambda v: not v.body["checking"])
    assert view.body["wrong"] == "" and view.body["wait_s"] > 0
    assert isinstance(person.engine.state, at.Verifying) and person.engine.state.tries_left == 3
    person.answers(ANSWER)
    person.sees("list")


# --- one-time codes ------------------------------------------------------------------------------------------------
ORDER = {"questions": (Question.ID_LAST_SIX, Question.BIRTH_DATE, Question.ONE_TIME_CODE)}


def sent(person: Storyboard) -> list[str]:
    file = person.home / "messages.txt"
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def test_a_one_time_code_comes_by_message_and_opens_the_list(archive: PaperArchive, tmp_path: Path) -> None:
    with at_kiosk(tmp_path, archive, identity=ORDER, notifier={"kind": "file"}) as person:
        person.holds(CODES["card"])
        person.sees("confirm")
        person.does(on.AskOther(Question.ONE_TIME_CODE))
        view = person.view
        assert view.headline == "请输入短信验证码" and view.body["length"] == 6
        person.settles()
        (line,) = sent(person)
        assert line.startswith(TELEPHONE)
        code = re.findall(r"\d{6}", line.split("\t")[1])[0]
        person.answers(code)
        person.sees("list")


def test_a_code_is_too_late_after_five_minutes(archive: PaperArchive, tmp_path: Path) -> None:
    with at_kiosk(tmp_path, archive, identity=ORDER, notifier={"kind": "file"}) as person:
        person.holds(CODES["card"])
        person.sees("confirm")
        person.does(on.AskOther(Question.ONE_TIME_CODE))
        person.settles()
        person.clock.passed += 301
        person.answers(re.findall(r"\d{6}", sent(person)[0].split("\t")[1])[0])
        assert person.view.body["wrong"]


def test_nobody_is_told_whether_a_code_was_sent(archive: PaperArchive, tmp_path: Path) -> None:
    with at_kiosk(tmp_path, archive, identity=ORDER, notifier={"kind": "file"}) as person:
        seen = []
        for name in ("card", "baby", "nobody"):
            person.holds(CODES[name])
            person.sees("confirm")
            person.does(on.AskOther(Question.ONE_TIME_CODE))
            person.settles()
            person.answers(WRONG)
            seen.append((person.view.headline, person.view.sub, shape(person.view)))
            person.does(on.Finish())
        assert seen[0] == seen[1] == seen[2]
        assert len(sent(person)) == 1
        assert "已发送" not in seen[0][1], "what may not have happened is not claimed"


def test_a_message_file_that_cannot_be_written_is_told_to_nobody(archive: PaperArchive, tmp_path: Path) -> None:
    notifier = {"kind": "file", "path": Path("no/such/folder/messages.txt")}
    with at_kiosk(tmp_path, archive, identity=ORDER, notifier=notifier) as person:
        person.holds(CODES["card"])
        person.sees("confirm")
        person.does(on.AskOther(Question.ONE_TIME_CODE))
        person.settles()
        assert person.sees("confirm").body["question"] == "one-time-code"
        assert person.audited("code-sent")[0].outcome == "failed"


def test_without_a_way_to_send_no_code_is_offered(archive: PaperArchive, tmp_path: Path) -> None:
    with at_kiosk(tmp_path, archive, identity=ORDER) as person:
        person.holds(CODES["card"])
        view = person.sees("confirm")
        assert [a.value for a in view.body["others"]] == ["birth-date"]
        person.does(on.AskOther(Question.ONE_TIME_CODE))
        assert person.view.body["question"] == "id-last-six"
    only = {"questions": (Question.ONE_TIME_CODE,)}
    with pytest.raises(KioskError) as refused, at_kiosk(tmp_path / "other", archive, identity=only):
        pass
    assert refused.value.code is FaultCode.CONFIG_INVALID


# --- archives that answer with other people ------------------------------------------------------------------------
def test_case_12_nothing_on_file_for_a_proven_patient_is_said(archive: PaperArchive, person: Storyboard) -> None:
    archive.lie = lambda query, found: [] if query.patient_id else found
    person.holds(CODES["card"])
    person.sees("confirm")
    person.answers(ANSWER)
    view = person.sees("trouble")
    assert view.headline == "没有找到检查"


def test_case_13_ten_thousand_exams_become_a_page(archive: PaperArchive, person: Storyboard) -> None:
    archive.held += [exam(WANG, f"B{n:05d}", 100 + n) for n in range(10_000)]
    person.proves(CODES["card"], ANSWER)
    assert len(person.view.body["cards"]) == 50


def test_case_14_other_patients_exams_are_dropped_and_alarmed(archive: PaperArchive, person: Storyboard) -> None:
    archive.lie = lambda query, found: [*found, exam(ZHANG, "A0003", 3)] if query.patient_id else found
    person.proves(CODES["card"], ANSWER)
    assert len(person.view.body["cards"]) == 1 and not person.view.body["notice"]
    (alarm,) = person.audited("foreign-object")
    assert (alarm.outcome, alarm.details["dropped"]) == ("alarm", 1)
    assert (alarm.details["accession"], alarm.details["study"]) == ("A0003", "2.25.3")
    person.does(on.PrintReports())
    person.sees("done")
    assert len(person.printed()) == 1


def test_case_14_somebody_elses_exam_for_a_number_is_nobodys(archive: PaperArchive, person: Storyboard) -> None:
    archive.lie = lambda query, found: found or [exam(ZHANG, "A0003", 3)]
    person.holds("A7777")
    person.sees("confirm")
    state = person.state
    assert isinstance(state, at.Verifying) and state.candidate.facts is None
    (alarm,) = person.audited("foreign-object")
    assert (alarm.outcome, alarm.details["accession"], alarm.details["study"]) == ("alarm", "A0003", "2.25.3")


def test_case_14_a_stray_object_in_the_scanned_exam_locks_nobody_out(
    archive: PaperArchive, person: Storyboard, caplog: pytest.LogCaptureFixture
) -> None:
    """One slice of the study was sent under another patient's number, with the slip's own accession number."""
    caplog.set_level(logging.DEBUG)
    own = archive.held[0]
    stray = replace(exam(ZHANG, "A0001", 1), reports=(), series=(replace(own.series[0], images=1),))
    for held in ([stray, own], [own, stray]):
        archive.held = held
        person.proves(CODES["card"], ANSWER)
        assert len(person.view.body["cards"]) == 1 and not person.view.body["notice"]
        person.does(on.Finish())
    person.proves(CODES["card"], ANSWER)
    person.does(on.PrintReports())
    person.sees("done")
    (alarm,) = person.audited("foreign-object")
    assert (alarm.details["accession"], alarm.details["study"]) == ("A0001", own.study_uid)
    assert own.study_uid not in caplog.text and "A0001" not in caplog.text


def test_case_16_halves_of_a_study_are_nobodys_until_staff_have_looked(
    archive: PaperArchive, person: Storyboard
) -> None:
    archive.held.append(exam(ZHANG, "A0001", 1))
    person.holds(CODES["card"])
    person.sees("confirm")
    person.answers(ANSWER)
    assert person.sees("trouble").headline == "您的登记信息需要工作人员核对"


def test_case_15_an_image_that_is_withheld_is_counted_on_the_film(archive: PaperArchive, person: Storyboard) -> None:
    fetch = archive.fetch
    archive.fetch = lambda refs, **how: (one for one in fetch(refs, **how) if one[0].number != 2)  # type: ignore[method-assign]
    person.proves(CODES["card"], ANSWER)
    person.does(on.AskFilm(), on.ChooseReason(FilmReason.SURGERY), on.PrintFilm())
    person.sees("done")
    (made,) = person.audited("film-made")
    assert made.details["placed"] == 3, "two images, and nothing in the place of the third"


def test_case_14_the_same_exam_twice_is_listed_once(archive: PaperArchive, person: Storyboard) -> None:
    archive.lie = lambda query, found: found * 3
    person.proves(CODES["card"], ANSWER)
    assert len(person.view.body["cards"]) == 1


def test_case_15_an_exam_of_somebody_else_just_before_printing(archive: PaperArchive, person: Storyboard) -> None:
    person.proves(CODES["card"], ANSWER)
    archive.held[0] = replace(archive.held[0], identity=replace(ZHANG, patient_id=WANG.patient_id))
    person.does(on.PrintReports())
    view = person.sees("trouble")
    assert "与您的信息不符" in view.headline and "没有打印" in view.body["next"]
    (event,) = person.audited("document-missing")
    assert (event.outcome, event.details["fault"]) == ("alarm", "wrong-patient")
    assert not person.printed() and not [a for a in view.secondary if a.id == "retry"]


OTHERS = [replace(WANG, name="王秀兰"), replace(WANG, birth_date=date(1950, 1, 1))]


@pytest.mark.parametrize("other", OTHERS, ids=["name", "birth date"])
def test_case_16_one_number_two_people_is_not_merged_and_explained(
    archive: PaperArchive, person: Storyboard, other: IdentityFacts
) -> None:
    archive.held.append(exam(other, "A0005", 5))
    person.proves(CODES["card"], ANSWER)
    assert len(person.view.body["cards"]) == 1
    assert "3 号窗口" in person.view.body["notice"]
    assert other.name == NAME or other.name not in str(person.view.plain())
    (event,) = person.audited("patient-collision")
    assert (event.outcome, event.details["dropped"]) == ("alarm", 1)


@pytest.mark.parametrize("other", OTHERS, ids=["name", "birth date"])
def test_case_16_a_code_of_two_people_is_handed_to_staff(
    archive: PaperArchive, person: Storyboard, other: IdentityFacts
) -> None:
    archive.held.append(exam(other, "A0001", 5))
    person.holds(CODES["card"])
    person.sees("confirm")
    person.answers(ANSWER)
    view = person.sees("trouble")
    assert view.headline == "您的登记信息需要工作人员核对" and "证件" in view.body["next"]
    assert [event.outcome for event in person.audited("identity-right")] == ["alarm"]
    assert not [a for a in view.secondary if a.id in ("retry", "show-qr")]


def test_case_16_nothing_of_the_other_person_proves_the_first(archive: PaperArchive, person: Storyboard) -> None:
    archive.held[0] = exam(IdentityFacts("P0001", NAME, ""), "A0001", 1)
    archive.held.append(exam(IdentityFacts("P0001", "王秀兰", NATIONAL, telephone=TELEPHONE), "A0001", 5))
    person.holds("A0001")
    person.sees("confirm")
    person.answers(ANSWER)
    assert person.view.body["wrong"]


def test_a_second_code_ends_the_visit_before_anything_is_asked(archive: PaperArchive, person: Storyboard) -> None:
    person.proves(CODES["card"], ANSWER)
    room = person.home / "private"
    person.does(on.Preview(archive.held[0].study_uid))
    person.sees("preview", lambda v: not v.body["loading"])
    assert list(room.glob("*/*"))
    person.holds(CODES["baby"])
    assert NAME not in str(person.view.plain())
    view = person.sees("confirm")
    assert "王" not in str(view.plain())
    person.settles()
    assert not list(room.glob("*/*"))
    assert person.audited("visit-closed")[0].details["ended"] == "interrupted"


# --- payloads ------------------------------------------------------------------------------------------------------
HOSTILE = [
    "*", "A*", "A?001", "A\\B", "A0001\\P0001", "A0001\r\nX", "' OR 1=1--", "A'; DROP TABLE sheets;--",
    "<script>alert(1)</script>", "../../etc/passwd", "file:///etc/passwd", "%s%n%x", "\x1b[2J", "\u202eA0001",
    "WIFI:T:WPA;S:x;P:y;;", "javascript:alert(1)", "A" * 1200, "ADMIN:unlock", "{{7*7}}", "$(reboot)", "`id`",
    "A0001\x00", "\x1d01A0001", "\x1bA", "\x11\x12", "张三", "１１０",
    "http://evil.example/?u=*", "", " ", "..", "----",
    "11010519491231002Y", "110105194912310021",
]  # fmt: skip


def test_cases_47_49_50_hostile_payloads_ask_nobody(archive: PaperArchive, person: Storyboard) -> None:
    shared = [p.expected for p in photographs() if p.malicious and p.expected]
    wrong_ids = [number for number, verdict, _ in national_id_vectors() if verdict == "invalid"]
    asked = archive.calls
    for payload in (*HOSTILE, *shared):
        person.does(code_event(payload, "QRCode", person.application.rules))
        if person.view.screen == "scan" and person.view.body["problem"]:
            assert payload[:8] not in str(person.view.plain()) or len(payload) < 4
        person.settles()
    assert archive.calls == asked, "no query"
    for number in wrong_ids:
        claim = person.application.rules.parse(number)
        assert claim is None or claim.kind != "national-id"
    assert person.view.screen in ("scan", "staff")


def test_case_48_typed_numbers_are_forgiven_their_width(archive: PaperArchive, person: Storyboard) -> None:
    claim = person.application.rules.parse_typed("Ａ０００１ ")
    person.does(on.Begin(), on.CodePresented(claim, typed=True))
    person.sees("confirm")
    assert archive.queries[0] == StudyQuery(accession="A0001")


def test_case_46_two_slips_in_view_give_a_hint_and_no_visit(archive: PaperArchive, person: Storyboard) -> None:
    asked = archive.calls
    person.does(on.Begin(), on.HintSeen("two-codes"))
    assert person.view.body["hint"] == "一次只放一张"
    assert archive.calls == asked
