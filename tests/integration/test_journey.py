"""`kiosk journey` against a real Orthanc and real print queues, with real DICOM."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest

from kiosk.bootstrap import ledger_of
from kiosk.config import load
from kiosk.ports.ledger import AuditFilter
from tests.support import hospital as real
from tests.support.hospital import ANSWER, Hospital


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hospital]:
    with real.running(tmp_path_factory.mktemp("place")) as running:
        yield running


def test_reports_film_and_qr_are_delivered_once(place: Hospital) -> None:
    wanted = ("--code", place.accessions[0], "--answer", ANSWER, "--reports", "--film", "other-hospital", "--qr")
    code, told = place.journey(*wanted)
    assert (code, told["outcome"]) == (0, "delivered")
    tasks = {task["document"]: task for task in told["tasks"]}
    assert set(tasks) == {"report", "film"} and told["link"]["question"] == "id-last-six"
    for kind, task in tasks.items():
        received = place.shop.printers[kind].received()
        assert [pages(file) for file in received] == [task["pages"]]
        assert task["sheets_printed"] == task["pages"] and task["queue"] == kind and task["job_id"]
    code, told = place.journey(*wanted)
    assert (code, told["tasks"]) == (8, []), "a fresh link for the phone, no paper a second time"
    assert [len(place.shop.printers[kind].received()) for kind in ("report", "film")] == [1, 1]


def test_every_real_series_comes_out_on_film(place: Hospital) -> None:
    for accession in place.accessions[1:]:
        code, told = place.journey("--code", accession, "--answer", ANSWER, "--film", "surgery")
        assert code == 0, told
        assert [task["document"] for task in told["tasks"]] == ["film"]


def test_five_wrong_answers_lock_even_the_right_one(place: Hospital) -> None:
    accession = place.accessions[-1]
    codes = [place.journey("--code", accession, "--answer", "000000", "--reports")[0] for _ in range(5)]
    assert codes == [3] * 5
    code, told = place.journey("--code", accession, "--answer", ANSWER, "--reports")
    assert (code, told["outcome"], told["exams"]) == (3, "identity-locked", [])


def test_an_unknown_number_is_refused_like_a_wrong_answer(place: Hospital) -> None:
    code, told = place.journey("--code", "NOSUCH001", "--answer", ANSWER, "--reports")
    assert (code, told["outcome"], told["exams"]) == (3, "identity-refused", [])


def test_an_implausible_code_asks_nobody(place: Hospital) -> None:
    code, told = place.journey("--code", "A*", "--answer", ANSWER, "--reports")
    assert (code, told["outcome"]) == (4, "code-unknown")


def test_case_10_wrong_credentials_end_at_once(place: Hospital, tmp_path: Path) -> None:
    config = tmp_path / "kiosk.toml"
    secret = tmp_path / "secret"
    secret.write_text("wrong")
    secret.chmod(0o600)
    text = place.config.read_text(encoding="utf-8")
    config.write_text(text.replace(str(place.config.parent / "pacs.secret"), str(secret)), encoding="utf-8")
    code, told = real.journey(config, "--code", place.accessions[0], "--answer", ANSWER, "--reports")
    assert (code, told["outcome"]) == (6, "archive-denied")


def test_nothing_personal_is_left_in_ledger_or_jobs(place: Hospital) -> None:
    """Cases 37, 38, 105: names, numbers and accession numbers are found nowhere."""
    canaries = [b"\xe7\x8e\x8b\xe7\xa7\x80\xe8\x8b\xb1", b"11010519491231002X", *(a.encode() for a in place.accessions)]
    state = place.config.parent / "state"
    kept = [file for file in state.rglob("*") if file.is_file()]
    assert kept
    for file in kept:
        held = file.read_bytes()
        assert not [c for c in canaries if c in held], file
    ledger = ledger_of(load(place.config))
    try:
        assert ledger.verify() is None
        assert ledger.events(AuditFilter(kinds=("document-printed",)))
    finally:
        ledger.close()


def test_case_1_with_the_archive_gone_it_ends_6_within_the_deadline(
    place: Hospital, tmp_path: Path
) -> None:
    config = tmp_path / "kiosk.toml"
    text = place.config.read_text(encoding="utf-8")
    config.write_text(text.replace(place.orthanc.dicomweb, "http://127.0.0.1:9/dicom-web"), encoding="utf-8")
    code, told = real.journey(config, "--code", "A1", "--answer", ANSWER, "--reports", deadline_s=20)
    assert (code, told["outcome"]) == (6, "archive-unreachable")


def pages(file: Path) -> int:
    with pypdfium2.PdfDocument(file) as document:
        return len(document)
