"""No configuration ends in a traceback: the real command line, on files that are wrong in every way we could think of.

What is wrong in the file is a usage error (2) that names the key; what is wrong around it is a finding (1) or a
service that failed (6).
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pypdfium2
import pytest

from kiosk.bootstrap import MAKE_KEY
from kiosk.cli import main
from kiosk.config import Settings

WRONG = {
    "archive.kind": "[archive]\nkind = 'ftp'",
    "archive.url": "[archive]\nkind = 'dicomweb'",
    "archive.url ": "[archive]\nkind = 'dicomweb'\nurl = 'pacs'",
    "archive.url  ": "[archive]\nkind = 'dicomweb'\nurl = 'http://[::1/x'",
    "archive.url   ": "[archive]\nkind = 'dicomweb'\nurl = 'http://pacs:99999/x'",
    "archive.ca_file": "[archive]\nkind = 'dicomweb'\nurl = 'https://127.0.0.1:1/x'\nca_file = 'none.pem'",
    "KIOSK_NOT_SET": "[archive]\nkind = 'dicomweb'\nurl = 'http://127.0.0.1:1/x'\npassword = 'env:KIOSK_NOT_SET'",
    "no-such-file": "[notifier]\nkind = 'http'\nurl = 'http://127.0.0.1:1/x'\ntoken = 'file:/no-such-file'",
    "reports.media": "[reports]\nmedia = 'A9'",
    "film.media": "[film]\nmedia = 'iso_a4'",
    "film.media ": "[film]\nmedia = ''",
    "ledger.url": "[ledger]\nurl = 'nonsense'",
    "ledger.url ": "[ledger]\nurl = 'mysql://db/kiosk'",
    "ledger.url  ": "[ledger]\nurl = 'postgresql+nodriver://db/kiosk'",
    "ledger.url   ": "[ledger]\nurl = 'postgresql+psycopg://db:port/kiosk'",
    "kiosk.id": "[kiosk]\nid = '../x'",
    "kiosk.pseudonym_key": "[kiosk]\npseudonym_key = 'env:SHORT_KEY'",
    "codes.patterns": "[[codes.patterns]]\npattern = '('",
    "codes.patterns ": "[[codes.patterns]]\npattern = '[0-9]+'",
    "codes.formats": "[codes]\nformats = ['Morse']\n[camera]\nsource = 'slips'",
    "printers.report.queue": "[printers.report]\nkind = 'cups'\nqueue = 'a/b'",
    "identity.questions": "[identity]\nquestions = ['favourite-colour']",
    "printers.*.server": "[printers.film]\nkind = 'cups'\nqueue = 'film'\nserver = 'cups.hospital:99999'",
    "cloud.portal": "[cloud]\nportal = 'film'",
    "kiosk.toml": "nonsense",
}
AROUND = {
    "a folder that is not there": "[archive]\npath = 'none'",
    "a queue without a name": "[printers.film]\nkind = 'cups'\nserver = 'no.such.host.invalid:1'",
    "a state folder that is a file": "[kiosk]\nstate_dir = 'kiosk.toml'",
    "a state folder below a file": "[kiosk]\nstate_dir = 'kiosk.toml/state'",
    "a private folder that is a file": "[kiosk]\nprivate_dir = 'kiosk.toml'",
    "an archive that does not answer": "[archive]\nkind = 'dicomweb'\nurl = 'http://127.0.0.1:1/x'\nconnect_s = 0.2",
    "an archive without a name": "[archive]\nkind = 'dicomweb'\nurl = 'http://no.such.host.invalid/x'\nquery_s = 1",
    "a database that is down": "[ledger]\nurl = 'postgresql+psycopg://kiosk@127.0.0.1:1/kiosk'",
    "a journal in a file": "[ledger]\nurl = 'sqlite:////dev/null/ledger.db'",
    "a queue that is not there": "[printers.report]\nkind = 'cups'\nqueue = 'none'\nserver = '/no/such/socket'",
    "a printer's folder that is a file": "[printers.report]\npath = 'kiosk.toml'",
    "a camera that is not there": "[camera]\nsource = '/dev/no-such-camera'",
    "a camera that is a text": "[camera]\nsource = 'kiosk.toml'",
    "a camera without an address": "[camera]\nsource = 'http://127.0.0.1:1/stream'",
}
COMMANDS = (("doctor", "--json"), ("journey", "--code", "A1", "--answer", "000000", "--json"), ("audit", "verify"),
            ("stats", "R8"), ("staff", "list"))  # fmt: skip


def written(folder: Path, text: str) -> str:
    """The configuration, on an archive of its own unless the text says another; nothing slow."""
    (folder / "archive").mkdir()
    base = {"archive": "path = 'archive'\n", "identity": "uniform_ms = 0\n"}
    for name, line in base.items():
        head = f"[{name}]\n"
        if head not in text:
            text = f"{text}\n{head}{line}"
    file = folder / "kiosk.toml"
    file.write_text(text, encoding="utf-8")
    return str(file)


@pytest.mark.parametrize("key", WRONG, ids=lambda key: f"{key.strip()}-{list(WRONG).index(key)}")
def test_what_is_wrong_in_the_file_is_named_and_is_a_usage_error(
    key: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHORT_KEY", "abc")
    config = written(tmp_path, WRONG[key]) 
    assert main(["doctor", "--config", config]) == 2
    told = capsys.readouterr().err
    assert key.strip() in told and told.count("\n") == 1


READS_FILES = {  # these need little of the configuration: it is refused all the same
    "film": ("film", "--test-page", "--out", "test.pdf"),
    "render": ("render", "none.dcm", "--out", "x.png"),
    "scan": ("scan", "none.png"),
    "demo": ("demo", "--headless"),
}


@pytest.mark.parametrize("command", READS_FILES)
def test_a_command_on_files_of_its_own_refuses_a_bad_configuration_too(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = written(tmp_path, WRONG["film.media"])
    monkeypatch.chdir(tmp_path)
    assert main([*READS_FILES[command], "--config", config]) == 2
    assert "film.media" in capsys.readouterr().err and not (tmp_path / "test.pdf").exists()


def test_film_is_made_for_the_configured_sheet_unless_another_is_asked_for(tmp_path: Path) -> None:
    config, sheet = written(tmp_path, "[film]\nmedia = '10INX12IN'"), tmp_path / "test.pdf"
    for asked, inches in (((), (10, 12)), (("--media", "14INX17IN"), (14, 17))):
        # A process of its own: the command forks its worker, which a program with threads, such as this one, must not.
        film = [sys.executable, "-m", "kiosk", "film", "--test-page", "--out", str(sheet)]
        assert subprocess.run([*film, "--config", config, *asked], timeout=120).returncode == 0
        with pypdfium2.PdfDocument(sheet) as document:
            assert document[0].get_size() == pytest.approx(tuple(72 * side for side in inches), abs=0.5)


def test_a_database_that_is_down_is_said_in_plain_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--config", written(tmp_path, AROUND["a database that is down"])]) == 1
    told = capsys.readouterr().out
    assert "no connection" in told and "Error" not in told and "Start PostgreSQL" in told


@pytest.mark.parametrize("what", AROUND)
def test_what_is_wrong_around_it_is_found_and_every_command_ends_with_a_documented_code(
    what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = written(tmp_path, AROUND[what])
    codes = {command[0]: main([*command, "--config", config]) for command in COMMANDS}
    assert codes["doctor"] == 1
    assert codes["journey"] in (3, 4, 6) and {codes[name] for name in ("audit", "stats", "staff")} <= {0, 6}
    assert "Traceback" not in capsys.readouterr().err


VALUES = ("-1", "1e999", "''", '"\\u0000"', "[]", "{}", '"\\U0001F600"', "9999999999999999999", "nan")


@pytest.mark.parametrize("section", [name for name in Settings.model_fields if name != "printers"])
@pytest.mark.parametrize("value", VALUES)
def test_any_value_at_any_key_is_taken_or_refused(
    section: str, value: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = getattr(Settings(), section).__class__.model_fields
    for number, option in enumerate(options):
        folder = tmp_path / str(number)
        folder.mkdir()
        config = written(folder, f"[{section}]\n{option} = {value}")
        assert main(["stats", "R8", "--config", config]) in (0, 2, 6), option
        assert "Traceback" not in capsys.readouterr().err


def test_a_short_key_is_refused_with_a_command_that_makes_a_good_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = written(tmp_path, "[kiosk]\npseudonym_key = 'env:FLEET_KEY'")
    monkeypatch.setenv("FLEET_KEY", "x" * 31)
    assert main(["audit", "verify", "--config", config]) == 2
    told = capsys.readouterr().err
    command = told.partition("make one with: ")[2].strip()
    assert command == MAKE_KEY
    made = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True).stdout.strip()
    monkeypatch.setenv("FLEET_KEY", made)
    assert main(["audit", "verify", "--config", config]) == 0


def test_a_kiosk_without_camera_and_film_printer_by_choice_is_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = written(tmp_path, "[printers.film]\nkind = 'none'\n[camera]\nsource = 'none'")
    assert main(["doctor", "--config", config]) == 0
    told = capsys.readouterr().out
    assert "camera.source" in told and "printers.film.kind" in told and "WRONG" not in told
    assert "nothing to compare with" in told


def test_a5_paper_works(tmp_path: Path) -> None:
    for number, name in enumerate(("A5", "a5", "iso_a5_148x210mm")):
        folder = tmp_path / str(number)
        folder.mkdir()
        config = written(folder, f"[reports]\nmedia = '{name}'\n[printers.film]\nkind = 'none'")
        assert main(["doctor", "--config", config]) == 0
