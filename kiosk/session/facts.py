"""What the visit's rules need to know of the kiosk: what works, and what the hospital has decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kiosk.domain.faults import FaultCode
from kiosk.domain.reasons import FilmPolicy


@dataclass(frozen=True)
class Health:
    """What works now; a fault where something does not."""

    archive: FaultCode | None = None
    store: FaultCode | None = None
    report_printer: FaultCode | None = None
    film_printer: FaultCode | None = None
    camera: FaultCode | None = None

    @property
    def closed(self) -> tuple[FaultCode, ...]:
        """Why nothing at all can be handed out; a missing printer or camera alone does not close the kiosk."""
        return tuple(f for f in (self.archive, self.store) if f)


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

    health: Health = Health()
    policy: Policy = Policy()
    next_token: str = ""
