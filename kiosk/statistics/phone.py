"""What phones did with links, as the portal told: opened, refused, failed, and whom cloud film served."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from kiosk.domain.figures.days import HOUR_S
from kiosk.domain.figures.tables import Column, Table, row
from kiosk.statistics.facts import PeriodFacts


@dataclass(frozen=True)
class Phones:
    """Of one period. `told`: whether the portal told anything; nothing is known where it did not."""

    facts: PeriodFacts

    @cached_property
    def told(self) -> bool:
        """See the class."""
        return self.facts.phone.events > 0 or any(self.facts.links.online)

    @cached_property
    def served(self) -> frozenset[str]:
        """People with a link all of whose exams are published and can be reached."""
        links = self.facts.links
        return frozenset(who for who, online in zip(links.subjects, links.online, strict=True) if online)

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

    def failed(self) -> Table:
        """Measured failures by stage and browser family."""
        columns = (Column("browser and stage"), Column("measured failures", "attempts", "recorded by the portal"))
        failed = self.facts.phone.failed
        rows = tuple(row(detail or "–", count) for detail, count in ranked(failed))
        return Table("Measured failures", columns, rows, {"failed events": failed.total()})


def ranked(counted: Mapping[str, int]) -> list[tuple[str, int]]:
    """The most frequent first; equals by name."""
    return sorted(counted.items(), key=lambda one: (-one[1], one[0]))
