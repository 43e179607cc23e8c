"""`kiosk film` as people call it: files and folders in, PDF and one JSON line out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pytest

from tests.corpus import PACKAGED, SHARED
from tests.films import ct, dr, key_object

ROOT = Path(__file__).resolve().parents[2]


def _film(*arguments: object) -> tuple[int, dict[str, Any], str]:
    command = [sys.executable, "-m", "kiosk", "film", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120)
    lines = done.stdout.strip().splitlines()
    return done.returncode, json.loads(lines[-1]) if lines else {}, done.stderr


def _pages(path: Path) -> int:
    return len(pdfium.PdfDocument(path))


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Three slices, one of them in a subfolder, and three files that are no images."""
    folder = tmp_path / "study"
    (folder / "deeper").mkdir(parents=True)
    for number, name in enumerate(("1.dcm", "2.dcm", "deeper/3.dcm"), 1):
        (folder / name).write_bytes(ct(number))
    (folder / "notes.txt").write_text("not DICOM")
    (folder / "empty").write_bytes(b"")
    (folder / "keys.dcm").write_bytes(key_object([]))
    return folder


def test_a_folder_becomes_a_film_and_every_file_is_counted(study: Path, tmp_path: Path) -> None:
    code, told, _ = _film(study, "--out", tmp_path / "film.pdf", "--json")
    assert code == 0
    assert (told["sheets"], told["placed"], told["left_out"], told["true_size"]) == (1, 3, 0, False)
    assert {Path(item["file"]).name for item in told["skipped"]} == {"notes.txt", "empty", "keys.dcm"}
    assert all(item["reason"] for item in told["skipped"])
    assert told["ms"] > 0
    assert _pages(tmp_path / "film.pdf") == 1
    assert not list(tmp_path.glob(".*"))


def test_a_file_named_twice_is_printed_once(study: Path, tmp_path: Path) -> None:
    _, told, _ = _film(study / "1.dcm", study, study / "1.dcm", "--out", tmp_path / "film.pdf", "--json")
    assert told["placed"] == 3


def test_exit_6_and_no_pdf_when_nothing_can_be_shown(study: Path, tmp_path: Path) -> None:
    code, told, _ = _film(study / "notes.txt", study / "keys.dcm", "--out", tmp_path / "film.pdf", "--json")
    assert (code, told["sheets"], told["placed"], len(told["skipped"])) == (6, 0, 0, 2)
    assert [path.name for path in tmp_path.iterdir()] == ["study"]


def test_layout_media_and_resolution_are_obeyed(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "film.pdf"
    code, told, _ = _film(study, "--out", out, "--layout", "1x2", "--media", "A4", "--dpi", "100", "--json")
    assert (code, told["sheets"]) == (0, 2)
    width, height = pdfium.PdfDocument(out)[0].get_size()
    assert (width / 72 * 25.4, height / 72 * 25.4) == pytest.approx((210, 297), abs=0.01)


@pytest.mark.parametrize(
    "arguments",
    [["--layout", "big"], ["--media", "A7"], ["--dpi", "5"], ["--protocol", "nose"], ["--out", "/nowhere/film.pdf"]],
)
def test_what_cannot_be_meant_is_refused(study: Path, tmp_path: Path, arguments: list[str]) -> None:
    code, _, said = _film(study, "--out", tmp_path / "film.pdf", *arguments)
    assert code == 2
    assert said.startswith("kiosk film:")
    assert [path.name for path in tmp_path.iterdir()] == ["study"]


def test_a_source_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert _film(tmp_path / "none", "--out", tmp_path / "film.pdf")[0] == 2
    assert _film("--out", tmp_path / "film.pdf")[0] == 2


def test_life_size_is_told(tmp_path: Path) -> None:
    (tmp_path / "dr.dcm").write_bytes(dr(PixelSpacing=[0.5, 0.5], PixelSpacingCalibrationType="GEOMETRY"))
    _, told, _ = _film(tmp_path / "dr.dcm", "--out", tmp_path / "film.pdf", "--json")
    assert told["true_size"] is True


def test_png_and_pwg_come_on_request(study: Path, tmp_path: Path) -> None:
    code, told, _ = _film(study, "--out", tmp_path / "film.pdf", "--layout", "1x2", "--dpi", "60", "--json",
                          "--png", tmp_path / "png", "--pwg", tmp_path / "film.pwg")  # fmt: skip
    assert (code, told["sheets"]) == (0, 2)
    assert sorted(path.name for path in (tmp_path / "png").iterdir()) == ["film-001.png", "film-002.png"]
    assert (tmp_path / "film.pwg").read_bytes().count(b"PwgRaster\0") == 2


def test_the_test_page_needs_no_images(tmp_path: Path) -> None:
    code, _, _ = _film("--test-page", "--out", tmp_path / "test.pdf", "--dpi", "100", "--json")
    assert (code, _pages(tmp_path / "test.pdf")) == (0, 1)


def _folders() -> list[Path]:
    """Folders that hold DICOM files: the packaged one, and all of the shared collection but the pictures of codes."""
    found = {path.parent for path in SHARED.rglob("*.dcm")} if SHARED.is_dir() else set()
    return [PACKAGED, *sorted(found)]


@pytest.mark.parametrize("folder", _folders(), ids=lambda path: path.name)
def test_every_folder_ends_well_and_counts_all_its_files(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "film.pdf"
    code, told, _ = _film(folder, "--out", out, "--dpi", "60", "--json")
    files = sum(path.is_file() for path in folder.rglob("*"))
    assert code == (0 if told["sheets"] else 6)
    assert told["placed"] + told["left_out"] + len(told["skipped"]) >= files
    assert out.exists() is (told["sheets"] > 0)
    if told["sheets"]:
        assert _pages(out) == told["sheets"]
