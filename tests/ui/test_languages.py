"""With more than two languages the toggle is a chooser, each language by its own name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.languages import add_german
from tests.ui.conftest import SMALL
from tests.ui.hand import PORTRAIT, texts, touch
from ui.pictures.gallery import Stage


@pytest.fixture
def three(_qt: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    add_german(tmp_path, monkeypatch)
    stage = Stage("light", sizes=SMALL)
    yield stage
    stage.close()


def test_a_language_is_chosen_by_its_own_name(three: Stage) -> None:
    three.show("attract", PORTRAIT)
    touch(three, "choose-language")
    assert {"中文", "English", "Deutsch"} <= set(texts(three))
    touch(three, "language-de")
    assert three.bridge.property("language") == "de"
    assert "Hilfe" in texts(three)
    assert "English" not in texts(three)


def test_the_chooser_closes_without_a_choice(three: Stage) -> None:
    three.show("list", PORTRAIT)
    touch(three, "choose-language")
    touch(three, "language-close")
    assert three.bridge.property("language") == "zh"
    assert "Deutsch" not in texts(three)
