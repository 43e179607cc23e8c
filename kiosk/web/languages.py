"""Which language a browser is answered in."""

from __future__ import annotations

from functools import lru_cache

from kiosk.words import Language, languages, sections


def offered(section: str) -> tuple[Language, ...]:
    """Languages that have these pages' section of words; the kiosk may speak more."""
    return _offered(section, languages())


@lru_cache(maxsize=16)
def _offered(section: str, known: tuple[Language, ...]) -> tuple[Language, ...]:
    return tuple(one for one in known if section in sections(one.tag))


def language_tagged(tag: str, section: str) -> Language | None:
    """An offered language by the tag of its file."""
    return next((one for one in offered(section) if one.tag == tag), None)


def asked_language(untrusted_header: str, section: str) -> Language:
    """The first wanted language that is there (RFC 9110 12.5.4, without weights: browsers send them in order)."""
    known = offered(section)
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
