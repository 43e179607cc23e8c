"""From a phrase to its sound: the bank's clip where there is one, else espeak-ng. Silence rather than an error."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import tomllib
import wave
from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from kiosk.adapters.speech.phrases import clip_of
from kiosk.words import assets, language_named

RATE = 24_000
DECODE_S = 10.0
LONGEST_CACHED = 64
PINYIN_VOICE = "cmn-latn-pinyin"
"""espeak-ng 1.51 reads Chinese characters as the names of letters; pinyin it reads well enough to be understood."""


def units(text: str) -> list[str]:
    """What is spoken in one go: figures that come spaced, such as the number of a call, one by one."""
    return text.split() if re.fullmatch(r"\d( \d)+", text) else [text]


@lru_cache(LONGEST_CACHED)
def sound_of(text: str, language: str) -> bytes:
    """16-bit mono at RATE; empty where nothing can speak it."""
    clip = clip_of(text, language)
    return (_decoded(clip) if clip else b"") or _synthesised(text, language)


def _decoded(clip: bytes) -> bytes:
    program = shutil.which("opusdec")
    if program is None:
        return b""
    return _output([program, "--quiet", "--rate", str(RATE), "--force-wav", "-", "-"], clip)


def _synthesised(text: str, language: str) -> bytes:
    program = shutil.which("espeak-ng")
    if program is None:
        return b""
    html = language_named(language).html
    chinese = html.startswith("zh")
    voice, said = (PINYIN_VOICE, " ".join(pinyin(text))) if chinese else (html, text)
    return _output([program, "-v", voice, "-s", "150", "--stdin", "--stdout"], said.encode())


def pinyin(text: str) -> list[str]:
    """Syllables with the number of their tone; words of the list of polyphones as that has them."""
    return _pronounced()(text)


@lru_cache(1)
def _pronounced() -> Callable[[str], list[str]]:
    """Loaded when the bank lacks something for the first time: its dictionary takes 45 MB."""
    from pypinyin import Style, lazy_pinyin, load_phrases_dict

    words = tomllib.loads((assets() / "voices" / "polyphones.toml").read_text(encoding="utf-8"))["zh"]
    load_phrases_dict({word: [[one] for one in said.split()] for word, said in words.items()}, style="tone2")
    return partial(lazy_pinyin, style=Style.TONE3, neutral_tone_with_five=True)


def _output(command: list[str], given: bytes) -> bytes:
    try:
        run = subprocess.run(command, input=given, capture_output=True, timeout=DECODE_S, check=True)
        return _at_rate(run.stdout)
    except (OSError, subprocess.SubprocessError, wave.Error, EOFError, ValueError):
        return b""


def _at_rate(waves: bytes) -> bytes:
    """The samples of a WAV, mono, at RATE. A stream's header may promise more than comes."""
    with wave.open(io.BytesIO(waves)) as source:
        rate, channels = source.getframerate(), source.getnchannels()
        samples = np.frombuffer(source.readframes(source.getnframes()), "<i2")[::channels].astype(np.float32)
    if rate == RATE:
        return samples.astype("<i2").tobytes()
    places = np.arange(0, len(samples), rate / RATE)
    return np.interp(places, np.arange(len(samples)), samples).astype("<i2").tobytes()


def louder(sound: bytes, volume: float) -> bytes:
    """The same, scaled."""
    samples: NDArray[np.int16] = np.frombuffer(sound, "<i2")
    return (samples * min(1.0, max(0.0, volume))).astype("<i2").tobytes()
