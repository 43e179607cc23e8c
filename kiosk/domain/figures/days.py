"""One day of the hospital, summed up: all that the reports need of its records, as plain values that JSON can hold.

Reports count distinct people over months and years, so a day keeps who there was (pseudonyms) and not only how many.
What is made of a day's records depends on nothing but them; a year is the days one after the other. A day has parts, so
that a report reads only what it needs. Texts of many are one text, a line each: a year is read in a moment.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import astuple, replace
from datetime import datetime, tzinfo
from enum import StrEnum
from itertools import pairwise
from typing import Any

from kiosk.domain.figures.period import Period
from kiosk.domain.records import Journal, TaskRecord, VisitRecord
from kiosk.domain.trail import AuditRecord, EventKind, EventOutcome

# Raised when a part is made otherwise: days that are kept are then summed up anew.
RULES = 2
HOUR_S = 3600.0
IN_LINE_S = 30.0  # between the end of a visit and the beginning of the next at the same kiosk
UNRECORDED = "not recorded"
OPENED, REFUSED, FAILED = "answered", "refused", "failed"  # what a portal says of a phone
_GROUP_OF = {"DX": "DR", "CR": "DR", "DR": "DR", "RG": "DR", "CT": "CT", "MR": "MRI", "": UNRECORDED}


class DayPart(StrEnum):
    """What a day is kept as."""

    LINKED = "linked"  # who was given a link
    VISIT_GROUPS = "visit-groups"  # and in which visit, for which kind of exam
    TASKS = "tasks"  # print tasks in numbers, and who they were for
    TRIED = "tried"  # which documents' copies were printed, in order
    WAITS = "waits"  # hours from a report's own time to paper
    LISTED = "listed"  # who saw a ready report
    VISITS = "visits"
    HOURS = "hours"
    WISHES = "wishes"  # film requests
    LINKS = "links"  # patient links, a row each
    PHONE = "phone"  # what phones did with them
    STORED = "stored"  # bytes that came into the cloud
    OVERRIDES = "overrides"
    COLLECTED = "collected"  # for whom somebody came
    TALLY = "tally"  # events of all kinds


def group_of(modality: str) -> str:
    """DICOM modality to the line of the table: DX and CR are DR, MR is MRI, the rest is other."""
    return _GROUP_OF.get(modality.strip().upper(), "other")


def groups_of(event: AuditRecord) -> list[str]:
    """The lines of the table that one event belongs to."""
    return sorted({group_of(name) for name in str(event.details.get("modalities", "")).split(",")})


def lines(texts: Iterable[str]) -> str:
    """Many as one text; `kiosk.statistics.facts.many` reads it."""
    return "\n".join(texts)


def day_parts(journal: Journal, zone: tzinfo) -> dict[DayPart, Any]:
    """The parts of one day's records."""
    return {part: make(journal, zone) for part, make in _MAKERS.items()}


def by_day(journal: Journal, period: Period) -> Iterable[tuple[str, Journal]]:
    """A period's records day by day, by the day's date; a day without any is left out."""
    days: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for name, when in _WHEN.items():
        for record in getattr(journal, name):
            days[str(period.day(when(record)))][name].append(record)
    whole = Journal(tally=journal.tally, stored_bytes=journal.stored_bytes)
    first = True
    for day in sorted(days):
        # How many events and bytes there were is known of the whole only; it is told with the first day.
        records: dict[str, Any] = {name: tuple(found) for name, found in days[day].items()}
        mine = replace(whole if first else Journal(), **records)
        first = False
        yield day, mine
    if first and (journal.tally or journal.stored_bytes):
        yield str(period.first), whole


_WHEN: Mapping[str, Callable[[Any], float]] = {
    "visits": lambda one: one.opened,
    "tasks": lambda one: one.since,
    "wishes": lambda one: one.at,
    "overrides": lambda one: one.at,
    "links": lambda one: one.since,
    "events": lambda one: one.when,
    "phone": lambda one: one.at,
}


# --- parts ---------------------------------------------------------------------------------------------------------
def _made(journal: Journal) -> list[AuditRecord]:
    return [e for e in journal.events if e.kind is EventKind.LINK_MADE and e.subject]


def _linked(journal: Journal, _: tzinfo) -> Any:
    """By kind of exam and whether it was asked for on the screen (else stamped on paper)."""
    people: dict[str, set[str]] = defaultdict(set)
    for event in _made(journal):
        for group in groups_of(event):
            people[f"{group}|{int(event.details.get('how') == 'screen')}"].add(event.subject)
    events = sum(e.kind is EventKind.LINK_MADE for e in journal.events)
    return {"events": events, "people": {key: lines(sorted(names)) for key, names in people.items()}}


def _visit_groups(journal: Journal, _: tzinfo) -> Any:
    groups = {event.visit: groups_of(event)[-1] for event in _made(journal)}
    by_group: dict[str, list[str]] = defaultdict(list)
    for visit, group in groups.items():
        by_group[group].append(visit)
    return {group: lines(visits) for group, visits in by_group.items()}


def _tasks(journal: Journal, _: tzinfo) -> Any:
    sums: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    people: dict[str, set[str]] = defaultdict(set)
    took: set[str] = set()
    for task in journal.tasks:
        group = group_of(task.modality)
        _add(sums[task.kiosk, task.kind, group], task)
        if task.subject:
            people[group].add(task.subject)
        if whole(task):
            took.add(task.subject)
    return {
        "sums": [[*key, dict(counts)] for key, counts in sums.items()],
        "people": {group: lines(sorted(names)) for group, names in people.items()},
        "took": lines(sorted(took)),
    }


def _add(sums: Counter[str], task: TaskRecord) -> None:
    sums.update(tasks=1, planned=task.sheets, printed=task.printed, missing=task.missing, uncertain=task.uncertain,
                whole=int(whole(task)))  # fmt: skip
    if task.why:
        sums[f"why {task.why}"] += 1


def whole(task: TaskRecord) -> bool:
    """True where all its sheets are on paper. That is so of a document's copy once: then nothing is left to print."""
    return task.printed == task.sheets > 0


def _tried(journal: Journal, _: tzinfo) -> Any:
    """In order: a copy that comes again was tried again. By kiosk and kind."""
    return [[task.kiosk, task.kind, f"{task.document} {task.copy}"] for task in journal.tasks]


def _waits(journal: Journal, _: tzinfo) -> Any:
    found: dict[str, list[float]] = defaultdict(list)
    for event in journal.events:
        if event.kind is EventKind.DOCUMENT_PRINTED and event.details.get("what") == "report":
            hours = _wait_h(event)
            if hours is not None:
                found[group_of(str(event.details.get("modality", "")))].append(hours)
    return dict(found)


def _wait_h(event: AuditRecord) -> float | None:
    ready = event.details.get("ready")
    if not isinstance(ready, int | float) or event.details.get("copy") != 1:
        return None
    return max(0.0, event.when - ready) / HOUR_S


def _listed(journal: Journal, _: tzinfo) -> Any:
    seen = [e for e in journal.events if e.kind is EventKind.EXAMS_LISTED and e.details.get("ready", 0)]
    return lines(sorted({e.subject for e in seen}))


def _visits(journal: Journal, _: tzinfo) -> Any:
    """By kiosk and end; and those in which somebody logged in as staff."""
    ends: dict[tuple[str, str], list[str]] = defaultdict(list)
    for visit in journal.visits:
        ends[visit.kiosk, visit.outcome or UNRECORDED].append(visit.visit)
    logins = (e for e in journal.events if e.kind is EventKind.STAFF_LOGIN)
    staff = {e.visit for e in logins if e.outcome is EventOutcome.OK}
    return {"ends": [[*key, lines(visits)] for key, visits in ends.items()], "staff": lines(sorted(staff))}


def _hours(journal: Journal, zone: tzinfo) -> Any:
    visits = Counter(hour_name(v.opened, zone) for v in journal.visits)
    waited = Counter(hour_name(v.opened, zone) for v in in_line(journal.visits))
    return {hour: [visits[hour], waited[hour]] for hour in sorted(visits)}


def hour_name(at: float, zone: tzinfo) -> str:
    """The hour of a day, as 09:00."""
    return f"{datetime.fromtimestamp(at, zone):%H}:00"


def in_line(visits: Iterable[VisitRecord]) -> list[VisitRecord]:
    """Visits that began as soon as the one before them at their kiosk was over: somebody was waiting for it."""
    by_kiosk: dict[str, list[VisitRecord]] = defaultdict(list)
    for visit in sorted(visits, key=lambda one: one.opened):
        by_kiosk[visit.kiosk].append(visit)
    return [
        late
        for those in by_kiosk.values()
        for early, late in pairwise(those)
        if early.closed and 0 <= late.opened - early.closed <= IN_LINE_S
    ]


def _wishes(journal: Journal, _: tzinfo) -> Any:
    return [list(astuple(wish)) for wish in journal.wishes]


def _links(journal: Journal, _: tzinfo) -> Any:
    """Columns, as long as there are links."""
    links = journal.links
    return {
        "locators": lines(link.locator for link in links),
        "visits": lines(link.visit for link in links),
        "subjects": lines(link.subject for link in links),
        "since": [link.since for link in links],
        "expires": [link.expires for link in links],
        "studies": [link.studies for link in links],
        "online": "".join(str(int(link.online)) for link in links),
        "ready": [link.ready for link in links],
    }


def _phone(journal: Journal, _: tzinfo) -> Any:
    first: dict[str, dict[str, float]] = {kind: {} for kind in (OPENED, REFUSED, FAILED)}
    for one in journal.phone:
        if one.kind in first:
            at = first[one.kind]
            at[one.locator] = min(one.at, at.get(one.locator, one.at))
    return {
        "events": len(journal.phone),
        "attempts": sum(one.kind in (OPENED, REFUSED, FAILED) for one in journal.phone),
        "opened": first[OPENED],
        "refused_at": first[REFUSED],
        "failed_at": first[FAILED],
        "refused": Counter(one.locator for one in journal.phone if one.kind == REFUSED),
        "failed": Counter(one.detail for one in journal.phone if one.kind == FAILED),
    }


def _stored(journal: Journal, _: tzinfo) -> Any:
    return journal.stored_bytes or 0


def _overrides(journal: Journal, _: tzinfo) -> Any:
    counted = Counter((o.actor, o.what, o.reason) for o in journal.overrides)
    return [[*who, times] for who, times in sorted(counted.items())]


def _collected(journal: Journal, _: tzinfo) -> Any:
    return Counter(str(e.details.get("relation", "")) for e in journal.events if e.kind is EventKind.COLLECTED_BY)


def _tally(journal: Journal, _: tzinfo) -> Any:
    return [[str(one.kind), str(one.outcome), one.events] for one in journal.tally]


_MAKERS: Mapping[DayPart, Callable[[Journal, tzinfo], Any]] = {
    DayPart.LINKED: _linked,
    DayPart.VISIT_GROUPS: _visit_groups,
    DayPart.TASKS: _tasks,
    DayPart.TRIED: _tried,
    DayPart.WAITS: _waits,
    DayPart.LISTED: _listed,
    DayPart.VISITS: _visits,
    DayPart.HOURS: _hours,
    DayPart.WISHES: _wishes,
    DayPart.LINKS: _links,
    DayPart.PHONE: _phone,
    DayPart.STORED: _stored,
    DayPart.OVERRIDES: _overrides,
    DayPart.COLLECTED: _collected,
    DayPart.TALLY: _tally,
}
