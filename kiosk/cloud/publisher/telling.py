"""How far a study is, told to the ledger and to the portal, for every link that waits for it; and printed documents."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Sequence

from kiosk.cloud.publisher.send import PortalClient
from kiosk.cloud.wire.keys import text_of
from kiosk.cloud.wire.messages import PaperIssued
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.links import Publication
from kiosk.domain.sheets.issued import Paper
from kiosk.ports.ledger import Ledger

log = logging.getLogger(__name__)
SELDOM_S = 1.0
MAKING_SHARE = 70  # per cent of the whole
_STAGES = {Publication.ONLINE: "there", Publication.WITHDRAWN: "withdrawn"}


class Telling:
    """Of one publisher, by its name."""

    def __init__(self, ledger: Ledger, client: PortalClient, name: str) -> None:
        self._ledger, self._client, self._name = ledger, client, name
        self._told: tuple[str, int, float] = ("", 0, 0.0)

    def advance(self, study: str, percent: int) -> None:
        """So far, once a second at most: hundreds of images must not mean hundreds of transactions.

        Raises KioskError CANCELLED where another publisher has the study now.
        """
        told, before, at = self._told
        if told == study and (percent == before or time.monotonic() - at < SELDOM_S):
            return
        self._told = (study, percent, time.monotonic())
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


def tell_papers(ledger: Ledger, client: PortalClient) -> int:
    """Bring what is not told yet; one that the portal refuses is not tried again. Raises KioskError."""
    papers = ledger.untold_papers()
    for paper in papers:
        try:
            client.tell_paper(_as_told(paper))
        except KioskError as fault:
            if fault.code is not FaultCode.PORTAL_REFUSED:
                raise
            log.error("paper %s refused: %s", paper.serial, fault.detail)
        ledger.paper_told(paper)
    return len(papers)


def _as_told(paper: Paper) -> PaperIssued:
    """The chain's name is hashed once more: the portal learns no pseudonym of the hospital's ledger."""
    chain = text_of(hashlib.sha256(f"paper|{paper.chain}".encode()).digest()[:16])
    return PaperIssued(digest=paper.digest, exam=chain, version=paper.version, issued=paper.issued,
                       superseded=paper.superseded)  # fmt: skip
