"""The person's path, as storyboards on the real engine, services and embedded adapters."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import psutil
import pypdfium2
import pytest

from kiosk.domain.desk import request
from kiosk.domain.faults import FaultCode
from kiosk.domain.reasons import FilmReason
from kiosk.session import events as on
from kiosk.session import states as at
from tests.support.storyboard import Storyboard

Make = Callable[..., Storyboard]


@pytest.fixture(scope="session")
def slips(hospital: Path) -> dict[str, dict[str, str]]:
    made = json.loads((hospital / "hospital.json").read_text(encoding="utf-8"))
    return {slip["key"]: slip for slip in made["slips"]}


def words(pdf: Path) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return "\n".join(page.get_textpage().get_text_range() for page in document)


def test_happy_visit(storyboard: Make, slips: dict[str, dict[str, str]]) -> None:
    slip, person = slips["wang-ct"], storyboard()
    person.sees("attract")
    person.holds(slip["code"])
    view = person.sees("confirm")
    assert view.body["length"] == 6 and slip["person"] not in str(view)
    person.does(on.Answer(slip["answer"]))
    view = person.sees("list", lambda v: not v.body["loading"])
    assert "王*英" in view.headline and "2" in view.headline
    assert slip["person"] not in str(view) and person.button("print-reports").enabled
    person.does(on.PrintReports())
    view = person.sees("done")
    assert len(person.printed()) == 2
    assert slip["person"] in words(person.printed()[0]) + words(person.printed()[1])
    assert slip["person"] not in str(view)
    person.waits_too_long()  # still there?
    person.waits_too_long()
    view = person.sees("attract")
    assert vars(person.state) == {}
    person.settles()
    assert list((person.home / "private").glob("*/*")) == []


def test_wrong_answer_then_right(storyboard: Make, slips: dict[str, dict[str, str]]) -> None:
    slip, person = slips["wang-ct"], storyboard()
    person.holds(slip["code"])
    person.sees("confirm")
    person.does(on.Answer("000000"))
    view = person.sees("confirm", lambda v: bool(v.body["wrong"]))
    assert "4" in view.body["wrong"]
    person.does(on.Answer(slip["answer"]))
    person.sees("list", lambda v: not v.body["loading"])


def test_five_wrong_answers_lock_and_the_right_one_is_refused(
    storyboard: Make, slips: dict[str, dict[str, str]]
) -> None:
    slip, person = slips["wang-ct"], storyboard()
    person.holds(slip["code"])
    person.sees("confirm")
    for _ in range(5):
        person.answers("000000")
    assert person.state.fault is FaultCode.IDENTITY_LOCKED  # type: ignore[union-attr]
    person.does(on.Finish())
    person.holds(slip["code"])
    view = person.sees("trouble")
    assert view.headline == person.engine.texts("fault.identity-locked")
    assert person.audited("identity-locked")


def test_unknown_number_looks_like_a_wrong_answer(storyboard: Make, slips: dict[str, dict[str, str]]) -> None:
    person = storyboard(identity={"decoy_percent": 0})
    seen = []
    for key in ("nobody", "zhao-dr"):
        person.holds(slips[key]["code"])
        first = person.sees("confirm")
        person.does(on.Answer("999999"))
        second = person.sees("confirm", lambda v: bool(v.body["wrong"]))
        seen.append((first.headline, first.body["kept"], second.body["wrong"], second.plain().keys()))
        person.does(on.Finish())
    assert seen[0] == seen[1]


def test_not_ready(storyboard: Make, slips: dict[str, dict[str, str]]) -> None:
    person = storyboard()
    person.proves(slips["zhao-dr"]["code"], slips["zhao-dr"]["answer"])
    view = person.view
    assert view.primary is None
    card = view.body["cards"][0]
    assert card["chip"]["text"] == "报告书写中" and "医生正在写报告" in card["why"] and not card["pickable"]


def test_already_printed(storyboard: Make, slips: dict[str, dict[str, str]]) -> None:
    person = storyboard()
    person.proves(slips["zhangyan-us"]["code"], slips["zhangyan-us"]["answer"])
    card = person.view.body["cards"][0]
    assert card["chip"]["text"] == "已打印" and "3 号窗口" in card["why"]
    assert "张*" in person.view.headline


def test_printed_once_then_refused_then_amended_prints_again(
    storyboard: Make, slips: dict[str, dict[str, str]]
) -> None:
    person = storyboard()
    person.proves(slips["ouyang-dr"]["code"], slips["ouyang-dr"]["answer"])
    assert person.view.body["cards"][0]["chip"]["text"] == "有更新"
    person.does(on.PrintReports())
    person.sees("done")
    person.does(on.Finish())
    person.proves(slips["ouyang-dr"]["code"], slips["ouyang-dr"]["answer"])
    assert person.view.body["cards"][0]["chip"]["text"] == "已打印"
    assert len(person.printed()) == 1


def test_held_is_sent_to_the_desk(storyboard: Make, slips: dict[str, dict[str, str]]) -> None:
    person = storyboard()
    person.proves(slips["zhou-us"]["code"], slips["zhou-us"]["answer"])
    card = person.view.body["cards"][0]
    assert card["chip"]["text"] == "请到窗口" and not card["preview"]


def test_a_baby_is_asked_for_the_birth_date(storyboard: Make, slips: dict[str, dict[str, str]]) -> None:
    person = storyboard()
    person.holds(slips["baby-dr"]["code"])
    view = person.sees("confirm")
    assert view.headline == "请输入出生日期" and view.body["length"] == 8
    person.does(on.Answer(slips["baby-dr"]["answer"]))
    view = person.sees("list", lambda v: not v.body["loading"])
    assert "李**女" in view.headline


def test_film_with_reason(storyboard: Make, slips: dict[str, dict[str, str]]) -> None:
    person = storyboard()
    person.proves(slips["wang-ct"]["code"], slips["wang-ct"]["answer"])
    person.does(on.AskFilm())
    view = person.sees("film")
    assert len(view.body["reasons"]) == len(FilmReason) and not person.button("print-film").enabled
    person.does(on.ChooseReason(FilmReason.OTHER_HOSPITAL))
    assert person.view.body["cheaper"] and "2" in person.button("print-film").text
    person.does(on.PrintFilm())
    person.sees("done")
    assert len(person.printed("film")) == 1 and len(person.printed()) == 2
    made = person.audited("film-made")[0].details
    assert made["placed"] + made["left_out"] + made["skipped"] == 120
    person.does(on.Finish())
    person.proves(slips["wang-ct"]["code"], slips["wang-ct"]["answer"])
    listing = person.state
    assert isinstance(listing, at.Listing)
    assert any(e.film_printed for e in listing.exams)


def test_film_at_the_desk_by_policy(storyboard: Make, slips: dict[str, dict[str, str]]) -> None:
    person = storyboard(film={"policy": "desk"})
    person.proves(slips["wang-ct"]["code"], slips["wang-ct"]["answer"])
    person.does(on.AskFilm(), on.ChooseReason(FilmReason.INSURANCE_CLAIM), on.PrintFilm())
    view = person.sees("trouble", lambda v: bool(v.body["code"]))
    assert "3 号窗口" in view.body["next"]
    assert not person.printed("film")
    person.settles()
    assert person.audited("film-requested")[0].details["how"] == "desk"


def test_printer_out_of_paper_then_refilled(storyboard: Make, slips: dict[str, dict[str, str]]) -> None:
    person = storyboard()
    person.proves(slips["wang-ct"]["code"], slips["wang-ct"]["answer"])
    person.faulty("report", "media-empty")
    person.does(on.PrintReports())
    view = person.sees("trouble")
    assert "缺纸" in view.headline and not person.printed()
    person.faulty("report", "media-empty", on_=False)
    person.does(on.Retry())
    person.sees("list", lambda v: not v.body["loading"])
    person.does(on.PrintReports())
    person.sees("done")
    assert len(person.printed()) == 2


@pytest.mark.parametrize(("end", "shown_s"), [("done", 10), ("trouble", 40)])
def test_case_12c_farewell_and_trouble_ask_too_before_they_end(
    storyboard: Make, slips: dict[str, dict[str, str]], end: str, shown_s: float
) -> None:
    person = storyboard()
    person.proves(slips["wang-ct"]["code"], slips["wang-ct"]["answer"])
    if end == "trouble":
        person.faulty("report", "media-empty")
    person.does(on.PrintReports())
    person.sees(end)
    for _ in range(12):
        assert person.waits_too_long() == shown_s
        assert person.engine.warning and person.view.screen == end
        person.does(on.Touch())
        assert not person.engine.warning and person.view.screen == end
    person.waits_too_long()
    assert person.waits_too_long() == 20
    person.sees("attract")


def test_a_touch_ends_the_farewell_where_nobody_was_asked(
    storyboard: Make, slips: dict[str, dict[str, str]]
) -> None:
    person = storyboard()
    person.proves(slips["wang-ct"]["code"], slips["wang-ct"]["answer"])
    person.does(on.PrintReports())
    person.sees("done")
    person.does(on.Touch())
    person.sees("attract")


def test_time_out_with_extension(storyboard: Make, slips: dict[str, dict[str, str]]) -> None:
    person = storyboard()
    person.proves(slips["wang-ct"]["code"], slips["wang-ct"]["answer"])
    for _ in range(12):
        assert person.waits_too_long() == 40
        assert person.engine.warning
        person.does(on.Touch())
        assert not person.engine.warning
    person.waits_too_long()
    assert person.waits_too_long() == 20
    person.sees("attract")
    person.settles()
    assert person.audited("visit-closed")[-1].details["ended"] == "abandoned"


def test_a_second_persons_code_ends_the_visit(storyboard: Make, slips: dict[str, dict[str, str]]) -> None:
    person = storyboard()
    person.proves(slips["wang-ct"]["code"], slips["wang-ct"]["answer"])
    person.holds(slips["baby-dr"]["code"])
    view = person.sees("confirm")
    assert "王" not in str(view.plain())
    assert view.headline == "请输入出生日期"


def test_language_switch_at_any_time(storyboard: Make, slips: dict[str, dict[str, str]]) -> None:
    person = storyboard()
    person.proves(slips["wang-ct"]["code"], slips["wang-ct"]["answer"])
    person.engine.choose(language="en", large=True)
    assert person.view.headline == "王*英, 2 reports are ready"
    person.does(on.Finish())
    assert person.engine.preferences.language == "zh" and not person.engine.preferences.large


def test_the_cloud_qr(storyboard: Make, slips: dict[str, dict[str, str]]) -> None:
    person = storyboard()
    person.proves(slips["wang-ct"]["code"], slips["wang-ct"]["answer"])
    person.does(on.ShowQr())
    view = person.sees("qr", lambda v: bool(v.body["matrix"]))
    assert "身份证号后六位" in view.body["asks"] and view.body["publication"] == "影像上传中，约 5 分钟后可看"
    first = view.body["matrix"]
    person.does(on.Back(), on.ShowQr())
    assert person.sees("qr", lambda v: bool(v.body["matrix"])).body["matrix"] == first


def test_preview(storyboard: Make, slips: dict[str, dict[str, str]]) -> None:
    person = storyboard()
    person.proves(slips["wang-ct"]["code"], slips["wang-ct"]["answer"])
    first = person.view.body["cards"][0]["id"]
    person.does(on.Preview(first))
    view = person.sees("preview", lambda v: not v.body["loading"])
    assert view.body["pages"][0].startswith("file://")
    person.does(on.Back())
    person.sees("list")


def test_no_pixel_of_a_visit_survives_in_a_worker(storyboard: Make, slips: dict[str, dict[str, str]]) -> None:
    """R17: the processes that drew the report are gone when the visit is."""
    person = storyboard()
    before = {child.pid for child in psutil.Process().children()}
    person.proves(slips["wang-ct"]["code"], slips["wang-ct"]["answer"])
    person.does(on.Preview(person.view.body["cards"][0]["id"]))
    person.sees("preview", lambda v: not v.body["loading"])
    drew = {child.pid for child in psutil.Process().children()} - before
    assert drew
    person.does(on.Finish())
    gone = person.loop.run_until(lambda: not any(psutil.pid_exists(pid) for pid in drew), 30)
    assert gone, "the workers of the visit still run"


def test_staff_override(storyboard: Make, slips: dict[str, dict[str, str]]) -> None:
    person = storyboard()
    person.does(on.StaffGesture())
    person.sees("staff")
    person.does(on.StaffLogin("nurse", "9999"))
    assert person.sees("staff", lambda v: bool(v.body["problem"])).body["problem"] == "工号或密码不对"
    person.does(on.StaffLogin("nurse", "2468"))
    person.sees("staff", lambda v: v.body["panel"] == "worklist" and not v.body["busy"])
    person.does(on.StaffDo(request("search", {"query": slips["zhangyan-us"]["code"]})))
    view = person.sees("staff", lambda v: not v.body["busy"])
    study = view.body["data"]["found"][0]["id"]
    person.does(on.StaffDo(request("select", {"study": study})))
    person.sees("staff", lambda v: v.body["panel"] == "patient" and not v.body["busy"])
    person.does(on.StaffDo(request("print", {"study": study, "kind": "report", "reason": "lost"})))
    view = person.sees("staff", lambda v: not v.body["busy"])
    assert view.body["problem"] == "" and len(person.printed()) == 1
    override = person.audited("staff-override")[0]
    assert (override.actor, override.details["reason"]) == ("nurse", "lost")


def test_an_unknown_code_is_said_at_once(storyboard: Make) -> None:
    person = storyboard()
    person.holds("*")
    view = person.sees("scan")
    assert view.body["problem"]
    person.settles()
    assert person.audited("code-refused")
