"""The kiosk's log speaks in words: every detail that the kiosk records has some, or is known to be for machines."""

from __future__ import annotations

import ast

import pytest

from kiosk.domain.person.codes import ClaimKind, ClaimSource
from kiosk.session import states
from kiosk.session.screens.log_words import HIDDEN, SHOWN, told, words_of
from kiosk.session.screens.texts import Texts, load_texts
from kiosk.words import assets, tags

ABOUT_THE_EVENT = {"visit", "subject", "actor"}
ENDED = ("delivered", "left", "abandoned", "failed", "interrupted")


def words(language: str) -> Texts:
    return load_texts(language, "X")


def recorded() -> set[str]:
    """The names of all details given to `Audit.record` anywhere."""
    found = set()
    for file in (assets().parent / "kiosk").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "record":
                found |= {keyword.arg for keyword in node.keywords if keyword.arg}
    return found


def test_every_recorded_detail_is_shown_in_words_or_known_to_be_hidden() -> None:
    assert {"fault", "sheets", "found"} <= recorded()
    assert recorded() - ABOUT_THE_EVENT - set(SHOWN) - set(HIDDEN) == set()


@pytest.mark.parametrize("language", tags())
def test_every_value_of_a_closed_list_has_words(language: str) -> None:
    texts = words(language)
    places = [
        cls.__name__.lower() for cls in vars(states).values() if isinstance(cls, type) and cls in states.State.__args__
    ]
    assert len(places) > 10 and all(words_of("where", place, texts) for place in places)
    assert all(words_of("by", kind, texts) for kind in ClaimKind)
    assert all(words_of("source", source, texts) for source in ClaimSource)
    assert all(words_of("ended", how, texts) for how in ENDED)


@pytest.mark.parametrize("language", tags())
def test_an_event_reads_as_a_sentence_without_keys(language: str) -> None:
    texts = words(language)
    printed = {"what": "report", "sheets": 0, "pages": 1, "copy": 1, "modality": "DX", "document": "d0c",
               "serial": "7K", "ready": 1764000000, "fault": "media-empty"}  # fmt: skip
    line = told(printed, texts)
    for piece in ("d0c", "1764000000", "media-empty", "copy", "modality"):
        assert piece not in line
    assert texts("fault.media-empty") in line and texts("trouble.printed", printed=0, planned=1) in line
    assert told({"exams": 2, "ready": 1}, texts).count("·") == 1
    assert told({"placed": 120, "left_out": 0, "skipped": 0}, texts) == texts("detail.placed", value=120)
    assert told({"what": "3 records dropped"}, texts) == ""
