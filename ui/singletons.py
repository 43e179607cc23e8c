"""Keeps None, True and False alive under PySide6.

PySide6 6.12 drops a reference to None with every call that returns nothing and one to True with every signal it emits.
From Python 3.12 on these objects are immortal (PEP 683) and nothing happens; on 3.11 the interpreter ends with
"none_dealloc: deallocating None" after some thousand calls, which a kiosk makes in an hour.
"""

from __future__ import annotations

import ctypes
import sys

FIRST_IMMORTAL = (3, 12)
PLENTY = 1 << 40


def pin() -> None:
    """Give them more references than a kiosk's life can use up; where they are immortal nothing is touched."""
    if sys.version_info >= FIRST_IMMORTAL:
        return
    for singleton in (None, True, False):
        if sys.getrefcount(singleton) < PLENTY:
            ctypes.c_ssize_t.from_address(id(singleton)).value += PLENTY
