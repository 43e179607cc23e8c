"""Private folders of visits."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.services.machine.rooms import Rooms


def test_a_visit_makes_the_private_folder_that_somebody_took_away(tmp_path: Path) -> None:
    rooms = Rooms(tmp_path / "run" / "private")
    rooms.of("before")
    shutil.rmtree(tmp_path / "run")
    room = rooms.of("visit")
    assert room.is_dir() and room.stat().st_mode & 0o777 == 0o700 == room.parent.stat().st_mode & 0o777


def test_a_private_folder_that_cannot_be_made_is_a_fault_not_a_crash(tmp_path: Path) -> None:
    rooms = Rooms(tmp_path / "private")
    rooms.of("before")
    shutil.rmtree(tmp_path / "private")
    (tmp_path / "private").write_text("in the way")
    with pytest.raises(KioskError) as error:
        rooms.of("visit")
    assert error.value.code is FaultCode.STORE_UNAVAILABLE
