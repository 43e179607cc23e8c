"""The administrator's reports R1 and R3 to R7, from the ledger's records; R2 is economy's, R8 kiosk_log's.

Units are never mixed: a person is one pseudonym, however often it comes; a visit is one session; an exam is one study;
a sheet is one piece of paper or film. Sums over months or modalities can exceed the total, because a person who comes
in two months, or has two kinds of exams, is one person.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from kiosk.domain.records import FilmWish, Journal, TaskRecord
from kiosk.domain.trail import AuditRecord, EventKind, EventOutcome
from kiosk.statistics.phone import Phones
from kiosk.statistics.tables import PER_CENT, Cell, Chart, Column, StatisticsReport, Table, quantile, row, share

GROUPS = ("DR", "CT", "MRI", "other")
TOTAL = "total"
UNRECORDED = "not recorded"
_GROUP_OF = {"DX": "DR", "CR": "DR", "DR": "DR", "RG": "DR", "CT": "CT", "MR": "MRI", "": UNRECORDED}
HOUR_S, DAY_S = 3600.0, 86_400.0

PEOPLE_NOTE = (
    "A person is one keyed pseudonym and counted once in each cell, so months and modalities may add up to more than "
    "the total."
)
NO_PORTAL = (
    "No portal has told anything of this period: openings, refusals and phone errors are not known and shown as –."
)


@dataclass(frozen=True)
class Period:
    """From (inclusive) to (exclusive), in seconds since the epoch, and where the hospital's months begin."""

    since: float
    until: float
    zone: tzinfo

    def month(self, at: float) -> str:
        """The month of a moment, as 2024-05."""
        return f"{datetime.fromtimestamp(at, self.zone):%Y-%m}"

    @property
    def months(self) -> tuple[str, ...]:
        """All months that the period touches."""
        first = datetime.fromtimestamp(self.since, self.zone)
        last = datetime.fromtimestamp(max(self.since, self.until - 1), self.zone)
        span = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
        return tuple(f"{number // 12:04d}-{number % 12 + 1:02d}" for number in span)


def group_of(modality: str) -> str:
    """DICOM modality to the line of the table: DX and CR are DR, MR is MRI, the rest is other."""
    return _GROUP_OF.get(modality.strip().upper(), "other")


@dataclass(frozen=True)
class Linked:
    """One person was given a patient link to one kind of exam, once: shown on the screen, or stamped on paper."""

    subject: str
    group: str
    at: float
    visit: str
    asked: bool


def linked(events: Iterable[AuditRecord]) -> list[Linked]:
    """Who was given a patient link, and for which kinds of exams; `asked` where it was shown on the screen."""
    made = (e for e in events if e.kind is EventKind.LINK_MADE and e.subject)
    return [Linked(e.subject, g, e.when, e.visit, e.details.get("how") == "screen") for e in made for g in _groups(e)]


def _groups(event: AuditRecord) -> list[str]:
    return sorted({group_of(name) for name in str(event.details.get("modalities", "")).split(",")})


def _present(groups: Iterable[str]) -> tuple[str, ...]:
    """The fixed lines, and one for what has no modality where there is such a thing."""
    return (*GROUPS, UNRECORDED) if UNRECORDED in groups else GROUPS


# --- R1 ---------------------------------------------------------------------------------------------------------
STAMP_NOTE = (
    "A QR stamped on a printed page is not counted: nobody asked for it. Served by cloud film is who has a link all of "
    "whose exams are in the cloud; whether it was opened is told apart (R7)."
)


def r1_service(journal: Journal, period: Period) -> StatisticsReport:
    """People who asked for cloud film on their phone: modality × month and total; whom it served the portal knows."""
    people = [p for p in linked(journal.events) if p.asked]
    everybody = len({p.subject for p in people})
    months = period.months
    lines = (*_present({p.group for p in people}), TOTAL)
    phones = Phones(journal)
    rows = tuple(_service_row(line, people, period, (everybody, phones)) for line in lines)
    columns = (
        Column("modality"),
        *(Column(month, "people", "distinct people who had the QR shown in the month") for month in months),
        Column("all months", "people", "distinct people who had the QR shown in the period"),
        Column("share of all people", PER_CENT, "people_m ÷ people_total × 100"),
        Column("served by cloud film", "people", "recorded by the portal"),
    )
    counts = {"link-made events": sum(e.kind is EventKind.LINK_MADE for e in journal.events)}
    table = Table("People who asked for cloud film", columns, rows, counts, Chart(0, len(months) + 1))
    return StatisticsReport("R1", "Service", (table,), (PEOPLE_NOTE, STAMP_NOTE, *_unknown(phones)))


def _unknown(phones: Phones) -> tuple[str, ...]:
    return () if phones.told else (NO_PORTAL,)


def _service_row(
    line: str, people: Sequence[Linked], period: Period, known: tuple[int, Phones]
) -> tuple[Cell, ...]:
    everybody, phones = known
    by_month: dict[str, set[str]] = defaultdict(set)
    for person in people:
        if line in (person.group, TOTAL):
            by_month[period.month(person.at)].add(person.subject)
    subjects = set().union(*by_month.values())
    part = share(len(subjects), everybody, ("people_m", "people_total"))
    served = len(subjects & phones.served) if phones.told else None
    return row(line, *(len(by_month[month]) for month in period.months), len(subjects), part, served)


# --- R3 ---------------------------------------------------------------------------------------------------------
def r3_demand(journal: Journal, _: Period) -> StatisticsReport:
    """Who wants film: modality × people, sheets, shares."""
    films = [t for t in journal.tasks if t.kind == "film"]
    base = [(p.subject, p.group) for p in linked(journal.events)]
    base += [(w.subject, group_of(w.modality)) for w in journal.wishes]
    base += [(t.subject, group_of(t.modality)) for t in journal.tasks if t.subject]
    everybody = len({subject for subject, _ in base})
    lines = (*_present({group for _, group in base}), TOTAL)
    rows = tuple(_demand_row(line, base, journal.wishes, films, everybody) for line in lines)
    columns = (
        Column("modality"),
        Column("people", "people", "distinct people with a link, a print task or a film request of this modality"),
        Column("people asking for film", "people", "distinct people with at least one film request"),
        Column("film sheets printed", "sheets", "film sheets whose state is printed"),
        Column("share of the modality's people", PER_CENT, "people_film_m ÷ people_m × 100"),
        Column("share of all people", PER_CENT, "people_film_m ÷ people_total × 100"),
    )
    counts = {"film requests": len(journal.wishes), "film print tasks": len(films)}
    table = Table("Film demand", columns, rows, counts, Chart(0, 2))
    return StatisticsReport("R3", "Film demand", (table,), (PEOPLE_NOTE, DEMAND_NOTE))


DEMAND_NOTE = (
    "People and sheets are different units. The published account gives 2.29 % beside 4,625 films and 197,112 visits, "
    "but 4,625 ÷ 197,112 = 2.35 %: its 4,625 may be sheets and its 2.29 % people. Here each column names its unit."
)


def _demand_row(
    line: str, base: list[tuple[str, str]], wishes: Sequence[FilmWish], films: Sequence[TaskRecord], everybody: int
) -> tuple[Cell, ...]:
    people = len({subject for subject, group in base if line in (group, TOTAL)})
    asking = len({w.subject for w in wishes if line in (group_of(w.modality), TOTAL)})
    sheets = sum(t.printed for t in films if line in (group_of(t.modality), TOTAL))
    of_modality = share(asking, people, ("people_film_m", "people_m"))
    return row(line, people, asking, sheets, of_modality, share(asking, everybody, ("people_film_m", "people_total")))


# --- R4 ---------------------------------------------------------------------------------------------------------
def r4_reasons(journal: Journal, period: Period) -> StatisticsReport:
    """Why film is wanted: all, by modality, by month."""
    wishes = stated(journal)
    counts = {"film requests": len(journal.wishes), "of these repeated at the desk": len(journal.wishes) - len(wishes)}
    groups = _present({group_of(w.modality) for w in wishes})
    all_of_them = _reason_table("Reasons for film", wishes, counts)
    by_modality = _crossed("Reasons by modality", wishes, groups, lambda w: group_of(w.modality), counts)
    by_month = _crossed("Reasons by month", wishes, period.months, lambda w: period.month(w.at), counts)
    note = "n_r counts people who named the reason; a person who named two reasons is counted under both."
    return StatisticsReport("R4", "Reasons for film", (all_of_them, by_modality, by_month), (note,))


def staff_visits(journal: Journal) -> frozenset[str]:
    """Visits in which somebody logged in as staff."""
    logins = (e for e in journal.events if e.kind is EventKind.STAFF_LOGIN)
    return frozenset(e.visit for e in logins if e.outcome is EventOutcome.OK)


def stated(journal: Journal) -> list[FilmWish]:
    """Requests with the patient's own reason: a film that staff prints after the patient asked is the same request."""
    staff = staff_visits(journal)
    own = {(w.subject, w.study) for w in journal.wishes if w.visit not in staff}
    return [w for w in journal.wishes if w.visit not in staff or (w.subject, w.study) not in own]


def _reason_table(title: str, wishes: Sequence[FilmWish], counts: dict[str, int]) -> Table:
    people = _people_by(wishes, lambda w: w.reason)
    whole = sum(people.values())
    rows = [row(reason, people[reason], share(people[reason], whole, ("n_r", "Σ n"))) for reason in _ranked(people)]
    rows.append(row("Σ n", whole, share(whole, whole, ("n_r", "Σ n"))))
    columns = (
        Column("reason"),
        Column("people", "people", "n_r = distinct people who named the reason"),
        Column("share", PER_CENT, "n_r ÷ Σ n × 100"),
    )
    return Table(title, columns, tuple(rows), counts, Chart(0, 1, without=("Σ n",)))


def _people_by(wishes: Iterable[FilmWish], key: Callable[[FilmWish], str]) -> Counter[str]:
    return Counter(name for name, _ in {(key(w), w.subject) for w in wishes})


def _ranked(people: Counter[str]) -> list[str]:
    """The most frequent first; equals by name."""
    return sorted(people, key=lambda reason: (-people[reason], reason))


def _crossed(
    title: str,
    wishes: Sequence[FilmWish],
    across: Sequence[str],
    key: Callable[[FilmWish], str],
    counts: dict[str, int],
) -> Table:
    reasons = _ranked(_people_by(wishes, lambda w: w.reason))
    people = _people_by(wishes, lambda w: f"{w.reason}\n{key(w)}")
    rows = tuple(row(reason, *(people[f"{reason}\n{name}"] for name in across)) for reason in reasons)
    formula = "distinct people who named the reason"
    return Table(title, (Column("reason"), *(Column(name, "people", formula) for name in across)), rows, counts)


# --- R5 ---------------------------------------------------------------------------------------------------------
def r5_access(journal: Journal, _: Period) -> StatisticsReport:
    """Who says that the phone failed, and what the portal saw: attempts, browser and stage."""
    failed = [w for w in journal.wishes if w.reason == "phone-access-failed"]
    given = len({p.subject for p in linked(journal.events)})
    people = len({w.subject for w in failed})
    rows = tuple(_access_row(how, [w for w in failed if how in (w.how, TOTAL)]) for how in (*_ENDS, TOTAL))
    columns = (
        Column("ended in"),
        Column("film requests", "exams", "film requests with the reason phone-access-failed"),
        Column("people", "people", "distinct people among them"),
    )
    counts = {"film requests": len(failed)}
    told = Table("Phone access failed, as told at the kiosk", columns, rows, counts, Chart(0, 2))
    rate = (
        Column("people with a link", "people", "distinct people with a patient link made in the period"),
        Column("people who told of a failure", "people", "distinct people with such a request"),
        Column("rate", PER_CENT, "people who told ÷ people with a link × 100"),
        Column("measured attempts", "attempts", "recorded by the portal"),
        Column("measured failures", "attempts", "recorded by the portal, by browser and stage"),
    )
    phones = Phones(journal)
    measured = (phones.attempts, sum(phones.failures.values())) if phones.told else (None, None)
    figures = row(given, people, share(people, given, ("people who told", "people with a link")), *measured)
    seen = (phones.failed(), phones.explained(failed)) if phones.told else ()
    tables = (told, Table("Rate", rate, (figures,)), *seen)
    return StatisticsReport("R5", "Access failures", tables, (*_unknown(phones), TOLD_NOTE))


_ENDS = ("printed", "failed", "desk", "cloud")
TOLD_NOTE = (
    "This table holds only what people said at the kiosk when they asked for film. Who gave up without a word is not "
    "in it, so the rate is a lower bound and not comparable with the published 0.22 % of visits."
)


def _access_row(how: str, wishes: Sequence[FilmWish]) -> tuple[Cell, ...]:
    return row(how, len(wishes), len({w.subject for w in wishes}))


# --- R6 ---------------------------------------------------------------------------------------------------------
def r6_delivery(journal: Journal, period: Period, days: int = 7) -> StatisticsReport:
    """How long a ready report waits to be printed, and what was seen ready and never printed."""
    events = [e for e in journal.events if e.kind is EventKind.DOCUMENT_PRINTED and e.details.get("what") == "report"]
    waits = [(group_of(str(e.details.get("modality", ""))), w) for e in events if (w := _wait_h(e)) is not None]
    printed = [group_of(task.modality) for task in _came_out(journal.tasks) if task.kind == "report"]
    lines = (*_present({*printed, *(group for group, _ in waits)}), TOTAL)
    phones, groups = Phones(journal), {p.visit: p.group for p in linked(journal.events)}
    opened = [(groups.get(visit, UNRECORDED), hours) for visit, found in phones.waits_h.items() for hours in found]
    rows = tuple(_delivery_row(line, printed, waits, opened) for line in lines)
    wait = "hours from the report's own time to the printing of its first copy"
    columns = (
        Column("modality"),
        Column(
            "reports printed", "documents", "reports of which all sheets came out, also where staff settled it later"
        ),
        Column("of these timed", "documents", "first copies whose report says when it was written"),
        Column("ready to printed, median", "h", f"median (nearest rank) of {wait}"),
        Column("ready to printed, p90", "h", f"90th percentile (nearest rank) of {wait}"),
        Column("ready to opened, median", "h", "recorded by the portal"),
    )
    table = Table("From ready to printed", columns, rows, {"report tasks": len(printed)}, Chart(0, 3))
    return StatisticsReport("R6", "Delivery", (table, _never(journal, period, days)), (NEVER_NOTE, *_unknown(phones)))


NEVER_NOTE = (
    "The kiosk knows only people who came. A ready report whose patient never came is known to the reporting system, "
    "not to the kiosk."
)


def _came_out(tasks: Iterable[TaskRecord]) -> list[TaskRecord]:
    """The last task of each document's copy, where all its sheets are on paper.

    Tasks and not events: what a crash left open is settled without the event of a finished visit.
    """
    last = {(task.document, task.copy): task for task in tasks}
    return [task for task in last.values() if task.printed == task.sheets > 0]


def _wait_h(event: AuditRecord) -> float | None:
    ready = event.details.get("ready")
    if not isinstance(ready, int | float) or event.details.get("copy") != 1:
        return None
    return max(0.0, event.when - ready) / HOUR_S


def _delivery_row(
    line: str, printed: Sequence[str], waits: Sequence[tuple[str, float]], opened: Sequence[tuple[str, float]]
) -> tuple[Cell, ...]:
    seen = [hours for group, hours in opened if line in (group, TOTAL)]
    mine = [w for group, w in waits if line in (group, TOTAL)]
    number = sum(line in (group, TOTAL) for group in printed)
    inputs = {"values": len(mine)}
    median = Cell(quantile(seen, 0.5), {"values": len(seen)}) if seen else None
    return row(line, number, len(mine), Cell(quantile(mine, 0.5), inputs), Cell(quantile(mine, 0.9), inputs), median)


def _never(journal: Journal, period: Period, days: int) -> Table:
    seen = {e.subject: e.when for e in journal.events if e.kind is EventKind.EXAMS_LISTED and e.details.get("ready", 0)}
    old = {subject for subject, at in seen.items() if at <= period.until - days * DAY_S}
    took = {task.subject for task in _came_out(journal.tasks)}
    columns = (
        Column("days waited", "days"),
        Column("people who saw a ready report", "people", "distinct people whose list last showed one so long ago"),
        Column("never printed one", "people", "of these, people without a printed document in the period"),
        Column("share", PER_CENT, "never printed ÷ saw a ready report × 100"),
    )
    left = len(old - took)
    figures = row(days, len(old), left, share(left, len(old), ("never printed", "saw a ready report")))
    return Table("Seen ready, never collected", columns, (figures,), {"exams-listed events": len(seen)})


# --- R7 ---------------------------------------------------------------------------------------------------------
def r7_sharing(journal: Journal, period: Period) -> StatisticsReport:
    """Patient links by month."""
    phones = Phones(journal)
    rows = [_link_row(month, phones, period) for month in (*period.months, TOTAL)]
    columns = (
        Column("month"),
        Column("links made", "links", "patient links made"),
        Column("exams in them", "exams", "exams that these links open, counted once a link"),
        Column("people", "people", "distinct people the links were made for"),
        Column("run out", "links", "links whose life ended before the end of the period"),
        Column("opened", "links", "recorded by the portal"),
        Column("run out unopened", "links", "recorded by the portal"),
        Column("refused", "attempts", "recorded by the portal"),
    )
    table = Table("Patient links", columns, tuple(rows), {"links": len(journal.links)}, Chart(0, 1))
    note = "Five-minute share links are made on the phone, in the portal; the kiosk makes patient links only."
    return StatisticsReport("R7", "Sharing", (table,), (note, *_unknown(phones)))


def _link_row(month: str, phones: Phones, period: Period) -> tuple[Cell, ...]:
    mine = [k for k in phones.journal.links if month in (period.month(k.since), TOTAL)]
    out = sum(k.expires <= period.until for k in mine)
    told = phones.of(mine, period.until)
    return row(month, len(mine), sum(k.studies for k in mine), len({k.subject for k in mine}), out, *told)
