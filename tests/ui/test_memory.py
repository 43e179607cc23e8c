"""What the screens leave in memory, by the C library's own count: nothing, however often they come and go.

What is counted is what has been given out and not given back; resident memory also tells how busy the machine was.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support import heaps
from tests.ui.hand import PORTRAIT
from ui.pictures import headless
from ui.pictures.gallery import Stage

ROUNDS = 40
TURN_S = 0.002
"""Enough for one turn of the event loop, in which what was left is destroyed."""
LEFT_BYTES = 18_000
"""Of a round. The maps of old left 15,000 to 30,000; now it is 1,000 to 4,000."""
needs_glibc = pytest.mark.skipif(not heaps.known(), reason="glibc from 2.33 on counts for us")
