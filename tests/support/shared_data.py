"""Public test data beside the repository, where there is any. A clone without it runs the same tests on less."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"


@dataclass(frozen=True)
class Photograph:
    """A picture of a code (or of none: `expected` is None), with what a decoder should say."""

    path: Path
    kind: str
    expected: str | None
    baseline: str

    @property
    def malicious(self) -> bool:
        """True for payloads made to do harm."""
        return "malicious" in self.kind or "separator" in self.kind or "oversized" in self.kind


def photographs(shared: Path = SHARED) -> list[Photograph]:
    """The pictures of codes with a recorded truth."""
    manifest = shared / "barcodes" / "MANIFEST.tsv"
    if not manifest.exists():
        return []
    with manifest.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [_photograph(shared, row) for row in rows if row["expected_text(unicode_escape)"] != "<not recorded>"]


def _photograph(shared: Path, row: dict[str, str]) -> Photograph:
    text = row["expected_text(unicode_escape)"]
    expected = None if text.startswith("<none") else text.encode("latin-1", "backslashreplace").decode("unicode_escape")
    return Photograph(shared / row["path"], row["kind"], expected, row["baseline_decoders"])


def national_id_vectors(shared: Path = SHARED) -> list[tuple[str, str, str]]:
    """(number, verdict, why)."""
    vectors = shared / "gb11643_vectors.tsv"
    if not vectors.exists():
        return []
    with vectors.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
    return [(number.replace("\\n", "\n"), verdict, why) for number, verdict, why in rows]
