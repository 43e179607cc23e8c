"""What the visit's rules need to know of the kiosk: what works, and what the hospital has decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kiosk.domain.health import Health
from kiosk.domain.reasons import FilmPolicy


@dataclass(frozen=True)
class Signs:
    """What the hospital tells its patients: places on this machine (above, below, left, right), prices, times."""

    scanner: str = "above"
    report_tray: str = "below"
    film_tray: str = "below"
    id_card: str = ""  # where a card is read; empty: nowhere
    voucher: bool = False  # codes of health cards and e-vouchers are taken
    nearest: str = ""  # the next kiosk, for when this one is closed
    report_price: str = ""
    film_price: str = ""
    report_hours: int = 0  # how long a report usually takes; 0: nothing is promised
    upload_minutes: int = 5


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
    signs: Signs = Signs()
    relation: bool = False  # it is asked for whom somebody collects
    notices: bool = False  # a message is sent when a report is ready

    def film_policy(self, modality: str) -> FilmPolicy:
        """Who may have film of this modality printed."""
        return self.film_by_modality.get(modality, self.film)


@dataclass(frozen=True)
class Facts:
    """Both, and the token a new visit would get."""

    health: Health = field(default_factory=Health)
    policy: Policy = Policy()
    next_token: str = ""
