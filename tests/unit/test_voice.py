"""The voice: the bank's clips, espeak-ng for the rest, silence where neither works; A7 the list of polyphones."""

from __future__ import annotations

import math
import shutil
import subprocess
import tomllib
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from kiosk.adapters.speech import phrases, sounds
from kiosk.adapters.speech.speaking import SpeakingVoice
from kiosk.config import VoiceSettings
from kiosk.domain.faults import FaultCode
from kiosk.session import states as at
from kiosk.session.facts import Facts
from kiosk.session.screens.spoken import SAYINGS, spoken, spoken_help, spoken_warning
from kiosk.session.screens.texts import load_texts
from kiosk.session.screens.view import Surroundings
from kiosk.words import assets, sections, tags
from tests.support.servers import program
from ui.pictures import samples

POLYPHONES = tomllib.loads((assets() / "voices" / "polyphones.toml").read_text(encoding="utf-8"))["zh"]
PERSONAL = ("三丰", "张*丰", "CT2026110042", "胸部", "Chest")


def test_a7_fifty_polyphones_are_read_as_they_should_be() -> None:
    assert len(POLYPHONES) >= 50
    wrong = {word: said for word in POLYPHONES if " ".join(said := sounds.pinyin(word)) != POLYPHONES[word]}
    assert wrong == {}


def test_a7_polyphones_are_right_inside_a_sentence_too() -> None:
    assert " ".join(sounds.pinyin("长辈请到银行重新打印")) == "zhang3 bei4 qing3 dao4 yin2 hang2 chong2 xin1 da3 yin4"


@pytest.mark.parametrize("language", tags())
def test_every_state_has_a_sentence_and_none_names_a_person(language: str) -> None:
    around = Surroundings(Facts(), load_texts(language, "X"), samples.NOW)
    assert set(SAYINGS) >= {type(state) for state in samples.states().values()}
    for name, state in samples.states().items():
        said = " ".join(spoken(state, around).pieces)
        assert said and not any(word in said for word in PERSONAL), (name, said)
    assert spoken_warning(around.texts).pieces and "4 8 2 1" in spoken_help(samples.CALL, around.texts).pieces


def test_every_fault_is_said_with_what_to_do() -> None:
    around = Surroundings(Facts(), load_texts("zh", "3 号窗口"), samples.NOW)
    for fault in FaultCode:
        assert len(spoken(at.Failed("t", fault), around).pieces) >= 2


def test_a_call_code_is_said_figure_by_figure() -> None:
    assert sounds.units("4 8 2 1") == ["4", "8", "2", "1"] and sounds.units("3 号窗口") == ["3 号窗口"]


def test_the_bank_speaks_what_it_holds() -> None:
    program("opusdec", "opus-tools")
    held = [text for text in phrases.phrases_of("zh") if phrases.clip_of(text, "zh")]
    assert {"影像报告自助服务。请把检查单的条码朝上，放在镜头下。", "份报告可以领取。", "2"} <= set(held)
    sound = sounds.sound_of("份报告可以领取。", "zh")
    assert len(sound) > sounds.RATE and max(sound) > 0, "more than half a second"


def test_the_bank_holds_no_clip_of_words_that_are_gone() -> None:
    """What has changed is made anew by assets/make_voices.py; until then espeak-ng says it."""
    for folder in (assets() / "voices").glob("*/"):
        known = {phrases.clip_name(text) for text in phrases.phrases_of(folder.name)}
        assert {clip.name for clip in folder.glob("*.opus")} - known == set()


def test_traditional_chinese_is_read_from_the_mandarin_bank() -> None:
    """The same sentence, written otherwise: where the one has a clip, so has the other."""
    simple, traditional = sections("zh")["spoken"]["headset"], sections("zh-Hant")["spoken"]["headset"]
    assert simple != traditional
    assert phrases.clip_of(traditional, "zh-Hant") == phrases.clip_of(simple, "zh") is not None
    assert phrases.clip_of("7", "zh-Hant") == phrases.clip_of("7", "zh") is not None
    assert phrases.clip_of("nobody says this", "zh-Hant") is None


def test_another_languages_words_are_in_no_bank() -> None:
    assert not {sections("zh")["attract"]["sub"], sections("zh")["attract"]["sub-no-camera"]} & set(
        phrases.phrases_of("zh")
    )


@pytest.mark.parametrize(("text", "language"), [("This is not in the bank", "en"), ("没有录音的句子", "zh"),
                                                ("Una frase nueva", "es"), ("جملة جديدة", "ar")])  # fmt: skip
def test_what_is_not_in_the_bank_is_synthesised(text: str, language: str) -> None:
    program("espeak-ng", "espeak-ng")
    assert len(sounds.sound_of(text, language)) > sounds.RATE


def test_a_broken_clip_is_replaced_by_the_synthesiser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program("espeak-ng", "espeak-ng")
    monkeypatch.setattr(sounds, "clip_of", lambda text, language: b"OggS but nothing that follows")
    assert len(sounds.sound_of("a broken clip", "en")) > sounds.RATE


def test_without_any_program_there_is_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert sounds.sound_of("nobody can say this", "en") == b""
    voice = SpeakingVoice()
    voice.say(("nothing",), "en", 0.5)
    voice.close()
    voice.say(("after the end",), "en", 0.5)


def player(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Stands in for the sound card's player."""
    file = folder / "aplay"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_a_new_sentence_cuts_off_what_plays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program("espeak-ng", "espeak-ng")
    player(tmp_path, monkeypatch, f"cat > {tmp_path}/sound.$$; exec sleep 600")
    voice = SpeakingVoice()
    voice.say(("a sentence that is cut off",), "en", 0.5)
    voice.say(("2",), "zh", 0.5)
    voice.hush()
    voice.close()  # returns: whatever played has been ended


def test_a_sound_card_that_is_pulled_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    player(tmp_path, monkeypatch, "exit 1")
    voice = SpeakingVoice()
    for _ in range(3):
        voice.say(("2", "3"), "zh", 0.5)
    voice.close()


def test_the_volume_scales_and_never_clips() -> None:
    loud = b"\xff\x7f" * 4
    assert sounds.louder(loud, 0.0) == b"\0\0" * 4 and sounds.louder(loud, 3.0) == loud


def test_the_volume_has_a_range_of_18_db() -> None:
    from ui.speech import LOWEST

    quiet, loud = (np.frombuffer(sounds.louder(b"\xff\x7f", volume), "<i2")[0] for volume in (LOWEST, 1.0))
    assert 20 * math.log10(loud / quiet) >= 18


def test_a_key_that_does_something_unknown_is_refused() -> None:
    with pytest.raises(ValidationError, match="no such deed"):
        VoiceSettings(keys={"F1": "dance"})


def test_the_script_that_makes_the_bank_tells_how() -> None:
    script = assets() / "make_voices.py"
    run = subprocess.run(["/usr/bin/env", "python3", "-m", "py_compile", script], capture_output=True, check=False)
    assert run.returncode == 0 and "pip install" in script.read_text(encoding="utf-8")
