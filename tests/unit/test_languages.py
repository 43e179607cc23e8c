"""Languages are what lies in assets/translations: one more file, and screens, film, paper and messages speak it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.adapters.notifiers import FileNotifier, notifier_of
from kiosk.config import Hospital, NotifierSettings, ScreenSettings
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.imaging.film.texts import film_texts
from kiosk.session.screens.texts import all_texts, load_texts
from kiosk.statistics.words import words_in
from kiosk.words import assets, language_named, language_of, languages, sections
from tests.support.languages import add_german


@pytest.fixture
def german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_german(tmp_path, monkeypatch)


@pytest.mark.usefixtures("german")
def test_one_file_more_is_one_language_more() -> None:
    assert [one.name for one in languages()] == ["中文", "繁體中文", "English", "Deutsch", "Español", "العربية"]
    texts = all_texts(Hospital(desks={"de": "Schalter 3"}).desk_in)
    assert texts["de"]("common.help") == "Hilfe"
    assert texts["de"].section("attract")["film-desk"] == "At Schalter 3"
    assert film_texts("de")("male") == "männlich"
    assert sections("de")["report-frame"]["untitled"] == "Befund"
    assert words_in("de")("Service") == "Service"


@pytest.mark.usefixtures("german")
def test_a_report_is_framed_in_the_language_it_is_written_in() -> None:
    assert language_of(["Lunge: kein Herdschatten über 4 mm"]) == "en"  # of the first, by order, whose letters it has
    assert language_of(["äöü"]) == "de"
    assert language_of(["胸部 CT plain"]) == "zh"
    assert language_of([""]) == "en"


@pytest.mark.usefixtures("german")
def test_messages_speak_the_language_of_the_screens(tmp_path: Path) -> None:
    hospital = Hospital(name="{code}医院", names={"de": "Kreis{krankenhaus}"})
    notifier = notifier_of(NotifierSettings(kind="file", path=tmp_path / "messages"), hospital, "de")
    assert isinstance(notifier, FileNotifier)
    notifier.send_code("13800000000", "4711")
    assert "Kreiskrankenhaus: your code for the report kiosk is 4711" in (tmp_path / "messages").read_text()


def test_a_language_that_is_not_there_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="no such language: de; known: zh, zh-Hant, en, es, ar"):
        ScreenSettings(language="de")
    with pytest.raises(KioskError, match="no language 'de'"):
        language_named("de")
    add_german(tmp_path, monkeypatch)
    file = tmp_path / "assets" / "translations" / "de.toml"
    file.write_text(file.read_text().replace('order = "3"', 'order = "third"'))
    with pytest.raises(KioskError, match=r"de.toml: \[language\]") as caught:
        languages()
    assert caught.value.code is FaultCode.CONFIG_INVALID


def test_a_letterhead_without_a_name_of_its_own_keeps_the_first() -> None:
    hospital = Hospital(name="市人民医院", department="影像科", names={"en": "City Hospital"})
    assert (hospital.name_in("zh"), hospital.department_in("zh")) == ("市人民医院", "影像科")
    assert (hospital.name_in("en"), hospital.department_in("en")) == ("City Hospital", "")
    assert (hospital.name_in("de"), hospital.department_in("de")) == ("市人民医院", "影像科")


@pytest.mark.usefixtures("german")
def test_a_word_that_a_hospitals_own_file_lacks_is_said_in_english_and_the_visit_goes_on() -> None:
    file = assets() / "translations" / "de.toml"
    words = file.read_text(encoding="utf-8")
    assert 'headset = "Headset connected."\n' in words
    file.write_text(words.replace('headset = "Headset connected."\n', ""), encoding="utf-8")
    german = load_texts("de", "X")
    assert german("spoken.headset") == "Headset connected." and german("common.help") == "Hilfe"
