"""The demo's desk: the program on a free port, its address printed, the sample's accounts let in."""

from __future__ import annotations

from pathlib import Path

from kiosk import sample
from kiosk.config import Kiosk
from kiosk.sample_desk import SampleDesk
from tests.support.desk import Clerk
from tests.support.servers import wait_until


def test_the_demo_has_its_desk_where_it_says(hospital: Path, tmp_path: Path) -> None:
    own = sample.settings_for(hospital).model_copy(update={"kiosk": Kiosk(id="demo", state_dir=tmp_path / "state")})
    own.kiosk.state_dir.mkdir()
    sample.seed(own, sample.load_made(hospital))
    with SampleDesk(own, tmp_path / "desk") as desk:
        origin = desk.ready()
        assert not origin.endswith((":0", ":8450")), "the real port"
        with Clerk(origin) as clerk:
            assert clerk.log_in("admin").ok
            wait_until(lambda: "data-row" in clerk.see("/today?days=0").text, "the sample's exams", 120)
    assert "Traceback" not in (tmp_path / "desk/desk.log").read_text()
