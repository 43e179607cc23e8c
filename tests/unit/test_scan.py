"""`kiosk scan`: one JSON line a file, exit codes, pictures of any kind, videos through the live pipeline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from kiosk.cli import main
from tests.support.lobby_frames import EASY, lobby_frame, photograph, symbol

TEXT = "CT20261124001"


def scanned(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, list[dict[str, Any]]]:
    code = main(["scan", *(str(word) for word in words)])
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_one_line_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), symbol("Code128", TEXT))
    cv2.imwrite(str(tmp_path / "b.png"), np.full((60, 80), 200, np.uint8))
    (tmp_path / "c.png").write_bytes(b"no picture")
    code, lines = scanned(capsys, tmp_path, tmp_path / "missing.png", "--json")
    assert code == 0
    assert [Path(line["path"]).name for line in lines] == ["a.png", "b.png", "c.png", "missing.png"]
    assert lines[0]["symbols"] == [{"format": "Code128", "text": TEXT}]
    assert lines[0]["ms"] > 0
    assert lines[1]["symbols"] == []
    assert [line.get("error") for line in lines] == [None, None, "object-unreadable", "camera-missing"]


def test_nothing_readable_is_exit_code_6(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.png").touch()
    assert scanned(capsys, tmp_path / "empty.png")[0] == 6


def test_symbologies_are_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cv2.imwrite(str(tmp_path / "c39.png"), symbol("Code39", "CT2026"))
    assert scanned(capsys, tmp_path / "c39.png")[1][0]["symbols"] == []
    found = scanned(capsys, tmp_path / "c39.png", "--formats", "Code39,QRCode")[1][0]["symbols"]
    assert found == [{"format": "Code39", "text": "CT2026"}]
    assert scanned(capsys, tmp_path / "c39.png", "--formats", "all")[1][0]["symbols"] == found


def test_unknown_symbologies_are_a_usage_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert scanned(capsys, tmp_path, "--formats", "Runes") == (2, [])


def deep(picture: NDArray[np.uint8]) -> NDArray[np.uint16]:
    return (picture.astype(np.uint16) << 8) + 17


def transparent(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Black bars on nothing, as some web pages draw them."""
    black = np.zeros_like(picture)
    return np.dstack([black, black, black, 255 - picture])


@pytest.mark.parametrize("make", [deep, transparent, lambda grey: cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)])
def test_pictures_of_any_depth_and_with_transparency(
    make: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), make(symbol("QRCode", TEXT)))
    assert scanned(capsys, tmp_path / "a.png")[1][0]["symbols"] == [{"format": "QRCode", "text": TEXT}]


def test_a_video_runs_through_the_live_pipeline(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "slip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (1280, 720))
    slip = lobby_frame("Code128", TEXT, EASY, 1)
    for frame in [photograph(None, EASY, 1)] * 3 + [slip] * 4:
        writer.write(cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR))
    writer.release()
    code, (line,) = scanned(capsys, path)
    assert code == 0
    assert line["symbols"] == [{"format": "Code128", "text": TEXT}]
    assert (line["frames"], line["accepted_at"]) == (7, 5)


def test_a_video_without_a_code_accepts_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "broken.mp4").write_bytes(b"\0" * 100)
    code, (line,) = scanned(capsys, tmp_path / "broken.mp4")
    assert (code, line["error"]) == (6, "object-unreadable")
