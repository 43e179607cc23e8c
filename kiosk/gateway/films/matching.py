"""Whose a modality's film is, without reading its picture: numbers it names, else the worklist of its modality.

The order (never by name alone): attributes that say it, the hospital's patterns in labels and annotations, a bar code
burnt into the film, exactly one exam scheduled for that AE title in the time before the film.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

import numpy as np
from numpy.typing import NDArray

from kiosk.adapters.symbols.zxing import ZxingDecoder
from kiosk.domain.exam import ReportStatus
from kiosk.domain.person.identity import IdentityFacts
from kiosk.domain.waiting.inbox import InboxItem, ItemKind
from kiosk.gateway.films.sheet import FilmBox, as_object, joined, numbers_of

SYMBOLOGIES = ("Code128", "Code39", "QRCode", "DataMatrix")


@dataclass(frozen=True)
class FilmTaker:
    """Makes items of films. `keep` commits one. `decoder`: None where bar codes are not to be looked for."""

    keep: Callable[[InboxItem], bool]
    patterns: Sequence[str]
    zone: tzinfo
    decoder: ZxingDecoder | None = None
    now: Callable[[], float] = time.time

    def take(self, sender: str, film: FilmBox) -> bool:
        """Keep a film; False where the same one was kept before. Raises KioskError, BadFilmError."""
        sheet = joined(film)
        words = [*film.words, *(("", text) for text in self._burnt_in(sheet))]
        numbers = numbers_of(words, self.patterns)
        digest = hashlib.sha256(sheet.tobytes()).hexdigest()
        return self.keep(
            InboxItem(
                message=f"film|{sender}|{digest}",
                kind=ItemKind.FILM,
                accession=numbers.accession,
                study_uid=numbers.study_uid,
                identity=IdentityFacts(numbers.patient_id),
                status=ReportStatus.FINAL,
                written=datetime.fromtimestamp(self.now(), self.zone),
                title=film.size,
                document=as_object(sheet, film),
                sender=sender,
            )
        )

    def _burnt_in(self, sheet: NDArray[np.uint16]) -> list[str]:
        if self.decoder is None:
            return []
        grey = np.asarray(sheet >> 8, np.uint8)
        return [symbol.text for symbol in self.decoder.rare(grey)]
