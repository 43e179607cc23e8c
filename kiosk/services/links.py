"""The patient link: made once a visit, kept as a hash, its studies queued for publication."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from kiosk.config import CloudSettings
from kiosk.domain.exam import ListedExam
from kiosk.domain.faults import KioskError
from kiosk.domain.links import LinkKeys, PatientLink, Publication
from kiosk.domain.person.identity import Question
from kiosk.domain.trail import EventKind
from kiosk.ports.clock import Clock
from kiosk.ports.ledger import Ledger
from kiosk.ports.links import LinkMaker
from kiosk.services.audit import Audit
from kiosk.services.identity.pseudonyms import Pseudonyms

log = logging.getLogger(__name__)
DAY_S = 86_400.0
_BACK = (Publication.WITHDRAWN, Publication.FAILED)
ONGOING = (Publication.QUEUED, Publication.UPLOADING)


class Links:
    """Makes links and tells how far publication is. Runs on io lanes."""

    def __init__(
        self,
        ledger: Ledger,
        pseudonyms: Pseudonyms,
        audit: Audit,
        clock: Clock,
        settings: CloudSettings,
        maker: LinkMaker,
    ) -> None:
        self._ledger = ledger
        self._pseudonyms = pseudonyms
        self._audit = audit
        self._clock = clock
        self._settings = settings
        self._maker = maker

    def make(
        self,
        visit: str,
        subject: str,
        exams: Sequence[ListedExam],
        answers: Mapping[Question, str],
        how: str = "stamp",
    ) -> PatientLink:
        """A fresh link to these exams; `answers` are what the portal will take for right, the first is told of.

        `how`: shown on the screen because somebody asked for it, or a stamp on paper, which nobody asked for.
        """
        expires = self._clock.now().timestamp() + self._settings.link_days * DAY_S
        new = self._maker.make(answers, str(next(iter(answers), "")), expires)
        studies = {self._pseudonyms.study(e.exam.study_uid): e.exam.study_uid for e in exams}
        sealed = {name: self._maker.seal_study(name, uid) for name, uid in studies.items()}
        self._ledger.add_link(
            new.shown.digest,
            visit,
            subject,
            list(studies),
            new.shown.question,
            expires,
            LinkKeys(new.public, new.announcement, sealed),
        )
        kinds = ",".join(sorted({e.exam.modality for e in exams}))
        self._audit.record(EventKind.LINK_MADE, visit=visit, subject=subject, studies=len(studies), modalities=kinds,
                           how=how)  # fmt: skip
        return new.shown

    def publication(self, exams: Sequence[ListedExam]) -> tuple[Publication, float]:
        """The least advanced of the exams, and how much of them all is online.

        Where the ledger cannot tell now, the link is good all the same: its exams are queued.
        """
        try:
            states = [self._ledger.publication(self._pseudonyms.study(e.exam.study_uid)) for e in exams]
        except KioskError as error:
            log.warning("publication unknown: %s", error)
            return Publication.QUEUED, 0.0
        order = (*_BACK, Publication.QUEUED, Publication.UPLOADING, Publication.ONLINE)
        least = min((Publication(state) for state, _ in states), key=order.index, default=Publication.QUEUED)
        return least, sum(done for _, done in states) / max(1, len(states))
