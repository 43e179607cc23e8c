"""What an exam is found by: numbers, the name in characters, in letters and by its initials, the telephone's end."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from pypinyin import Style, lazy_pinyin

from kiosk.domain.exam import Exam

PHONE = re.compile(r"\d{4}")


def plain(text: str) -> str:
    """Letters and digits only, in one case and width: what is typed is compared with what is on file."""
    return "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum())


@dataclass(frozen=True)
class SearchKeys:
    """Made once an exam."""

    numbers: tuple[str, ...]
    names: tuple[str, ...]
    phone: str

    def match(self, query: str) -> bool:
        """`query` as `plain` makes it: part of a number or name, or exactly the telephone's last four digits."""
        if query == self.phone and PHONE.fullmatch(query):
            return True
        return any(query in one for one in self.names) or any(query in one for one in self.numbers)


def keys_of(exam: Exam) -> SearchKeys:
    """Initials and syllables are those of the readings a dictionary gives; a name read otherwise is found by
    characters."""
    facts = exam.identity
    name = plain(facts.name)
    names = {name}
    if not name.isascii():
        names |= {"".join(lazy_pinyin(name, style=style)) for style in (Style.FIRST_LETTER, Style.NORMAL)}
    else:
        names.add("".join(part[0] for part in re.findall(r"[a-z0-9]+", facts.name.casefold())))
    numbers = (exam.accession, facts.patient_id, exam.referring_visit)
    phone = "".join(char for char in facts.telephone if char.isdigit())
    return SearchKeys(tuple(filter(None, map(plain, numbers))), tuple(filter(None, names)), phone[-4:])
