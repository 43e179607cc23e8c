"""A bad configuration is refused at start, naming the key."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.config import Settings, load, secret
from kiosk.domain.faults import FaultCode, KioskError

ANNOTATED = Path(__file__).parents[2] / "installer" / "config" / "kiosk.toml"


def written(folder: Path, text: str) -> Path:
    file = folder / "kiosk.toml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[archive]\nkind = 'ftp'", "archive.kind"),
        ("[screens]\nidle_s = 1", "screens.idle_s"),
        ("[hospital]\nname = 5", "hospital.name"),
        ("[printer]\nqueue = 'x'", "printer"),
        ("[archive]\npassword = 'hunter2'", "archive.password"),
        ("[hospital]\ntime_zone = 'Mars/Base'", "hospital.time_zone"),
        ("[film.modality_policy]\nMR = 'sometimes'", "film.modality_policy.MR"),
        ("this is no toml", "line 1"),
        ("\x00", "kiosk.toml"),
    ],
)
def test_case_57_what_is_wrong_is_named(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(KioskError) as caught:
        load(written(tmp_path, text))
    assert caught.value.code is FaultCode.CONFIG_INVALID
    assert named in caught.value.detail


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KioskError, match="No such file"):
        load(tmp_path / "none.toml")


def test_relative_paths_are_taken_from_the_files_folder(tmp_path: Path) -> None:
    settings = load(written(tmp_path, "[archive]\npath = 'a'\n[printers.film]\npath = '/b'"))
    assert settings.archive.path == tmp_path / "a"
    assert settings.printers.film.path == Path("/b")
    assert settings.kiosk.state_dir == tmp_path / "state"


def test_the_annotated_file_shows_every_option_with_its_default() -> None:
    text = ANNOTATED.read_text(encoding="utf-8")
    load(ANNOTATED)
    for section, field in Settings.model_fields.items():
        model = field.annotation
        assert model is not None
        for option in model.model_fields if section != "printers" else ("report", "film"):
            assert f"{option} =" in text or f"[{section}.{option}]" in text, f"{section}.{option}"


def test_case_104_a_secret_that_others_can_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("s3cret\n")
    file.chmod(0o644)
    with pytest.raises(KioskError, match="can be read by others"):
        secret(f"file:{file}")
    file.chmod(0o600)
    assert secret(f"file:{file}").get_secret_value() == "s3cret"


def test_a_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KIOSK_NOWHERE", raising=False)
    with pytest.raises(KioskError, match="KIOSK_NOWHERE"):
        secret("env:KIOSK_NOWHERE")
