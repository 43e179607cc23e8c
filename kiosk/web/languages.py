"""Which language a browser is answered in."""

from __future__ import annotations

from kiosk.words import Language, languages


def language_tagged(tag: str) -> Language | None:
    """A language by the tag of its file."""
    return next((one for one in languages() if one.tag == tag), None)


def asked_language(untrusted_header: str) -> Language:
    """The first wanted language that is there (RFC 9110 12.5.4, without weights: browsers send them in order)."""
    known = languages()
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
