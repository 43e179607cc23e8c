"""Single values of DICOM attributes: dates, times, and text that somebody decoded wrongly."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime, tzinfo


def repaired(text: str) -> str:
    """GBK that somebody took for Latin-1 ("ÍõÐ¡¶«"), read rightly; any other text as it is.

    Only where all characters above ASCII stand in pairs of the GB 2312 area, which no Latin-1 name does.
    """
    if text.isascii():
        return text
    high = "".join(c if ord(c) > 127 else " " for c in text)
    runs = high.split()
    if not runs or any(len(run) % 2 or not all(0xA1 <= ord(c) <= 0xFE for c in run) for run in runs):
        return text
    try:
        decoded = text.encode("latin-1").decode("gb18030")
    except UnicodeDecodeError:
        return text
    return decoded if all(unicodedata.category(c) == "Lo" for c in decoded if ord(c) > 127) else text


def moment(day: str, time: str, zone: tzinfo) -> datetime | None:
    """DA and TM (PS3.5 6.2) as a moment of the hospital's clock; without a time midnight."""
    when = calendar_day(day)
    if when is None:
        return None
    digits = "".join(c for c in time.partition(".")[0] if c.isdecimal() and c.isascii())[:6].ljust(6, "0")
    hour, minute, second = (int(digits[n : n + 2]) for n in (0, 2, 4))
    if hour > 23 or minute > 59:
        return datetime(when.year, when.month, when.day, tzinfo=zone)
    return datetime(when.year, when.month, when.day, hour, minute, min(second, 59), tzinfo=zone)


def calendar_day(text: str) -> date | None:
    """A DA value, also in the old form with dots; None where it is no day."""
    digits = text.replace(".", "").replace("-", "")
    if len(digits) != 8 or not digits.isdecimal() or not digits.isascii():
        return None
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
