"""The worklist: asked for in the background, page loads only filter what is in memory.

A look asks the archive for the studies of the last days by number, then for each new one; those without a final report
are asked again first, the others in turn, a few each time. What the ledger says is read anew with each look.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain

from kiosk.domain.desk_work.today import PAGE, TodayAsked, TodayShown, WorkRow
from kiosk.domain.exam import Exam, ListedExam, Readiness
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.ports.archive import Archive, RecentStudies, StudyQuery
from kiosk.services.identity.lookup import Lookup
from kiosk.services.machine.lanes import Cancelled
from kiosk.services.worklist.keys import SearchKeys, keys_of, plain

log = logging.getLogger(__name__)
LOOK_S = 5.0
STOP_S = 10.0
AGAIN_WAITING, AGAIN_SETTLED = 40, 10  # exams asked for again each look: at most ten a second
CHUNK = 400  # exams in one question to the ledger
NO_REPORT = (Readiness.REGISTERED, Readiness.WAITING, Readiness.PRELIMINARY)


@dataclass(frozen=True)
class _Kept:
    """An exam as the archive last told it, when that was (a look's number), and what it is found by."""

    exam: Exam
    looked: int
    keys: SearchKeys


class TodayList:
    """The exams of the last days. `page` may be called from any thread at any time."""

    def __init__(
        self, archive: Archive, recent: RecentStudies, lookup: Lookup, now: Callable[[], datetime], days: int
    ) -> None:
        self._archive = archive
        self._recent = recent
        self._lookup = lookup
        self._now = now
        self._days = days
        self._kept: dict[str, _Kept] = {}
        self._looks = 0
        self._rows: tuple[tuple[WorkRow, SearchKeys], ...] = ()
        self._refreshed = 0.0
        self._fault: FaultCode | None = None
        self._over = Cancelled()
        self._thread = threading.Thread(target=self._run, name="worklist", daemon=True)

    def start(self) -> None:
        """Look again and again from now on."""
        self._thread.start()

    def close(self) -> None:
        """Stop looking."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def _run(self) -> None:
        while not self._over():
            self.look()
            self._over.wait(LOOK_S)

    def look(self) -> None:
        """One look; an archive or ledger that is away leaves the list as it was, and is said."""
        try:
            self._look()
            self._fault = None
        except KioskError as error:
            log.warning("worklist: %s", error)
            self._fault = error.code

    def page(self, asked: TodayAsked) -> TodayShown:
        """What is in memory, filtered."""
        rows = self._of_days(asked.days)
        listed = [row.listed for row, _ in rows]
        counts = Counter(str(one.readiness) for one in listed)
        matched = [row for row, keys in rows if _fits(row, keys, asked)]
        shown = tuple(matched[asked.first : asked.first + PAGE])
        return TodayShown(
            rows=shown,
            matched=len(matched),
            counts=counts,
            modalities=tuple(sorted({one.exam.modality for one in listed} - {""})),
            wards=tuple(sorted({one.exam.ward for one in listed} - {""})),
            mark=f"{hash((shown, len(matched), tuple(sorted(counts.items())))) & 0xFFFFFFFFFFFF:x}",
            refreshed=self._refreshed,
            fault=self._fault,
        )

    def _of_days(self, days: int) -> Sequence[tuple[WorkRow, SearchKeys]]:
        if not days:
            return self._rows
        first = (self._now() - timedelta(days=days - 1)).date()
        zone = self._now().tzinfo
        return [one for one in self._rows if (t := one[0].listed.exam.taken) and t.astimezone(zone).date() >= first]

    def _look(self) -> None:
        self._looks += 1
        first = (self._now() - timedelta(days=self._days - 1)).date()
        wanted = list(dict.fromkeys(self._recent.studies_since(first)))
        for gone in set(self._kept) - set(wanted):
            del self._kept[gone]
        new = [uid for uid in wanted if uid not in self._kept]
        for number, uid in enumerate(chain(new, self._due())):
            if self._over():
                return
            self._ask(uid)
            if number % CHUNK == CHUNK - 1:
                self._publish()  # the first look of a large day takes a while: what is known is shown
        self._publish()

    def _due(self) -> list[str]:
        """Those that were asked for longest ago: most of them without a report, for these change."""
        waiting = {row.listed.exam.study_uid for row, _ in self._rows if row.listed.readiness in NO_REPORT}
        oldest = sorted(self._kept, key=lambda uid: self._kept[uid].looked)
        unready = [uid for uid in oldest if uid in waiting][:AGAIN_WAITING]
        return unready + [uid for uid in oldest if uid not in waiting][:AGAIN_SETTLED]

    def _ask(self, uid: str) -> None:
        """One exam that cannot be read must not keep the others from the list."""
        try:
            found = self._archive.exams(StudyQuery(study_uid=uid), 2)
        except KioskError as error:
            if error.code in (FaultCode.ARCHIVE_UNREACHABLE, FaultCode.ARCHIVE_TIMEOUT, FaultCode.STORE_UNAVAILABLE):
                raise
            log.warning("worklist: one exam left out: %s", error)
            return
        before = self._kept.get(uid)
        if found:
            same = before is not None and before.exam == found[0]
            keys = before.keys if before is not None and same else keys_of(found[0])
            self._kept[uid] = _Kept(found[0], self._looks, keys)
        elif before is not None:
            self._kept[uid] = replace(before, looked=self._looks)

    def _publish(self) -> None:
        kept = sorted(self._kept.values(), key=_newest, reverse=True)
        exams = [one.exam for one in kept]
        parts = (self._lookup.with_readiness(exams[at : at + CHUNK]) for at in range(0, len(exams), CHUNK))
        listed = chain.from_iterable(parts)
        self._rows = tuple((_row(one), found.keys) for one, found in zip(listed, kept, strict=True))
        self._refreshed = self._now().timestamp()


def _newest(kept: _Kept) -> tuple[float, str]:
    taken = kept.exam.taken
    return (taken.timestamp() if taken else 0.0, kept.exam.study_uid)


def _row(listed: ListedExam) -> WorkRow:
    """Since when: a report waits for its patient from when it was written, an exam for its report from when it was
    taken, and what is printed has been so since the last sheet."""
    exam = listed.exam
    moments: Iterable[datetime | None]
    if listed.readiness in NO_REPORT:
        moments = [exam.taken]
    elif listed.delivered and listed.readiness in (Readiness.PRINTED, Readiness.PRINTING, Readiness.UNCERTAIN):
        moments = [one.when for one in listed.delivered]
    else:
        moments = [report.written for report in exam.final_reports]
    known = [moment.timestamp() for moment in moments if moment is not None]
    return WorkRow(listed, max(known, default=exam.taken.timestamp() if exam.taken else 0.0), exam.withheld)


def _fits(row: WorkRow, keys: SearchKeys, asked: TodayAsked) -> bool:
    exam = row.listed.exam
    pairs = ((asked.state, row.listed.readiness), (asked.modality, exam.modality), (asked.ward, exam.ward),
             (asked.patient, row.patient))  # fmt: skip
    query = plain(asked.query)
    return all(wanted in ("", is_) for wanted, is_ in pairs) and (not query or keys.match(query))
