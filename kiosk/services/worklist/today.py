"""The worklist: asked for in the background, page loads only filter what is in memory.

A look asks the archive for the studies of the last days by number, then for each new one; those without a final report
are asked again first, the others in turn, a few each time. What the ledger says is read anew with each look.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
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
IDLE = 4  # times as long as a look takes: on a busy machine the desk serves pages first
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
        self._lines: tuple[_Line, ...] = ()
        self._spans: dict[date, _Span] = {}
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
            began = time.monotonic()
            self.look()
            self._over.wait(max(LOOK_S, IDLE * (time.monotonic() - began)))

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
        span = self._span(asked.days)
        matched = _matching(span.lines, asked)
        shown = tuple(line.row for line in matched[asked.first : asked.first + PAGE])
        return TodayShown(
            rows=shown,
            matched=len(matched),
            counts=span.counts,
            modalities=span.modalities,
            wards=span.wards,
            mark=f"{hash((shown, len(matched), tuple(sorted(span.counts.items())))) & 0xFFFFFFFFFFFF:x}",
            refreshed=self._refreshed,
            fault=self._fault,
        )

    def _span(self, days: int) -> _Span:
        """Counted once a look for each number of days that somebody asks for."""
        lines, spans = self._lines, self._spans
        first = (self._now() - timedelta(days=days - 1)).date() if days else date.min
        if first not in spans:
            spans[first] = _Span.of([line for line in lines if line.day >= first])
        return spans[first]

    def _look(self) -> None:
        self._looks += 1
        first = (self._now() - timedelta(days=self._days - 1)).date()
        wanted = list(dict.fromkeys(self._recent.studies_since(first)))
        for gone in set(self._kept) - set(wanted):
            del self._kept[gone]
        new = [uid for uid in wanted if uid not in self._kept]
        shown = CHUNK
        for uid in chain(new, self._due()):
            if self._over():
                return
            self._ask(uid)
            if len(self._lines) < shown <= len(self._kept):
                self._publish()  # the first look of a large day takes a while: what is known is shown
                shown *= 2
        self._publish()

    def _due(self) -> list[str]:
        """Those that were asked for longest ago: most of them without a report, for these change."""
        waiting = {line.row.listed.exam.study_uid for line in self._lines if line.row.listed.readiness in NO_REPORT}
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
        zone = self._now().tzinfo
        self._lines = tuple(_Line.of(_row(one), found.keys, zone) for one, found in zip(listed, kept, strict=True))
        self._spans = {}
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


@dataclass(frozen=True, slots=True)
class _Line:
    """A row with all that it is filtered by, worked out once."""

    row: WorkRow
    keys: SearchKeys
    day: date
    words: tuple[str, str, str, str]  # state, modality, ward, patient type

    @classmethod
    def of(cls, row: WorkRow, keys: SearchKeys, zone: tzinfo | None) -> _Line:
        listed = row.listed
        exam = listed.exam
        day = exam.taken.astimezone(zone).date() if exam.taken else date.min
        return cls(row, keys, day, (str(listed.readiness), exam.modality, exam.ward, str(row.patient)))


@dataclass(frozen=True)
class _Span:
    """The rows of some days, and what there is among them."""

    lines: Sequence[_Line]
    counts: Mapping[str, int]
    modalities: tuple[str, ...]
    wards: tuple[str, ...]

    @classmethod
    def of(cls, lines: Sequence[_Line]) -> _Span:
        words = list(zip(*(line.words for line in lines), strict=True)) or [(), (), (), ()]
        modalities, wards = (tuple(sorted(set(one) - {""})) for one in words[1:3])
        return cls(lines, Counter(words[0]), modalities, wards)


def _matching(lines: Sequence[_Line], asked: TodayAsked) -> Sequence[_Line]:
    wanted = (asked.state, asked.modality, asked.ward, asked.patient)
    for place, word in enumerate(wanted):
        if word:
            lines = [line for line in lines if line.words[place] == word]
    query = plain(asked.query)
    return [line for line in lines if line.keys.match(query)] if query else lines
