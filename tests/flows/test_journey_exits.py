"""`kiosk journey` and its exit codes, each by a real visit on the embedded adapters."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pydicom
import pytest

from kiosk import sample
from kiosk.bootstrap import build, ledger_of
from kiosk.cli import main
from kiosk.config import load
from kiosk.domain.sheets.printing import DocumentKind, Order
from kiosk.ports.archive import StudyQuery
from kiosk.ports.ledger import AuditFilter
from tests.support.lobby_frames import symbol

Slips = dict[str, dict[str, str]]
Run = Callable[..., tuple[int, dict[str, Any]]]
BASE = """
[kiosk]
id = "exits"
state_dir = "state"
private_dir = "private"
[archive]
kind = "folder"
path = "{archive}"
[printers.report]
kind = "folder"
path = "printed/report"
seconds_per_sheet = 0.0
{report}
[printers.film]
kind = "folder"
path = "printed/film"
seconds_per_sheet = 0.0
{film}
[identity]
uniform_ms = 0
{more}
"""


class Place:
    """A configured hospital of the test's own, and its command line."""

    def __init__(self, hospital: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.hospital, self.home, self._capsys = hospital, home, capsys
        self.configure()

    def configure(self, report: str = "", film: str = "", more: str = "", archive: Path | None = None) -> None:
        text = BASE.format(archive=archive or self.hospital / "archive", report=report, film=film, more=more)
        (self.home / "kiosk.toml").write_text(text, encoding="utf-8")

    def seed(self) -> None:
        """Tell the ledger what the sample hospital has printed and held before."""
        settings = load(self.home / "kiosk.toml")
        settings.kiosk.state_dir.mkdir(parents=True)
        sample.seed(settings, sample.load_made(self.hospital))

    def journey(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        code = main(["journey", "--config", str(self.home / "kiosk.toml"), "--json", *arguments])
        told = self._capsys.readouterr().out.strip().splitlines()
        return code, json.loads(told[-1]) if told else {}

    def visit(self, slip: dict[str, str], *wishes: str) -> tuple[int, str]:
        """Exit code and outcome."""
        code, told = self.journey("--code", slip["code"], "--answer", slip["answer"], *wishes)
        return code, told["outcome"]

    def printed(self, kind: str = "report") -> list[Path]:
        return sorted((self.home / "printed" / kind).glob("*.pdf"))


@pytest.fixture(scope="session")
def slips(hospital: Path) -> Slips:
    made = json.loads((hospital / "hospital.json").read_text(encoding="utf-8"))
    return {slip["key"]: slip for slip in made["slips"]}


@pytest.fixture
def place(hospital: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Place:
    return Place(hospital, tmp_path, capsys)


def test_exit_0_delivered_and_5_the_second_time(place: Place, slips: Slips) -> None:
    code, told = place.journey("--code", slips["wang-ct"]["code"], "--answer", "３１００２ｘ", "--reports", "--qr")
    assert (code, told["outcome"], len(told["tasks"])) == (0, "delivered", 2)
    assert told["link"]["question"] == "id-last-six" and all(task["fault"] is None for task in told["tasks"])
    assert place.visit(slips["wang-ct"], "--reports") == (5, "already-printed")
    assert len(place.printed()) == 2


def test_exit_0_listing_alone(place: Place, slips: Slips) -> None:
    assert place.visit(slips["baby-dr"]) == (0, "delivered")
    assert not place.printed()


@pytest.mark.parametrize("config", ["[identity]\nuniform = 3\n", "[archive\n", "[reports]\nwindow_days = -1\n"])
def test_exit_2_bad_configuration(tmp_path: Path, config: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "kiosk.toml").write_text(config)
    arguments = ["journey", "--config", str(tmp_path / "kiosk.toml"), "--code", "A1", "--answer", "1"]
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert said.startswith("kiosk journey: config-invalid:") and said.count("\n") == 1


def test_exit_2_a_code_question_without_a_way_to_send(place: Place) -> None:
    place.configure(more='questions = ["one-time-code"]')
    assert place.journey("--code", "A1", "--answer", "123456")[0] == 2


@pytest.mark.parametrize("arguments", [[], ["--code", "A1"], ["--code", "A", "--scan", "B", "--answer", "1"],
                                       ["--code", "A", "--answer", "1", "--film", "because"]])  # fmt: skip
def test_exit_2_usage(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["journey", *arguments])
    assert ended.value.code == 2


def test_exit_3_wrong_answers_unknown_numbers_and_the_lock(place: Place, slips: Slips) -> None:
    wrong = {**slips["wang-ct"], "answer": "000000"}
    assert place.visit(slips["nobody"], "--reports") == (3, "identity-refused")
    assert [place.visit(wrong, "--reports") for _ in range(4)] == [(3, "identity-refused")] * 4
    assert place.visit(wrong, "--reports") == (3, "identity-locked")
    assert place.visit(slips["wang-ct"], "--reports") == (3, "identity-locked")
    assert not place.printed()


@pytest.mark.parametrize("answer", ["31002X", "19491231"])
def test_exit_3_an_id_number_that_would_prove_itself(place: Place, answer: str) -> None:
    code, told = place.journey("--code", "11010519491231002X", "--answer", answer, "--reports")
    assert (code, told["outcome"], told["exams"], told["tasks"]) == (3, "identity-refused", [], [])
    assert not place.printed()
    assert place.journey("--code", "11010519491231002X", "--answer", "5678", "--reports")[0] == 0


def test_exit_3_where_nothing_is_left_to_ask(place: Place) -> None:
    place.configure(more='questions = ["id-last-six", "birth-date"]')
    for number in ("11010519491231002X", "440524188001010014"):
        code, told = place.journey("--code", number, "--answer", "31002X", "--reports")
        assert (code, told["outcome"], told["exams"]) == (3, "identity-at-desk", [])


def test_exit_4_nothing_ready(place: Place, slips: Slips) -> None:
    for key in ("zhao-dr", "aygul-mr"):
        assert place.visit(slips[key], "--reports") == (4, "nothing-ready")


def test_exit_4_a_code_that_is_none(place: Place) -> None:
    code, told = place.journey("--code", "A*", "--answer", "31002X", "--reports")
    assert (code, told["outcome"], told["exams"]) == (4, "code-unknown", [])


def test_a_visit_with_an_unknown_code_ends_in_the_ledger(place: Place) -> None:
    for code in ("*", "A*", "http://evil.example/"):
        assert place.visit({"code": code, "answer": "1"}) == (4, "code-unknown")
    ledger = ledger_of(load(place.home / "kiosk.toml"))
    try:
        visits = ledger.journal(0, time.time() + 60).visits
        kinds = [event.kind for event in ledger.events(AuditFilter())]
    finally:
        ledger.close()
    assert [v.outcome for v in visits] == ["left"] * 3 and all(v.closed for v in visits)
    assert kinds.count("visit-closed") == kinds.count("code-refused") == kinds.count("visit-opened") == 3


def test_exit_5_held_printed_before_and_too_old(place: Place, slips: Slips) -> None:
    place.seed()
    assert place.visit(slips["zhou-us"], "--reports") == (5, "held")
    assert place.visit(slips["zhangyan-us"], "--reports") == (5, "already-printed")
    place.configure(more="[reports]\nwindow_days = 3")
    assert place.visit(slips["wang-ct"], "--reports")[0] == 0, "of yesterday"
    assert place.visit(slips["ouyang-dr"], "--reports") == (5, "outside-window")


def test_exit_5_being_printed_at_another_kiosk_is_no_matter_for_staff(place: Place, slips: Slips) -> None:
    """Another kiosk of the fleet holds the sheets and has not settled yet."""
    settings = load(place.home / "kiosk.toml")
    application = build(settings)
    try:
        names, ledger = application.services.pseudonyms, application.adapters.ledger
        (exam,) = application.adapters.archive.exams(StudyQuery(accession=slips["zhangyan-us"]["code"]))
        (report,) = exam.final_reports
        ledger.open_visit("v-elsewhere", "exits-2")
        order = Order(names.report(report), "s", DocumentKind.REPORT, 1, 1, serial="ELSE-0000-WHERE")
        assert ledger.reserve("v-elsewhere", "exits-2", order)
    finally:
        application.close()
    assert place.visit(slips["zhangyan-us"], "--reports") == (5, "printing-elsewhere")
    assert not place.printed()


@pytest.mark.parametrize(("policy", "fault"), [("desk", "film-at-desk"), ("never", "film-never")])
def test_exit_5_film_by_policy(place: Place, slips: Slips, policy: str, fault: str) -> None:
    place.configure(more=f'[film]\npolicy = "{policy}"')
    assert place.visit(slips["wang-ct"], "--film", "surgery") == (5, fault)
    assert not place.printed("film")


def test_exit_5_while_the_film_printer_is_empty_film_is_the_desks(place: Place, slips: Slips) -> None:
    (place.home / "printed" / "film" / "faults").mkdir(parents=True)
    (place.home / "printed" / "film" / "faults" / "media-empty").touch()
    assert place.visit(slips["wang-ct"], "--film", "surgery") == (5, "film-at-desk")


def test_exit_6_no_printer(place: Place, slips: Slips) -> None:
    text = (place.home / "kiosk.toml").read_text().replace('kind = "folder"\npath = "printed/report"', 'kind = "none"')
    (place.home / "kiosk.toml").write_text(text)
    assert place.visit(slips["wang-ct"], "--reports") == (6, "printer-missing")


@pytest.mark.parametrize(
    ("reason", "fault"),
    [("media-empty", "media-empty"), ("media-jam", "media-jam"), ("shutdown", "printer-offline"), ("paused", None)],
)
def test_exit_6_a_printer_that_cannot(place: Place, slips: Slips, reason: str, fault: str | None) -> None:
    faults = place.home / "printed" / "report" / "faults"
    faults.mkdir(parents=True)
    (faults / reason).touch()
    code, outcome = place.visit(slips["wang-ct"], "--reports")
    assert code == 6 and (fault is None or outcome == fault)
    assert not place.printed()


def test_exit_6_the_archive_is_gone(place: Place, slips: Slips) -> None:
    place.configure(archive=place.home / "nowhere")
    assert place.visit(slips["wang-ct"], "--reports") == (6, "archive-unreachable")


def test_exit_6_a_report_that_cannot_be_read(place: Place, slips: Slips) -> None:
    """The archive's report becomes a PDF that is none; everything about the exam stays right."""
    slip = slips["baby-dr"]
    archive = place.home / "archive"
    shutil.copytree(place.hospital / "archive", archive)
    place.configure(archive=archive)
    for file in sorted(archive.rglob("*.dcm")):
        ds = pydicom.dcmread(file)
        if "EncapsulatedDocument" in ds and slip["code"] in (ds.get("AdmissionID"), ds.AccessionNumber, ds.PatientID):
            ds.EncapsulatedDocument = b"<html>no report</html>"
            ds.save_as(file)
    assert place.visit(slip, "--reports") == (6, "report-unreadable")
    assert not place.printed()


def test_exit_6_the_disk_is_full(place: Place, slips: Slips, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")(1 << 40, 1 << 40, 1 << 20)
    monkeypatch.setattr("kiosk.adapters.machine.probes.shutil.disk_usage", lambda folder: usage)
    assert place.visit(slips["wang-ct"], "--reports") == (6, "disk-full")


def test_exit_7_a_job_that_disappears_is_uncertain_and_never_sent_again(place: Place, slips: Slips) -> None:
    place.configure(report="stall_s = 1.0")
    config = place.home / "kiosk.toml"
    config.write_text(config.read_text().replace("seconds_per_sheet = 0.0\nstall", "seconds_per_sheet = 30.0\nstall"))
    jobs, over = place.home / "printed" / "report" / "jobs", threading.Event()

    def lose() -> None:
        while not over.is_set():
            time.sleep(0.3)  # a job is lost after it was handed over, not while it is being written
            for job in jobs.glob("[!.]*-*") if place.printed() else ():
                job.unlink(missing_ok=True)

    thief = threading.Thread(target=lose)
    thief.start()
    try:
        code, outcome = place.visit(slips["baby-dr"], "--reports")
    finally:
        over.set()
        thief.join()
    assert (code, outcome) == (7, "print-uncertain")
    sent = len(place.printed())
    assert place.visit(slips["baby-dr"], "--reports") == (7, "print-uncertain")
    assert len(place.printed()) == sent == 1


def test_exit_8_one_of_two_things_was_delivered(place: Place, slips: Slips) -> None:
    slip = slips["wang-ct"]
    wanted = ("--code", slip["code"], "--answer", slip["answer"])
    assert place.journey(*wanted, "--reports")[0] == 0
    before = len(place.printed())
    code, told = place.journey(*wanted, "--reports", "--film", "surgery")
    assert (code, told["outcome"], told["refused"]) == (8, "partly-delivered", "already-printed")
    assert len(place.printed("film")) == 1 and len(place.printed()) == before


def test_exit_8_the_phone_gets_what_paper_does_not(place: Place, slips: Slips) -> None:
    assert place.visit(slips["wang-ct"], "--reports")[0] == 0
    assert place.visit(slips["wang-ct"], "--reports", "--qr") == (8, "partly-delivered")


# --- pictures of slips ---------------------------------------------------------------------------------------------
def test_a_picture_of_a_slip_is_a_visit(place: Place, slips: Slips) -> None:
    slip = slips["baby-dr"]
    picture = place.hospital / slip["picture"]
    assert place.journey("--scan", str(picture), "--answer", slip["answer"], "--reports")[0] == 0


def test_case_46_pictures_with_no_code_or_two_codes_are_nobodys(place: Place) -> None:
    blank = np.full((480, 640), 230, np.uint8)
    both = np.vstack([symbol("Code128", text)[::4, ::4] for text in ("CT2611230017", "DX2611240041")])
    for name, picture in (("blank.png", blank), ("two.png", both)):
        cv2.imwrite(str(place.home / name), picture)
        code, told = place.journey("--scan", str(place.home / name), "--answer", "31002X", "--reports")
        assert (code, told["outcome"], told["exams"]) == (4, "code-unknown", [])


def test_exit_6_a_picture_that_is_none(place: Place) -> None:
    (place.home / "slip.png").write_bytes(b"no picture")
    assert place.journey("--scan", str(place.home / "slip.png"), "--answer", "31002X")[0] == 6
    assert place.journey("--scan", str(place.home / "missing.png"), "--answer", "31002X")[0] == 6
