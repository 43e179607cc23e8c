"""What phones did with links, as the portal told: opened, refused, failed, and whom cloud film served."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from kiosk.domain.records import FilmWish, Journal, LinkRecord
from kiosk.statistics.tables import Column, Table, row

_HOUR_S = 3600.0
OPENED, REFUSED, FAILED = "answered", "refused", "failed"
SEEN = ("a measured failure", "only wrong answers", "opened without a failure", "never opened", "no link in the period")
_EXPLAINED = "distinct people with film requests for this reason, by the worst that happened to their links before"


@dataclass(frozen=True)
class Phones:
    """Of one journal. `told`: whether the portal told anything; nothing is known where it did not."""

    journal: Journal

    @property
    def told(self) -> bool:
        """See the class."""
        return bool(self.journal.phone) or any(one.online for one in self.journal.links)

    @cached_property
    def opened(self) -> Mapping[str, float]:
        """By locator, when somebody first answered right."""
        found: dict[str, float] = {}
        for event in self.journal.phone:
            if event.kind == OPENED:
                found.setdefault(event.locator, event.at)
        return found

    @cached_property
    def refused(self) -> Counter[str]:
        """By locator, wrong answers."""
        return Counter(one.locator for one in self.journal.phone if one.kind == REFUSED)

    @cached_property
    def failures(self) -> Counter[str]:
        """By what the portal says of stage and browser family."""
        return Counter(one.detail for one in self.journal.phone if one.kind == FAILED)

    @property
    def attempts(self) -> int:
        """Links that were opened or not: answers, right and wrong, and what failed before one."""
        return sum(one.kind in (OPENED, REFUSED, FAILED) for one in self.journal.phone)

    @property
    def visits(self) -> int | None:
        """Visits with a link all of whose exams are in the cloud; nothing where nothing is known."""
        return len({one.visit for one in self.journal.links if one.online}) if self.told else None

    @cached_property
    def served(self) -> frozenset[str]:
        """People with a link all of whose exams are published and can be reached."""
        return frozenset(one.subject for one in self.journal.links if one.online)

    @cached_property
    def waits_h(self) -> Mapping[str, list[float]]:
        """By visit, hours from the newest report of a link to its first opening."""
        found: dict[str, list[float]] = defaultdict(list)
        for link in self.journal.links:
            at = self.opened.get(link.locator)
            if at is not None and link.ready is not None and at >= link.ready:
                found[link.visit].append((at - link.ready) / _HOUR_S)
        return found

    def of(self, links: list[LinkRecord], until: float) -> tuple[int | None, int | None, int | None]:
        """Opened, run out unopened, and wrong answers of these links; nothing where nothing is known."""
        if not self.told:
            return None, None, None
        opened = [one for one in links if one.locator in self.opened]
        unopened = [one for one in links if one.expires <= until and one.locator not in self.opened]
        return len(opened), len(unopened), sum(self.refused[one.locator] for one in links)

    def explained(self, wishes: Sequence[FilmWish]) -> Table:
        """What the portal saw of people who told at the kiosk that the phone failed, before they told; each once."""
        asked = {one.subject: one.at for one in sorted(wishes, key=lambda one: -one.at)}  # the first time
        found = Counter(self._seen(subject, at) for subject, at in asked.items())
        columns = (Column("what the portal saw before"), Column("people", "people", _EXPLAINED))
        rows = tuple(row(what, found[what]) for what in SEEN)
        return Table("Told failures and what was measured", columns, rows, {"people who told": len(asked)})

    def _seen(self, subject: str, before: float) -> str:
        """The worst that any of the person's links met."""
        own = {one.locator for one in self.journal.links if one.subject == subject and one.since <= before}
        kinds = {one.kind for one in self.journal.phone if one.locator in own and one.at <= before}
        if FAILED in kinds:
            return SEEN[0]
        if OPENED not in kinds:
            return (SEEN[1] if REFUSED in kinds else SEEN[3]) if own else SEEN[4]
        return SEEN[2]

    def failed(self) -> Table:
        """Measured failures by stage and browser family."""
        columns = (Column("browser and stage"), Column("measured failures", "attempts", "recorded by the portal"))
        rows = tuple(row(detail or "–", count) for detail, count in self.failures.most_common())
        return Table("Measured failures", columns, rows, {"failed events": sum(self.failures.values())})
