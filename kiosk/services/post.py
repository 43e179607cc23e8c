"""How services answer."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.session.events import Event

Post = Callable[[Event], None]
