"""How far a study is, told to the ledger and to the portal, for every link that waits for it."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from kiosk.cloud.publisher.send import PortalClient
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.links import Publication
from kiosk.ports.ledger import Ledger

log = logging.getLogger(__name__)
MAKING_SHARE = 70  # per cent of the whole
_STAGES = {Publication.ONLINE: "there", Publication.WITHDRAWN: "withdrawn"}


class Telling:
    """Of one publisher, by its name."""

    def __init__(self, ledger: Ledger, client: PortalClient, name: str) -> None:
        self._ledger, self._client, self._name = ledger, client, name

    def advance(self, study: str, percent: int) -> None:
        """So far. Raises KioskError CANCELLED where another publisher has the study now."""
        if not self._ledger.advance(study, self._name, percent / 100):
            raise KioskError(FaultCode.CANCELLED, "somebody else has the study")
        self.tell(study)

    def tell(self, study: str) -> None:
        """To the portal, for every link of the study; that it cannot be told now hinders nothing."""
        try:
            for link in self._ledger.links_of(study):
                studies = self._ledger.studies_of(link.locator)
                percent = int(100 * sum(done for _, done in studies) / max(1, len(studies)))
                self._client.tell_progress(link.locator, _stage(studies), percent, len(studies))
        except KioskError as fault:
            log.debug("progress not told: %s", fault)


def _stage(studies: Sequence[tuple[Publication, float]]) -> str:
    """The least advanced, in the portal's words."""
    stages = [_of(state, done) for state, done in studies]
    order = ("fetching", "making", "sending", "waiting", "there", "withdrawn")
    return min(stages, key=order.index, default="waiting")


def _of(state: Publication, done: float) -> str:
    if state is not Publication.UPLOADING:
        return _STAGES.get(state, "waiting")
    percent = done * 100
    return "fetching" if percent < 1 else "making" if percent < MAKING_SHARE else "sending"
