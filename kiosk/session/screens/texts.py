"""The words of the screens, by language and key."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

from kiosk.domain.exam import Exam
from kiosk.words import SOURCE, language_named, sections, tags


class Texts:
    """Words of one language; `values` fill the braces."""

    def __init__(self, language: str, words: Mapping[str, str], always: Mapping[str, str]) -> None:
        self.language = language
        self._words = words
        spaced = language_named(language).spaces_figures
        self._always = {key: _spaced(word) if spaced else word for key, word in always.items()}

    def __call__(self, key: str, **values: object) -> str:
        """The words of a key; an unknown key is a programming error and raises KeyError.

        A `count` of one takes KEY-one where the words have it: English needs a singular.
        """
        if values.get("count") == 1:
            key = f"{key}-one" if f"{key}-one" in self._words else key
        return self._words[key].format_map({**self._always, **values})

    def pieces(self, key: str, **values: object) -> tuple[str, ...]:
        """The words of a key as they are said one after another: what stands between the values, and those."""
        if values.get("count") == 1:
            key = f"{key}-one" if f"{key}-one" in self._words else key
        filled = {**self._always, **values}
        cut = re.split(r"(\{[^}]*\})", self._words[key])
        parts = (str(filled[part[1:-1]]) if part.startswith("{") else part for part in cut)
        return tuple(said for part in parts if any(map(str.isalnum, said := part.strip())))

    def get(self, key: str, fallback: str) -> str:
        """The words of a key from outside, such as a body part, or the fallback."""
        return self._words.get(key, fallback)

    def section(self, name: str) -> dict[str, str]:
        """All keys of a section without braces to fill, for static labels."""
        start = name + "."
        return {
            key[len(start) :]: self(key)
            for key, word in self._words.items()
            if key.startswith(start) and "{" not in word.replace("{desk}", "")
        }

    def day(self, day: date, today: date) -> str:
        """11月20日 / 20 Nov; with the year when it is another one."""
        if day == today:
            return self("when.today")
        key = "when.date" if day.year == today.year else "when.date-year"
        values = {"year": day.year, "month": day.month, "day": day.day, "month-name": self(f"when.month-{day.month}")}
        return self(key, **values)

    def moment(self, moment: datetime | None, today: date) -> str:
        """The day and its half: 11月20日 上午."""
        if moment is None:
            return ""
        half = "when.morning" if moment.hour < 12 else "when.afternoon"
        return f"{self.day(moment.date(), today)} {self(half)}"

    def by_hour(self, moment: datetime, today: date) -> str:
        """A time by which something is there, never too early: the next full hour."""
        full = moment.replace(minute=0, second=0, microsecond=0)
        until = full if full == moment else full + timedelta(hours=1)
        return f"{self.day(until.date(), today)} {until:%H:%M}"

    def long_date(self, day: date) -> str:
        """The attract screen's date."""
        names = {"month-name": self(f"when.month-{day.month}"), "weekday": self(f"when.weekday-{day.weekday()}")}
        return self("when.attract-date", year=day.year, month=day.month, day=day.day, **names)

    def exam(self, exam: Exam) -> str:
        """What a patient calls it: 胸部 CT. The diagnosis is never part of it."""
        kind = self.get(f"modality.{exam.modality}", exam.modality or self("modality.OT"))
        body = self.get(f"body.{exam.body_part.upper().replace(' ', '')}", "")
        return self("exam.name", body=body, modality=kind) if body else self("exam.name-only", modality=kind)


def _spaced(word: str) -> str:
    """Chinese sets a space between ideographs and a figure or Latin letter: 请到 3 号窗口."""
    return f"{' ' * word[:1].isascii()}{word}{' ' * word[-1:].isascii()}"


def load_texts(language: str, desk: str) -> Texts:
    """The words of one language of `assets/translations`; `desk`: where staff help.

    What a hospital's own file lacks is said in the source's words: a sentence in English, and the visit goes on.
    """
    trees = (sections(SOURCE), sections(language))
    words = {f"{section}.{key}": word for tree in trees for section in tree for key, word in tree[section].items()}
    return Texts(language, words, {"desk": desk})


def all_texts(desk_in: Callable[[str], str]) -> dict[str, Texts]:
    """The words of every language there is."""
    return {tag: load_texts(tag, desk_in(tag)) for tag in tags()}
