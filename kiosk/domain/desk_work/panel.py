"""What every answer of the desk is."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, kw_only=True)
class PanelShown:
    """What a panel shows after an action. `problem`: a word or fault code where it did not come to what was wanted."""

    problem: str = ""

    def values(self) -> dict[str, Any]:
        """What is shown, by name."""
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name != "problem"}
