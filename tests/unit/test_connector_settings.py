"""What is chosen needs what it is made of; an imager's profile that is none is refused with its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.adapters.printing.dicom_profiles import imager_profile
from kiosk.config import load
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.words import assets


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[archive]\nkind = "dimse"\n', "kind dimse needs host"),
        ('[printers.film]\nkind = "dicom"\n', "kind dicom needs host"),
        ('[ris.reports]\nkind = "sql"\n', "kind sql needs select and ris.database.url"),
        ('[ris.reports]\nkind = "inbox"\n', "kind inbox needs ris.inbox.url and ris.inbox.key"),
        ('[ris.receipts]\nkind = "sql"\n', "kind sql needs statement and ris.database.url"),
        ('[ris.reports]\nstatus = { "3" = "done" }\n', "ris.reports.status.3"),
        ('[ris.inbox]\nkey = "secret"\n', "by reference"),
    ],
)
def test_half_a_connector_is_refused(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "kiosk.toml"
    file.write_text(text)
    with pytest.raises(KioskError) as caught:
        load(file)
    assert caught.value.code is FaultCode.CONFIG_INVALID and said in caught.value.detail


def test_every_profile_that_ships_can_be_read_and_an_unknown_one_names_them(tmp_path: Path) -> None:
    names = [file.stem for file in sorted((assets() / "imagers").glob("*.toml"))]
    assert names and all(imager_profile(name).matrix for name in names)
    with pytest.raises(KioskError, match="generic-320"):
        imager_profile("nobodys")
    own = tmp_path / "own.toml"
    own.write_text((assets() / "imagers" / "generic-320.toml").read_text().replace("14INX17IN", "99INX99IN"))
    with pytest.raises(KioskError, match="99INX99IN"):
        imager_profile(str(own))
