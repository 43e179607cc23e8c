"""A period as the reports read it: its days' parts put together, each part when a report first asks for it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

from kiosk.domain.figures.days import DayPart, by_day, day_parts
from kiosk.domain.figures.period import Period
from kiosk.domain.records import FilmWish, Journal
from kiosk.domain.trail import EventCount, kind_named, outcome_named

# A part of each day of the period, with the day's date, in order.
Load = Callable[[DayPart], Iterable[tuple[str, Any]]]
TOTAL = "total"


@dataclass(frozen=True)
class LinkColumns:
    """The patient links of the period, a place each in all columns; `months`: when each was made."""

    months: list[str]
    locators: list[str]
    visits: list[str]
    subjects: list[str]
    since: list[float]
    expires: list[float]
    studies: list[int]
    online: list[bool]
    ready: list[float | None]


class _Days:
    """Days one after the other."""

    def __init__(self, load: Load) -> None:
        self._load = load

    def _all(self, part: DayPart) -> Iterator[Any]:
        return (value for _, value in self._load(part))


class _People(_Days):
    """Who was given a link, saw a report, and how long it took."""

    @cached_property
    def _linked(self) -> tuple[dict[tuple[str, str, bool], set[str]], int]:
        people: dict[tuple[str, str, bool], set[str]] = defaultdict(set)
        events = 0
        for day, one in self._load(DayPart.LINKED):
            events += one["events"]
            for key, names in one["people"].items():
                group, asked = key.split("|")
                people[day[:7], group, asked == "1"].update(many(names))
        return people, events

    def linked(self, group: str = TOTAL, month: str = "", *, asked: bool = False) -> set[str]:
        """Who was given a link to this kind of exam; `asked`: who had it shown on the screen."""
        people, _ = self._linked
        return union(
            names
            for (at, kind, on_screen), names in people.items()
            if group in (kind, TOTAL) and month in (at, "") and (on_screen or not asked)
        )

    def linked_groups(self, *, asked: bool = False) -> set[str]:
        """Kinds of exams that links were made for."""
        return {group for _, group, on_screen in self._linked[0] if on_screen or not asked}

    @property
    def link_events(self) -> int:
        """How often a link was made, as the trail has it."""
        return self._linked[1]

    @cached_property
    def visit_groups(self) -> dict[str, str]:
        """By visit, which kind of exam its link is about."""
        found: dict[str, str] = {}
        for one in self._all(DayPart.VISIT_GROUPS):
            for group, visits in one.items():
                found.update(dict.fromkeys(many(visits), group))
        return found


class _Prints(_Days):
    """Print tasks and what came of them."""

    @cached_property
    def _tasks(self) -> tuple[dict[tuple[str, str, str], Counter[str]], dict[str, set[str]], set[str]]:
        sums: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
        people: dict[str, set[str]] = defaultdict(set)
        took: set[str] = set()
        for one in self._all(DayPart.TASKS):
            for kiosk, kind, group, counts in one["sums"]:
                sums[kiosk, kind, group].update(counts)
            for group, names in one["people"].items():
                people[group].update(many(names))
            took.update(many(one["took"]))
        return sums, people, took

    def tasks(self, kind: str = "", *, kiosk: str = TOTAL, group: str = TOTAL) -> Counter[str]:
        """Print tasks in numbers: tasks, planned, printed, missing, uncertain, whole, and `why …`."""
        found: Counter[str] = Counter()
        for (at, what, about), counts in self._tasks[0].items():
            if kind in (what, "") and kiosk in (at, TOTAL) and group in (about, TOTAL):
                found.update(counts)
        return found

    def task_keys(self) -> set[tuple[str, str, str]]:
        """Kiosk, kind and kind of exam of all tasks."""
        return set(self._tasks[0])

    @property
    def task_people(self) -> Mapping[str, set[str]]:
        """By kind of exam, who tasks were for."""
        return self._tasks[1]

    @property
    def took(self) -> set[str]:
        """Who has a document in hand."""
        return self._tasks[2]

    @cached_property
    def retries(self) -> Counter[tuple[str, str]]:
        """By kiosk and kind, tasks for a document and copy that had an earlier one."""
        seen: set[str] = set()
        found: Counter[tuple[str, str]] = Counter()
        for kiosk, kind, document in chain.from_iterable(self._all(DayPart.TRIED)):
            if document in seen:
                found[kiosk, kind] += 1
            seen.add(document)
        return found

    @cached_property
    def waits(self) -> dict[str, list[float]]:
        """By kind of exam, hours from a report's own time to paper."""
        found: dict[str, list[float]] = defaultdict(list)
        for one in self._all(DayPart.WAITS):
            for group, hours in one.items():
                found[group] += hours
        return found

    @cached_property
    def listed(self) -> dict[str, str]:
        """By person, the last day on which their list showed a ready report."""
        found: dict[str, str] = {}
        for day, names in self._load(DayPart.LISTED):
            found.update(dict.fromkeys(many(names), day))
        return found


class _Sessions(_Days):
    """Visits, what was wished in them, and what staff did."""

    @cached_property
    def _visits(self) -> tuple[dict[tuple[str, str], list[str]], frozenset[str]]:
        ends: dict[tuple[str, str], list[str]] = defaultdict(list)
        staff: set[str] = set()
        for one in self._all(DayPart.VISITS):
            for kiosk, end, visits in one["ends"]:
                ends[kiosk, end] += many(visits)
            staff.update(many(one["staff"]))
        return ends, frozenset(staff)

    @property
    def staff_visits(self) -> frozenset[str]:
        """Visits in which somebody logged in as staff."""
        return self._visits[1]

    @cached_property
    def sessions(self) -> dict[tuple[str, str], tuple[int, int]]:
        """By kiosk and end, visits of patients and of staff."""
        ends, staff = self._visits
        theirs = {key: sum(visit in staff for visit in visits) for key, visits in ends.items()}
        return {key: (len(visits) - theirs[key], theirs[key]) for key, visits in ends.items()}

    @cached_property
    def hours(self) -> dict[str, tuple[int, int]]:
        """By hour of the day, visits, and those of them that had waited in line."""
        found: dict[str, tuple[int, int]] = {}
        for one in self._all(DayPart.HOURS):
            for hour, (visits, waited) in one.items():
                before = found.get(hour, (0, 0))
                found[hour] = before[0] + visits, before[1] + waited
        return found

    @cached_property
    def wishes(self) -> list[FilmWish]:
        """Film requests."""
        return [FilmWish(*one) for one in chain.from_iterable(self._all(DayPart.WISHES))]

    @cached_property
    def stated(self) -> list[FilmWish]:
        """Requests with the patient's own reason: a film that staff prints after the patient asked is the same."""
        staff = self.staff_visits
        own = {(w.subject, w.study) for w in self.wishes if w.visit not in staff}
        return [w for w in self.wishes if w.visit not in staff or (w.subject, w.study) not in own]


class _Cloud(_Days):
    """Patient links and what phones did with them."""

    @cached_property
    def links(self) -> LinkColumns:
        """Patient links."""
        found = LinkColumns([], [], [], [], [], [], [], [], [])
        for day, one in self._load(DayPart.LINKS):
            count = len(one["studies"])
            found.months.extend([day[:7]] * count)
            for name in ("locators", "visits", "subjects"):
                getattr(found, name).extend(one[name].split("\n") if count else ())
            for name in ("since", "expires", "studies", "ready"):
                getattr(found, name).extend(one[name])
            found.online.extend(char == "1" for char in one["online"])
        return found

    @cached_property
    def phone(self) -> PhoneFacts:
        """What phones did."""
        found = PhoneFacts(0, 0, {}, {}, {}, Counter(), Counter())
        for one in self._all(DayPart.PHONE):
            found.events += one["events"]
            found.attempts += one["attempts"]
            for name in ("opened", "refused_at", "failed_at"):
                first = getattr(found, name)
                for locator, at in one[name].items():
                    first[locator] = min(at, first.get(locator, at))
            found.refused.update(one["refused"])
            found.failed.update(one["failed"])
        return found


class PeriodFacts(_People, _Prints, _Sessions, _Cloud):
    """What the reports count. A day is what `kiosk.domain.figures.days` makes of its records, wherever it is kept."""

    @classmethod
    def of(cls, journal: Journal, period: Period) -> PeriodFacts:
        """Straight from the records."""
        days = [(day, day_parts(mine, period.zone)) for day, mine in by_day(journal, period)]
        return cls(lambda part: ((day, parts[part]) for day, parts in days))

    @cached_property
    def stored_bytes(self) -> int | None:
        """Of the exams that came into the cloud in the period, as the portal keeps them; None where none did."""
        return sum(self._all(DayPart.STORED)) or None

    @cached_property
    def overrides(self) -> Counter[tuple[str, str, str]]:
        """By person, deed and reason."""
        found: Counter[tuple[str, str, str]] = Counter()
        for actor, what, reason, times in chain.from_iterable(self._all(DayPart.OVERRIDES)):
            found[actor, what, reason] += times
        return found

    @cached_property
    def collected(self) -> Counter[str]:
        """By relation, visits in which somebody said for whom they came."""
        found: Counter[str] = Counter()
        for one in self._all(DayPart.COLLECTED):
            found.update(one)
        return found

    @cached_property
    def tally(self) -> tuple[EventCount, ...]:
        """Events of all kinds."""
        counts: Counter[tuple[str, str]] = Counter()
        for kind, end, events in chain.from_iterable(self._all(DayPart.TALLY)):
            counts[kind, end] += events
        return tuple(EventCount(kind_named(kind), outcome_named(end), n) for (kind, end), n in sorted(counts.items()))


@dataclass
class PhoneFacts:
    """`opened`, `refused_at`, `failed_at`: by locator, when somebody first answered right or wrong, or failed;
    `failed`: by stage and browser family.
    """

    events: int
    attempts: int
    opened: dict[str, float]
    refused_at: dict[str, float]
    failed_at: dict[str, float]
    refused: Counter[str]
    failed: Counter[str]


def many(text: str) -> list[str]:
    """The texts that `lines` put together; an empty text holds none."""
    return text.split("\n") if text else []


def union(sets: Iterable[set[str]]) -> set[str]:
    """All of them."""
    return set().union(*sets)


