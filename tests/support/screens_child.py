"""A kiosk with screens on the sample hospital: python -m tests.support.screens_child HOSPITAL.

Its ledger and trays are its own.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from ui.app import run
from ui.pictures.headless import fresh
from ui.starts import wired

if __name__ == "__main__":
    with fresh(Path(sys.argv[1])) as settings:
        screens = settings.screens.model_copy(update={"debounce_ms": 0})  # the screen reader's hand does not tremble
        ours = settings.model_copy(update={"screens": screens})
        sys.exit(run(ours, partial(wired, ours), windowed=True))
