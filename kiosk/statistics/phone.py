"""What phones did with links, as the portal told: opened, refused, failed, and whom cloud film served."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf

from kiosk.domain.figures.days import HOUR_S
from kiosk.domain.figures.tables import Column, Table, row
from kiosk.domain.records import FilmWish
from kiosk.statistics.facts import PeriodFacts

SEEN = ("a measured failure", "only wrong answers", "opened without a failure", "never opened", "no link in the period")
_EXPLAINED = "distinct people with film requests for this reason, by the worst that happened to their links before"


@dataclass(frozen=True)
class Phones:
    """Of one period. `told`: whether the portal told anything; nothing is known where it did not."""

    facts: PeriodFacts

    @cached_property
    def told(self) -> bool:
        """See the class."""
        return self.facts.phone.events > 0 or any(self.facts.links.online)

    @property
    def visits(self) -> int | None:
        """Visits with a link all of whose exams are in the cloud; nothing where nothing is known."""
        return len(self._online(self.facts.links.visits)) if self.told else None

    @cached_property
    def served(self) -> frozenset[str]:
        """People with a link all of whose exams are published and can be reached."""
        return self._online(self.facts.links.subjects)

    def _online(self, column: Sequence[str]) -> frozenset[str]:
        return frozenset(one for one, online in zip(column, self.facts.links.online, strict=True) if online)

    @cached_property
    def waits_h(self) -> Mapping[str, list[float]]:
        """By visit, hours from the newest report of a link to its first opening."""
        found: dict[str, list[float]] = defaultdict(list)
        links, opened = self.facts.links, self.facts.phone.opened
        for visit, locator, ready in zip(links.visits, links.locators, links.ready, strict=True):
            at = opened.get(locator)
            if at is not None and ready is not None and at >= ready:
                found[visit].append((at - ready) / HOUR_S)
        return found

    def of(self, places: Sequence[int], until: float) -> tuple[int | None, int | None, int | None]:
        """Opened, run out unopened, and wrong answers of the links at these places; nothing where nothing is known."""
        if not self.told:
            return None, None, None
        links, phone = self.facts.links, self.facts.phone
        opened = sum(links.locators[place] in phone.opened for place in places)
        unopened = sum(links.expires[at] <= until and links.locators[at] not in phone.opened for at in places)
        return opened, unopened, sum(phone.refused[links.locators[place]] for place in places)

    def explained(self, wishes: Sequence[FilmWish]) -> Table:
        """What the portal saw of people who told at the kiosk that the phone failed, before they told; each once."""
        asked = {one.subject: one.at for one in sorted(wishes, key=lambda one: -one.at)}  # the first time
        found = Counter(self._seen(subject, at) for subject, at in asked.items())
        columns = (Column("what the portal saw before"), Column("people", "people", _EXPLAINED))
        rows = tuple(row(what, found[what]) for what in SEEN)
        return Table("Told failures and what was measured", columns, rows, {"people who told": len(asked)})

    def _seen(self, subject: str, before: float) -> str:
        """The worst that any of the person's links met."""
        links, phone = self.facts.links, self.facts.phone
        made = zip(links.subjects, links.locators, links.since, strict=True)
        own = [locator for who, locator, since in made if who == subject and since <= before]

        def met(first: Mapping[str, float]) -> bool:
            return any(first.get(locator, inf) <= before for locator in own)

        if met(phone.failed_at):
            return SEEN[0]
        if not met(phone.opened):
            return (SEEN[1] if met(phone.refused_at) else SEEN[3]) if own else SEEN[4]
        return SEEN[2]

    def failed(self) -> Table:
        """Measured failures by stage and browser family."""
        columns = (Column("browser and stage"), Column("measured failures", "attempts", "recorded by the portal"))
        failed = self.facts.phone.failed
        rows = tuple(row(detail or "–", count) for detail, count in ranked(failed))
        return Table("Measured failures", columns, rows, {"failed events": failed.total()})


def ranked(counted: Mapping[str, int]) -> list[tuple[str, int]]:
    """The most frequent first; equals by name."""
    return sorted(counted.items(), key=lambda one: (-one[1], one[0]))
