"""How often a wrong answer may be given before the door stays shut.

At most 5 a visit, 5 a patient and day, 100 a kiosk and hour; the hospital may set other limits.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TryLimits:
    """Failures allowed in each window."""

    per_visit: int = 5
    per_subject: int = 5
    subject_hours: float = 24.0
    per_kiosk: int = 100
    kiosk_hours: float = 1.0


@dataclass(frozen=True)
class TryCount:
    """Failures so far, in each window, this attempt not counted."""

    visit: int = 0
    subject: int = 0
    kiosk: int = 0

    def left(self, limits: TryLimits) -> int:
        """How many more wrong answers are possible now."""
        windows = (
            limits.per_visit - self.visit,
            limits.per_subject - self.subject,
            limits.per_kiosk - self.kiosk,
        )
        return max(0, min(windows))


def wait_before_next(failures: int) -> float:
    """Seconds to wait after so many failures: 0, 0, 2, 4, 8 … at most 30."""
    return 0.0 if failures < 2 else float(min(30, 2 ** (failures - 1)))
