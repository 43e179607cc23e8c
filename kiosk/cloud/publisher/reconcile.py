"""Archive and cloud compared: what is new, changed or taken back is acted on, and the list is kept for people."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path

from kiosk.adapters.machine import durable
from kiosk.cloud.publisher.faults import disk
from kiosk.cloud.publisher.find import TAKEN_BACK, Finder, Standing
from kiosk.cloud.publisher.publish import Publisher
from kiosk.cloud.wire.envelope import decode
from kiosk.cloud.wire.keys import KeyBox
from kiosk.cloud.wire.links import open_study, seal_study
from kiosk.domain.exam import Exam
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.links import Publication, PublishRecord
from kiosk.ports.archive import StudyArchive
from kiosk.ports.ledger import Ledger
from kiosk.services.identity.pseudonyms import Pseudonyms

log = logging.getLogger(__name__)
MOST_LOOKS = 200  # studies of one look: an archive has other things to do
MOST_STUDIES = 20_000


@dataclass(frozen=True)
class Difference:
    """One line of the list. `what`: missing, changed, extra, taken back, or incomplete at the portal; `done`: about it.

    The accession number is for whoever reads the list; it is nowhere else.
    """

    study: str
    accession: str
    what: str
    done: str


@dataclass(frozen=True)
class WatchRules:
    """Days: of exams published unasked (0: none), and of watching what is published. `folder`: where lists are kept."""

    find_days: int
    watch_days: int
    at: str
    folder: Path


class Watch:
    """Raises KioskError of archive, ledger and portal."""

    def __init__(
        self,
        *,
        archive: StudyArchive,
        ledger: Ledger,
        finder: Finder,
        publisher: Publisher,
        box: KeyBox,
        names: Pseudonyms,
        rules: WatchRules,
        now: Callable[[], datetime],
    ) -> None:
        self._archive, self._ledger, self._finder = archive, ledger, finder
        self._publisher, self._box, self._names = publisher, box, names
        self._rules, self._now = rules, now
        self._turn = 0

    def look(self) -> None:
        """New exams are offered; a part of what is published is compared, in turns."""
        list(self._unasked())
        since = self._now().timestamp() - self._rules.watch_days * 86_400
        watched = [one for one in self._online() if (one.published or 0.0) >= since]
        if watched:
            self._turn %= len(watched)
            part = (watched[self._turn :] + watched[: self._turn])[:MOST_LOOKS]
            self._turn += len(part)
            for record in part:
                self._compared(record)

    def offer(self, exam: Exam) -> bool:
        """Queue an exam that nobody asked for; False where it is known."""
        study = self._names.study(exam.study_uid)
        final = max((one.written.timestamp() for one in exam.final_reports if one.written), default=0.0)
        sealed = seal_study(self._box.public, study, exam.study_uid)
        return self._ledger.offer(study, sealed, final or self._now().timestamp())

    def daily(self) -> bool:
        """Once a day, from the hour that is set: compare all, and keep the list; True where that was done now."""
        now = self._now()
        file = self._rules.folder / f"reconciliation-{now:%Y-%m-%d}.json"
        if f"{now:%H:%M}" < self._rules.at or file.exists():
            return False
        found = self.reconcile()
        tree = {"at": now.isoformat(), "differences": [vars(one) for one in found]}
        with disk(self._rules.folder):
            durable.make_folder(self._rules.folder)
            durable.put(file, json.dumps(tree, ensure_ascii=False, indent=1).encode())
            file.chmod(0o600)
        return True

    def reconcile(self) -> list[Difference]:
        """Everything that is published against the archive and the portal, and the archive's newest against both."""
        found = [difference for record in self._online() for difference in self._compared(record, thoroughly=True)]
        return [*found, *self._unasked()]

    def _online(self) -> list[PublishRecord]:
        return self._ledger.publications((Publication.ONLINE,))

    def _unasked(self) -> Iterator[Difference]:
        """Final exams of the last days that are not on their way."""
        if not self._rules.find_days:
            return
        day: date = (self._now() - timedelta(days=self._rules.find_days)).date()
        for uid in islice(self._archive.studies_since(day), MOST_STUDIES):
            study = self._names.study(uid)
            if self._ledger.publication(study)[0]:
                continue
            found = self._finder.find(uid, ())
            if found.standing is Standing.READY and found.exam and self.offer(found.exam):
                yield Difference(study, found.exam.accession, "missing", "queued")

    def _compared(self, record: PublishRecord, *, thoroughly: bool = False) -> list[Difference]:
        uid = open_study(self._box, record.study, record.sealed)
        subjects = {one.subject for one in self._ledger.links_of(record.study)}
        found = self._finder.find(uid, subjects)
        self._finder.compare_papers(record.study, found)
        line = Difference(record.study, found.exam.accession if found.exam else "", "", "")
        if found.standing in TAKEN_BACK:
            self._publisher.withdraw(record.study)
            return [replace(line, what=f"taken back: {found.standing}", done="withdrawn")]
        if found.standing is Standing.GONE:
            return [replace(line, what="extra", done="listed")]
        if found.standing is Standing.READY and found.content != record.content:
            self._ledger.publish_again(record.study)
            return [replace(line, what="changed", done="queued")]
        if thoroughly and not self._whole(record):
            self._ledger.publish_again(record.study)
            return [replace(line, what="incomplete at the portal", done="queued")]
        return []

    def _whole(self, record: PublishRecord) -> bool:
        """Whether the portal has every segment. That it cannot be asked now says nothing."""
        try:
            return self._publisher.whole(decode(record.envelope))
        except KioskError as fault:
            if fault.code is not FaultCode.PORTAL_UNREACHABLE:
                raise
            log.warning("portal not asked: %s", fault)
            return True
