"""What the C library's heaps hold of this process: all threads' together, whatever the machine does beside it."""

from __future__ import annotations

import ctypes
import gc

COUNTS = ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")


class Counted(ctypes.Structure):
    """glibc's struct mallinfo2, in bytes."""

    _fields_ = [(name, ctypes.c_size_t) for name in COUNTS]


def known() -> bool:
    """glibc counts from 2.33 on."""
    return hasattr(ctypes.CDLL(None), "mallinfo2")


def live() -> int:
    """Bytes given out and not given back, once Python has collected its cycles. Only where it is `known`."""
    gc.collect()
    asked = ctypes.CDLL(None).mallinfo2
    asked.restype = Counted
    told = asked()
    return int(told.uordblks) + int(told.hblkhd)
