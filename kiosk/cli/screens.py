"""Commands with screens start the `ui` package as a program of its own: the kiosk package knows no Qt."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence


def become(screen: str, arguments: Sequence[str]) -> int:
    """Replace this process by the screens."""
    os.execv(sys.executable, [sys.executable, "-m", "ui", screen, *arguments])  # noqa: S606 - our own package
    return 0
