"""R2's numbers as one text: of both periods, in the order of PeriodInputs, with nothing where nothing is known.

184612,3,,18,8863,0,,|,,4625,18,,197112,20,
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal, InvalidOperation

from kiosk.statistics.economy import PeriodInputs

NAMES = tuple(field.name for field in fields(PeriodInputs))
DECIMAL = ("films_per_exam", "film_price", "cloud_fee")
MOST = Decimal(10) ** 15
# The published account, the figures of its two years (R2 says which of its results do not follow from them).
EXAMPLE = "184612,3,,18,8863,0,,|,,4625,18,,197112,20,"


def number_of(name: str, text: str) -> int | Decimal | None:
    """One number as people type it (9,969,048 or 9969048). Raises ValueError for what is none."""
    text = text.strip().replace(",", "").replace("，", "")
    if not text:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"{name}: no number") from error
    if not value.is_finite() or not 0 <= value < MOST or (name not in DECIMAL and value != int(value)):
        raise ValueError(f"{name}: no such amount")
    return value if name in DECIMAL else int(value)


def inputs_of(texts: Mapping[str, str]) -> PeriodInputs:
    """The inputs of one period, by name. Raises ValueError."""
    return PeriodInputs(**{name: number_of(name, texts.get(name, "")) for name in NAMES})  # type: ignore[arg-type]


def both_of(text: str) -> tuple[PeriodInputs, PeriodInputs]:
    """Of the period before and the one that is asked for. Raises ValueError."""
    if not text:
        return PeriodInputs(), PeriodInputs()
    parts = [half.split(",") for half in text.split("|")]
    if [len(half) for half in parts] != [len(NAMES)] * 2:
        raise ValueError("not the numbers of two periods")
    before, after = (inputs_of(dict(zip(NAMES, half, strict=True))) for half in parts)
    return before, after


def text_of(before: PeriodInputs, after: PeriodInputs) -> str:
    """The two as `both_of` reads them."""
    return "|".join(",".join(_text(getattr(half, name)) for name in NAMES) for half in (before, after))


def _text(value: int | Decimal | None) -> str:
    return "" if value is None else f"{value:f}" if isinstance(value, Decimal) else str(value)
