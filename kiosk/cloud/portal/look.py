"""How a person wants the pages: language and large type, kept in a cookie that says nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from starlette.requests import Request
from starlette.responses import Response

from kiosk.words import Language, languages, sections

COOKIE = "look"
KEPT_S = 365 * 86_400
LARGE = "large"


@dataclass(frozen=True)
class Appearance:
    """Language and size of one person's pages."""

    language: Language
    large: bool

    @property
    def said(self) -> str:
        """As the cookie says it."""
        return f"{self.language.tag}.{LARGE if self.large else 'normal'}"

    def keep(self, response: Response, secure: bool) -> None:
        """For next time."""
        response.set_cookie(COOKIE, self.said, max_age=KEPT_S, path="/", secure=secure, httponly=True, samesite="lax")

    def words(self) -> PortalWords:
        """All words of the pages."""
        return PortalWords(self.language)


def look_of(request: Request) -> Appearance:
    """What was chosen, else what the browser asks for, else the first language."""
    tag, _, size = request.cookies.get(COOKIE, "").partition(".")
    return Appearance(language_tagged(tag) or _asked(request.headers.get("accept-language", "")), size == LARGE)


def offered() -> tuple[Language, ...]:
    """Languages that have words for these pages; the kiosk may speak more."""
    return tuple(one for one in languages() if "portal" in sections(one.tag))


def language_tagged(tag: str) -> Language | None:
    """A language by the tag of its file."""
    return next((one for one in offered() if one.tag == tag), None)


def _asked(untrusted_header: str) -> Language:
    """The first wanted language that is there (RFC 9110 12.5.4, without weights: browsers send them in order)."""
    known = offered()
    for wanted in (part.partition(";")[0].strip().lower() for part in untrusted_header[:200].split(",")):
        for one in known:
            if wanted and _suits(wanted, one.html.lower()):
                return one
    return known[0]


# Scripts by region where the header names none (CLDR likely subtags).
_SCRIPTS = {"zh-tw": "zh-hant", "zh-hk": "zh-hant", "zh-mo": "zh-hant", "zh-cn": "zh-hans", "zh-sg": "zh-hans"}


def _suits(wanted: str, tag: str) -> bool:
    wanted = _SCRIPTS.get(wanted, wanted)
    return tag == wanted or tag.startswith(f"{wanted}-") or wanted.startswith(f"{tag}-")


class PortalWords:
    """The words of one language; an unknown key is a programming error and raises KeyError."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._sections = sections(language.tag)

    def __call__(self, key: str, **values: object) -> str:
        """Of the section `portal`; a `count` of one takes KEY-one where there is one."""
        words = self._sections["portal"]
        if values.get("count") == 1 and f"{key}-one" in words:
            key = f"{key}-one"
        return words[key].format_map(values)

    def of(self, section: str, key: str, fallback: str) -> str:
        """A word of another section, or what is given."""
        return self._sections.get(section, {}).get(key, fallback)

    def day(self, written: str) -> str:
        """A date as ISO 8601 has it, in words; what is no date stays as it is."""
        try:
            day = date.fromisoformat(written[:10])
        except ValueError:
            return written
        when = self._sections["when"]
        name = when[f"month-{day.month}"]
        values = {"year": day.year, "month": day.month, "day": day.day, "month-name": name}
        return when["date-year"].format_map(values)

    def clock(self, written: str) -> str:
        """The time of an ISO 8601 moment, 14:32; empty where it has none."""
        try:
            return f"{datetime.fromisoformat(written):%H:%M}" if len(written) > 10 else ""
        except ValueError:
            return ""
