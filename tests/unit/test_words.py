"""Every fault has its words in every language, and the languages have the same keys."""

from __future__ import annotations

import re
import tomllib

import pytest

from kiosk.domain.exam import Readiness
from kiosk.domain.faults import FaultCode
from kiosk.domain.person.identity import Question
from kiosk.domain.reasons import FilmReason, OverrideReason
from kiosk.ports.scanner import Hint
from kiosk.session.screens.texts import load_texts
from kiosk.words import SOURCE, assets, tags

TREES = {name: tomllib.loads((assets() / "translations" / f"{name}.toml").read_text()) for name in tags()}


# Of the pages for browsers: a language has all of them or none, and then is not offered there.
PAGES = {"portal", "viewer"}
# What is written in the code in English and has a table of it in other languages only.
BY_SOURCE = {"on-film-said", "statistics"}


def keys(tree: dict[str, dict[str, str]]) -> dict[str, set[str]]:
    own = {s: words for s, words in tree.items() if s not in BY_SOURCE}
    return {f"{s}.{k}": set(re.findall(r"{([\w-]+)}", word)) for s, words in own.items() for k, word in words.items()}


@pytest.mark.parametrize("language", tags())
def test_languages_have_the_same_keys_and_values_to_fill(language: str) -> None:
    own, source = keys(TREES[language]), keys(TREES[SOURCE])
    without = tuple(f"{section}." for section in PAGES - set(TREES[language]))
    source = {key: values for key, values in source.items() if not without or not key.startswith(without)}
    assert own.keys() == source.keys()
    dates = {key for key in own if key.startswith("when.")}
    assert [key for key in own if own[key] != source[key] and key not in dates] == []


@pytest.mark.parametrize("language", tags())
def test_every_fault_says_what_happened_what_to_do_and_advises_staff(language: str) -> None:
    texts = load_texts(language, "X")
    for fault in FaultCode:
        assert texts(f"fault.{fault}") and texts(f"do.{fault}")
        assert texts(f"advice.{fault}") or fault is FaultCode.CANCELLED


@pytest.mark.parametrize("language", tags())
def test_every_closed_list_has_words(language: str) -> None:
    texts = load_texts(language, "X")
    for reason in FilmReason:
        assert texts(f"reason.{reason}") and texts(f"cheaper.{reason}")
    assert all(texts(f"override.{reason}") for reason in OverrideReason)
    assert all(texts(f"confirm.{q}") and texts(f"confirm.sub-{q}") and texts(f"confirm.other-{q}") for q in Question)
    assert all(texts(f"hint.{hint}") for hint in Hint if hint is not Hint.NONE)
    for readiness in Readiness:
        assert texts(f"state.{readiness}")
        texts(f"why.{readiness}", when="")
