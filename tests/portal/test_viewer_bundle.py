"""The committed viewer is what its sources build, and stays as small as a phone on a slow line needs."""

from __future__ import annotations

import gzip
import hashlib
import json
import re

from tests.support.viewer_site import STATIC

SOURCES = STATIC.parent / "viewer"
BUILT_FROM = ("build.mjs", "package.json", "package-lock.json", "tsconfig.json")


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def digest_of_sources() -> str:
    """As build.mjs reckons it."""
    names = sorted([f"src/{path.name}" for path in (SOURCES / "src").iterdir()] + list(BUILT_FROM))
    lines = "".join(f"{sha256((SOURCES / name).read_bytes())}  {name}\n" for name in names)
    return sha256(lines.encode())


def packed(*names: str) -> int:
    return sum(len(gzip.compress((STATIC / name).read_bytes(), 9)) for name in names)


def test_bundle_is_built_from_these_sources() -> None:
    built = json.loads((STATIC / "viewer-built.json").read_text())
    assert built["sources"] == digest_of_sources(), "run installer/viewer.sh"
    for name, digest in built["files"].items():
        assert sha256((STATIC / name).read_bytes()) == digest, f"{name} was changed by hand: run installer/viewer.sh"
        if name.endswith(".js"):
            assert built["sources"] in (STATIC / name).read_text()[:200]


def test_a_changed_source_is_noticed() -> None:
    """The reckoning looks into the files, not at their names alone."""
    names = {path.name for path in (SOURCES / "src").iterdir()}
    assert {"film.ts", "frames.ts", "values.ts", "measure.ts", "viewer.css"} <= names
    without = sha256("".join(f"{sha256(b'')}  {name}\n" for name in sorted(names)).encode())
    assert without != digest_of_sources()


def test_lock_pins_by_digest_and_names_no_registry() -> None:
    lock = (SOURCES / "package-lock.json").read_text()
    packages = [one for path, one in json.loads(lock)["packages"].items() if path]
    assert packages and all(one["integrity"].startswith("sha512-") for one in packages)
    assert not re.search(r"\"resolved\"|registry\.", lock)


def test_script_and_codec_fit_a_slow_line() -> None:
    assert packed("viewer.js") <= 12 * 1024
    assert packed("codec.js", "codec.wasm") <= 110 * 1024


def test_licences_of_all_that_is_in_the_bundles_go_with_them() -> None:
    told = (STATIC / "viewer-licences.txt").read_text()
    assert "@cornerstonejs/codec-openjph" in told and "MIT License" in told
    assert "OpenJPH" in told and "Redistributions in binary form" in told


def test_bundle_holds_no_words_and_no_eval() -> None:
    """Words come with the exam, in its reader's language; the policy of the page forbids eval."""
    text = (STATIC / "viewer.js").read_text() + (STATIC / "codec.js").read_text()
    assert not re.search(r"\beval\(|new Function", text)
    assert not re.search(r"[一-鿿]", text)
