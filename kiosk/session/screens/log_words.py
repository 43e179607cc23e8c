"""What the kiosk's log says of an event's details: words for staff; what is for machines stays in the export."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kiosk.session.screens.texts import Texts

Value = str | int | float | bool

# where the words of a value are kept; the other values are shown as they are
VALUES = {
    "fault": ("fault.",),
    "reason": ("override.", "reason.", "inbox.reason-"),
    "what": ("what.",),
    "where": ("where.",),
    "question": ("confirm.other-",),
    "ended": ("ended.",),
    "by": ("claim.",),
    "source": ("source.",),
    "how": ("how.",),
    "relation": ("relation.",),
    "paper": ("paper.",),
    "collector": ("collector.",),
    "modality": ("modality.",),
    "modalities": ("modality.",),
}
# in the order they are read
SHOWN = (
    "device", "fault", "what", "relation", "reason", "collector", "paper", "how",
    "where", "code", "question", "left", "locked", "ended", "by", "source", "name", "item",
    "exams", "ready", "found", "studies", "events", "modality", "modalities", "sheets", "pages", "printed", "copy",
    "placed", "left_out", "skipped", "faulty", "dropped", "accession", "study", "serial", "seconds", "copies", "items",
    "number", "said",
)  # fmt: skip
# pseudonyms and folders tell staff nothing; the command of a release is for the export
HIDDEN = ("document", "folder", "action")
ONLY_WHEN_SOME = ("left_out", "skipped", "faulty", "dropped", "accession", "study", "locked")


def told(details: Mapping[str, Value], texts: Texts) -> str:
    """The details of one event in a line."""
    return " · ".join(_parts(dict(details), texts))


def words_of(key: str, value: Value, texts: Texts) -> str:
    """The words of one value; empty where a closed list has none for it."""
    starts = VALUES.get(key)
    if starts is None:
        return str(value)
    words = (next((w for s in starts if (w := texts.get(s + one, ""))), "") for one in str(value).split(","))
    return texts("detail.and").join(word for word in words if word)


def _parts(details: dict[str, Value], texts: Texts) -> Iterator[str]:
    counted = _sheets(details, texts)
    if "exams" not in details:
        details.pop("ready", None)  # of a document it is the moment its report was signed
    if details.get("copy") == 1:
        del details["copy"]
    for key in SHOWN:
        if key == "sheets" and counted:
            yield counted
        if key not in details or (key in ONLY_WHEN_SOME and not details[key]):
            continue
        value = words_of(key, details[key], texts)
        if value:
            yield texts(f"detail.{key}", value=value, count=details[key])


def _sheets(details: dict[str, Value], texts: Texts) -> str:
    """How much of what was due is printed."""
    for done, due in (("sheets", "pages"), ("printed", "sheets")):
        if done in details and due in details:
            return texts("trouble.printed", printed=details.pop(done), planned=details.pop(due))
    return ""
