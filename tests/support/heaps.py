"""What the C library's heaps hold of this process: all threads' together, whatever the machine does beside it."""

from __future__ import annotations

import ctypes
import gc
import os
import tempfile

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


def count() -> int:
    """How many heaps the threads have had so far (malloc_info(3)). Only where it is `known`."""
    library = ctypes.CDLL(None)
    library.fdopen.restype = ctypes.c_void_p
    library.malloc_info.argtypes = [ctypes.c_int, ctypes.c_void_p]
    library.fclose.argtypes = [ctypes.c_void_p]
    with tempfile.TemporaryFile() as told:
        stream = library.fdopen(os.dup(told.fileno()), b"w")
        library.malloc_info(0, stream)
        library.fclose(stream)
        told.seek(0)
        return told.read().count(b"<heap nr=")
