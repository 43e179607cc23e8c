"""The demo's cloud: portal, relay and publisher of the sample hospital, and the link that a visit makes there."""

from __future__ import annotations

from pathlib import Path

import requests

from kiosk import sample
from kiosk.config import Kiosk
from kiosk.sample_cloud import SampleCloud
from tests.support.servers import wait_until


def test_the_sample_hospital_has_its_cloud(hospital: Path, tmp_path: Path) -> None:
    own = sample.settings_for(hospital).model_copy(update={"kiosk": Kiosk(id="demo", state_dir=tmp_path / "state")})
    slip = next(one for one in sample.cards(hospital) if one.code.startswith("US"))
    with SampleCloud(own, tmp_path / "cloud", days=0) as cloud:
        assert cloud.settings.cloud.portal == cloud.origin
        visit = cloud.visit(slip.code, slip.answer)
        address, _, secret = visit["link"]["url"].partition("#")
        assert (address, len(secret)) == (f"{cloud.origin}/l", 43)
        assert requests.get(address, timeout=60).ok
        wait_until(lambda: bool(cloud.status()["states"].get("online")), "the exam in the cloud", 180)
    assert list((tmp_path / "cloud/portal/objects").glob("*/*"))
    for log in (tmp_path / "cloud").glob("*.log"):
        assert "Traceback" not in log.read_text() and secret not in log.read_text()
