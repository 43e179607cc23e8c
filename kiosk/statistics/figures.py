"""The administrator's reports R1 and R3 to R7, from the ledger's records; R2 is economy's, R8 kiosk_log's.

Units are never mixed: a person is one pseudonym, however often it comes; a visit is one session; an exam is one study;
a sheet is one piece of paper or film. Sums over months or modalities can exceed the total, because a person who comes
in two months, or has two kinds of exams, is one person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import chain

from kiosk.domain.figures.days import UNRECORDED, group_of
from kiosk.domain.figures.period import Period
from kiosk.domain.figures.tables import PER_CENT, Cell, Chart, Column, StatisticsReport, Table, quantile, row, share
from kiosk.domain.records import FilmWish
from kiosk.statistics.facts import TOTAL, LinkColumns, PeriodFacts, union
from kiosk.statistics.phone import Phones

GROUPS = ("DR", "CT", "MRI", "other")
PHONE_FAILED = "phone-access-failed"

PEOPLE_NOTE = (
    "A person is one keyed pseudonym and counted once in each cell, so months and modalities may add up to more than "
    "the total."
)
NO_PORTAL = (
    "No portal has told anything of this period: openings, refusals and phone errors are not known and shown as –."
)


def _present(groups: Iterable[str]) -> tuple[str, ...]:
    """The fixed lines, and one for what has no modality where there is such a thing."""
    return (*GROUPS, UNRECORDED) if UNRECORDED in groups else GROUPS


# --- R1 ---------------------------------------------------------------------------------------------------------
STAMP_NOTE = (
    "A QR stamped on a printed page is not counted: nobody asked for it. Served by cloud film is who has a link all of "
    "whose exams are in the cloud; whether it was opened is told apart (R7)."
)


def r1_service(facts: PeriodFacts, period: Period) -> StatisticsReport:
    """People who asked for cloud film on their phone: modality × month and total; whom it served the portal knows."""
    months, phones = period.months, Phones(facts)
    lines = (*_present(facts.linked_groups(asked=True)), TOTAL)
    rows = tuple(_service_row(line, facts, phones, months) for line in lines)
    columns = (
        Column("modality"),
        *(Column(month, "people", "distinct people who had the QR shown in the month") for month in months),
        Column("all months", "people", "distinct people who had the QR shown in the period"),
        Column("share of all people", PER_CENT, "people_m ÷ people_total × 100"),
        Column("served by cloud film", "people", "recorded by the portal"),
    )
    counts = {"link-made events": facts.link_events}
    chart = Chart(0, len(months) + 1, across=tuple(range(1, len(months) + 1)))
    table = Table("People who asked for cloud film", columns, rows, counts, chart)
    return StatisticsReport("R1", "Service", (table,), (PEOPLE_NOTE, STAMP_NOTE, *_unknown(phones)))


def _unknown(phones: Phones) -> tuple[str, ...]:
    return () if phones.told else (NO_PORTAL,)


def _service_row(line: str, facts: PeriodFacts, phones: Phones, months: Sequence[str]) -> tuple[Cell, ...]:
    everybody, subjects = len(facts.linked(asked=True)), facts.linked(line, asked=True)
    part = share(len(subjects), everybody, ("people_m", "people_total"))
    served = len(subjects & phones.served) if phones.told else None
    by_month = (len(facts.linked(line, month, asked=True)) for month in months)
    return row(line, *by_month, len(subjects), part, served)


# --- R3 ---------------------------------------------------------------------------------------------------------
def r3_demand(facts: PeriodFacts, _: Period) -> StatisticsReport:
    """Who wants film: modality × people, sheets, shares."""
    base = {group: facts.linked(group) for group in facts.linked_groups()}
    for wish in facts.wishes:
        base.setdefault(group_of(wish.modality), set()).add(wish.subject)
    for group, names in facts.task_people.items():
        base[group] = base.get(group, set()) | names
    everybody = len(union(base.values()))
    lines = (*_present(base), TOTAL)
    rows = tuple(_demand_row(line, base, facts, everybody) for line in lines)
    columns = (
        Column("modality"),
        Column("people", "people", "distinct people with a link, a print task or a film request of this modality"),
        Column("people asking for film", "people", "distinct people with at least one film request"),
        Column("film sheets printed", "sheets", "film sheets whose state is printed"),
        Column("share of the modality's people", PER_CENT, "people_film_m ÷ people_m × 100"),
        Column("share of all people", PER_CENT, "people_film_m ÷ people_total × 100"),
    )
    counts = {"film requests": len(facts.wishes), "film print tasks": facts.tasks("film")["tasks"]}
    table = Table("Film demand", columns, rows, counts, Chart(0, 2))
    return StatisticsReport("R3", "Film demand", (table,), (PEOPLE_NOTE, DEMAND_NOTE))


DEMAND_NOTE = (
    "People and sheets are different units. The published account gives 2.29 % beside 4,625 films and 197,112 visits, "
    "but 4,625 ÷ 197,112 = 2.35 %: its 4,625 may be sheets and its 2.29 % people. Here each column names its unit."
)


def _demand_row(line: str, base: Mapping[str, set[str]], facts: PeriodFacts, everybody: int) -> tuple[Cell, ...]:
    people = len(union(names for group, names in base.items() if line in (group, TOTAL)))
    asking = len({w.subject for w in facts.wishes if line in (group_of(w.modality), TOTAL)})
    sheets = facts.tasks("film", group=line)["printed"]
    of_modality = share(asking, people, ("people_film_m", "people_m"))
    return row(line, people, asking, sheets, of_modality, share(asking, everybody, ("people_film_m", "people_total")))


# --- R4 ---------------------------------------------------------------------------------------------------------
def r4_reasons(facts: PeriodFacts, period: Period) -> StatisticsReport:
    """Why film is wanted: all, by modality, by month."""
    wishes, every = facts.stated, len(facts.wishes)
    counts = {"film requests": every, "of these repeated at the desk": every - len(wishes)}
    groups = _present({group_of(w.modality) for w in wishes})
    all_of_them = _reason_table("Reasons for film", wishes, counts)
    by_modality = _crossed("Reasons by modality", wishes, groups, lambda w: group_of(w.modality), counts)
    by_month = _crossed("Reasons by month", wishes, period.months, lambda w: period.month(w.at), counts)
    note = "n_r counts people who named the reason; a person who named two reasons is counted under both."
    return StatisticsReport("R4", "Reasons for film", (all_of_them, by_modality, by_month), (note,))


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
    columns = (Column("reason"), *(Column(name, "people", "distinct people who named the reason") for name in across))
    return Table(title, columns, rows, counts, Chart(0, 1, across=tuple(range(1, len(columns)))))


# --- R5 ---------------------------------------------------------------------------------------------------------
def r5_access(facts: PeriodFacts, _: Period) -> StatisticsReport:
    """Who says that the phone failed, and what the portal saw: attempts, browser and stage."""
    failed = [w for w in facts.wishes if w.reason == PHONE_FAILED]
    given = len(facts.linked())
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
    phones = Phones(facts)
    measured = (facts.phone.attempts, facts.phone.failed.total()) if phones.told else (None, None)
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
def r6_delivery(facts: PeriodFacts, period: Period, days: int = 7) -> StatisticsReport:
    """How long a ready report waits to be printed, and what was seen ready and never printed."""
    groups = {group for _, kind, group in facts.task_keys() if kind == "report"}
    printed = {group for group in groups if facts.tasks("report", group=group)["whole"]}
    lines = (*_present({*printed, *facts.waits}), TOTAL)
    phones = Phones(facts)
    rows = tuple(_delivery_row(line, facts, phones) for line in lines)
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
    table = Table("From ready to printed", columns, rows, {"report tasks": facts.tasks("report")["whole"]}, Chart(0, 3))
    return StatisticsReport("R6", "Delivery", (table, _never(facts, period, days)), (NEVER_NOTE, *_unknown(phones)))


NEVER_NOTE = (
    "The kiosk knows only people who came. A ready report whose patient never came is known to the reporting system, "
    "not to the kiosk."
)


def _delivery_row(line: str, facts: PeriodFacts, phones: Phones) -> tuple[Cell, ...]:
    seen = [hours for visit, found in phones.waits_h.items()
            if line in (facts.visit_groups.get(visit, UNRECORDED), TOTAL) for hours in found]  # fmt: skip
    mine = sorted(chain.from_iterable(hours for group, hours in facts.waits.items() if line in (group, TOTAL)))
    inputs = {"values": len(mine)}
    median = Cell(quantile(seen, 0.5), {"values": len(seen)}) if seen else None
    number = facts.tasks("report", group=line)["whole"]
    return row(line, number, len(mine), Cell(quantile(mine, 0.5), inputs), Cell(quantile(mine, 0.9), inputs), median)


def _never(facts: PeriodFacts, period: Period, days: int) -> Table:
    seen, by = facts.listed, str(period.last - timedelta(days=days))
    old = {subject for subject, day in seen.items() if day <= by}
    columns = (
        Column("days waited", "days"),
        Column("people who saw a ready report", "people", "distinct people whose list last showed one so long ago"),
        Column("never printed one", "people", "of these, people without a printed document in the period"),
        Column("share", PER_CENT, "never printed ÷ saw a ready report × 100"),
    )
    left = len(old - facts.took)
    figures = row(days, len(old), left, share(left, len(old), ("never printed", "saw a ready report")))
    return Table("Seen ready, never collected", columns, (figures,), {"exams-listed events": len(seen)})


# --- R7 ---------------------------------------------------------------------------------------------------------
def r7_sharing(facts: PeriodFacts, period: Period) -> StatisticsReport:
    """Patient links by month."""
    phones = Phones(facts)
    rows = [_link_row(month, facts.links, phones, period) for month in (*period.months, TOTAL)]
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
    table = Table("Patient links", columns, tuple(rows), {"links": len(facts.links.studies)}, Chart(0, 1))
    note = "Five-minute share links are made on the phone, in the portal; the kiosk makes patient links only."
    return StatisticsReport("R7", "Sharing", (table,), (note, *_unknown(phones)))


def _link_row(month: str, links: LinkColumns, phones: Phones, period: Period) -> tuple[Cell, ...]:
    mine = [place for place, made in enumerate(links.months) if month in (made, TOTAL)]
    out = sum(links.expires[place] <= period.until for place in mine)
    people = len({links.subjects[place] for place in mine})
    told = phones.of(mine, period.until)
    return row(month, len(mine), sum(links.studies[place] for place in mine), people, out, *told)
