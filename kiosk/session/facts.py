"""What the visit's rules need to know of the kiosk: what works, and what the hospital has decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kiosk.domain.health import Health
from kiosk.domain.reasons import FilmPolicy


@dataclass(frozen=True)
class Policy:
    """What the hospital has decided."""

    film: FilmPolicy = FilmPolicy.SELF_SERVICE
    film_by_modality: Mapping[str, FilmPolicy] = field(default_factory=dict)
    idle_s: float = 60
    warn_s: float = 20
    qr_s: float = 90
    done_s: float = 30
    failed_s: float = 60
    staff_s: float = 300
    letters: str = ""  # that numbers here hold beside letters, digits and the hyphen

    def film_policy(self, modality: str) -> FilmPolicy:
        """Who may have film of this modality printed."""
        return self.film_by_modality.get(modality, self.film)


@dataclass(frozen=True)
class Facts:
    """Both, and the token a new visit would get."""

    health: Health = field(default_factory=Health)
    policy: Policy = Policy()
    next_token: str = ""
