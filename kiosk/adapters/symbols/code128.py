"""Code 128 (ISO/IEC 15417): the table of symbol characters and what their values mean."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# widths of bar, space, bar, space, bar, space of the symbol characters 0 to 105 (ISO/IEC 15417 table 1)
WIDTHS = tuple(
    word
    for line in (
        "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231",
        "113222 123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211",
        "212123 212321 232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131",
        "113123 113321 133121 313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111",
        "314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211",
        "241211 221114 413111 241112 134111 111242 121142 121241 114212 124112 124211 411212 421112 421211 212141",
        "214121 412121 111143 111341 131141 114113 114311 411113 411311 113141 114131 311141 411131 211412 211214",
        "211232",
    )
    for word in line.split()
)
STOP = "2331112"
START_A, START_B, START_C = 103, 104, 105
CODE_C, CODE_B, CODE_A, FNC1, SHIFT = 99, 100, 101, 102, 98
MODULES = 11  # of a symbol character


def modules(widths: str) -> NDArray[np.bool_]:
    """True where a module is dark."""
    return np.repeat(np.arange(len(widths)) % 2 == 0, [int(width) for width in widths])


def checked(values: Sequence[int]) -> bool:
    """True when start character and check character (modulo 103) are right. `values` ends with the check character."""
    *body, check = values
    total = body[0] + sum(place * value for place, value in enumerate(body))
    return body[0] >= START_A and max(body[1:], default=0) < START_A and total % 103 == check


_SETS = {START_A: "A", START_B: "B", START_C: "C"}


def text_of(values: Sequence[int]) -> str | None:
    """The payload of start character and data characters, without check and stop."""
    current = _SETS.get(values[0])
    text: list[str] = []
    once = False
    for value in values[1:]:
        used = ("B" if current == "A" else "A") if once else current
        once = False
        if used == "C":
            if value < 100:
                text.append(f"{value:02d}")
            elif value in (CODE_B, CODE_A):
                current = "B" if value == CODE_B else "A"
            # FNC1 carries no character
        elif value < 96:
            text.append(chr(value + 32) if used == "B" or value < 64 else chr(value - 64))
        elif value == SHIFT:
            once = True
        elif value == CODE_C:
            current = "C"
        elif (value, used) in ((CODE_B, "A"), (CODE_A, "B")):
            current = "B" if value == CODE_B else "A"
        elif value not in (96, 97, FNC1):
            return None  # FNC4: Latin-1 is not wanted
    return "".join(text) or None
