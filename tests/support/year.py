"""A year of a hospital, written in bulk: people who come again, queues, jams, film, phones. The same for a seed."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from typing import Any

from sqlalchemy import insert, update

from kiosk.adapters.sql import SqlLedger
from kiosk.adapters.sql.models import (
    Base,
    EventRow,
    FilmRequestRow,
    LinkRow,
    LinkStudyRow,
    OverrideRow,
    PhoneEventRow,
    PrintTaskRow,
    PublicationRow,
    SheetRow,
    TrailHeadRow,
    VisitRow,
)
from kiosk.domain.figures.period import midnight

CHUNK = 5_000
DAY_S = 86_400.0
MODALITIES = ("CT", "CT", "CT", "DX", "DX", "CR", "MR", "US")
REASONS = ("other-hospital", "other-hospital", "insurance-claim", "disability-assessment", "own-wish",
           "phone-access-failed")  # fmt: skip
BROWSERS = ("first-picture WeChat · Android", "viewer Safari · iOS", "answer UC · Android")
Row = dict[str, Any]


@dataclass
class Year:
    """So many visits from the first day on."""

    first: date
    zone: tzinfo
    visits: int
    days: int = 365
    seed: int = 1

    def write(self, ledger: SqlLedger) -> None:
        """All of it, without the chain's seals: for figures, not for the trail's proofs."""
        waiting: dict[type[Base], list[Row]] = {}
        numbers: dict[str, int] = {"events": 0, "reservations": 0, "phone": 0}
        for place in range(self.visits):
            for table, row in self._visit(place, numbers):
                waiting.setdefault(table, []).append(row)
            if place % CHUNK == CHUNK - 1:
                _flush(ledger, waiting)
        _flush(ledger, waiting)
        with ledger.store.write() as session:
            session.execute(update(TrailHeadRow).values(number=numbers["events"]))

    def _visit(self, place: int, numbers: dict[str, int]) -> Iterator[tuple[type[Base], Row]]:
        rnd = random.Random(f"{self.seed} {place}")
        day = self.first + timedelta(days=place * self.days // self.visits)
        at = midnight(day, self.zone) + 8 * 3600 + rnd.random() * 9 * 3600
        who, modality = _pseudonym(rnd.randrange(self.visits * 4 // 5 + 1)), rnd.choice(MODALITIES)
        visit, kiosk = f"visit-{self.seed}-{place:07d}", f"kiosk-{rnd.randrange(4) + 1}"
        study = _pseudonym(place + 10**8)
        ready = round(at - rnd.random() * 48 * 3600)

        def event(kind: str, **details: str | int) -> tuple[type[Base], Row]:
            numbers["events"] += 1
            return EventRow, {"number": numbers["events"], "at": at, "kind": kind, "outcome": "ok",
                              "kiosk": kiosk, "visit": visit, "subject": who, "actor": "",
                              "details": json.dumps(details), "digest": ""}  # fmt: skip

        end = rnd.choice(("delivered", "delivered", "delivered", "abandoned"))
        yield VisitRow, {"visit": visit, "kiosk": kiosk, "opened": at, "closed": at + 60, "outcome": end}
        yield event("visit-opened")
        yield event("exams-listed", exams=1, ready=1)
        if rnd.random() < 0.01:
            yield event("staff-login")
            yield OverrideRow, {"visit": visit, "actor": "nurse", "reason": "lost", "what": "print", "subject": who,
                                "at": at}  # fmt: skip
        jam = rnd.random() < 0.01
        if end == "delivered":
            yield from self._print(numbers, (visit, kiosk, who, modality, at), ("report", 1, jam))
            if jam:
                yield from self._print(numbers, (visit, kiosk, who, modality, at + 30), ("report", 1, False))
            yield event("document-printed", what="report", modality=modality, copy=1, ready=ready)
        if rnd.random() < 0.9:
            yield event("link-made", studies=1, modalities=modality, how=rnd.choice(("screen", "screen", "stamp")))
            yield from self._link(rnd, numbers, (visit, who, study, at, ready))
        if rnd.random() < 0.025:
            how = rnd.choice(("printed", "printed", "desk"))
            yield FilmRequestRow, {"visit": visit, "subject": who, "study": study, "modality": modality,
                                   "reason": rnd.choice(REASONS), "how": how, "at": at}  # fmt: skip
            if how == "printed":
                yield from self._print(numbers, (visit, kiosk, who, modality, at), ("film", 2, False))
        yield event("visit-closed")

    def _print(
        self, numbers: dict[str, int], about: tuple[str, str, str, str, float], what: tuple[str, int, bool]
    ) -> Iterator[tuple[type[Base], Row]]:
        visit, kiosk, who, modality, at = about
        kind, sheets, jam = what
        numbers["reservations"] += 1
        serial, document = f"S{self.seed}-{numbers['reservations']:08d}", f"{kind}-{visit}"
        yield PrintTaskRow, {
            "serial": serial, "visit": visit, "kiosk": kiosk, "document": document, "subject": who, "kind": kind,
            "copy": 1, "first_sheet": 1, "sheets": sheets, "impressions": 1, "reason": "", "modality": modality,
            "since": at, "queue": kind, "job_id": "1", "submitted": at, "settled": at + 20,
            "why": "media-jam" if jam else "", "actor": "",
        }  # fmt: skip
        for sheet in range(1, sheets + 1):
            yield SheetRow, {"serial": serial, "document": document, "copy": 1, "sheet": sheet,
                             "state": "missing" if jam else "printed", "changed": at + 20, "was": ""}  # fmt: skip

    def _link(
        self, rnd: random.Random, numbers: dict[str, int], about: tuple[str, str, str, float, float]
    ) -> Iterator[tuple[type[Base], Row]]:
        visit, who, study, at, ready = about
        digest = _pseudonym(int(visit[-7:]) + 10**9)
        yield LinkRow, {"digest": digest, "visit": visit, "subject": who, "question": "id-last-six", "since": at,
                        "expires": at + 30 * DAY_S, "public": None, "announcement": None, "told": at}  # fmt: skip
        yield LinkStudyRow, {"digest": digest, "study": study, "sent": 1}
        yield PublicationRow, {"study": study, "state": "online", "done": 1.0, "since": at, "changed": at + 300,
                               "final": ready, "published": at + 300}  # fmt: skip
        for kind, share in (("refused", 0.1), ("failed", 0.01), ("answered", 0.7)):
            if rnd.random() < share:
                numbers["phone"] += 1
                detail = rnd.choice(BROWSERS) if kind == "failed" else ""
                yield PhoneEventRow, {"number": numbers["phone"], "kind": kind, "locator": digest, "exam": study[:16],
                                      "at": at + 3600, "detail": detail}  # fmt: skip


def _pseudonym(number: int) -> str:
    """As long as a real one, and as little compressible."""
    rnd = random.Random(number)
    return "".join(rnd.choices("abcdefghijklmnopqrstuvwxyz234567", k=26))


def _flush(ledger: SqlLedger, waiting: Mapping[type[Base], list[Row]]) -> None:
    order = {table: place for place, table in enumerate(Base.metadata.sorted_tables)}
    with ledger.store.write() as session:
        for model in sorted(waiting, key=lambda one: order[one.__table__]):  # type: ignore[index]
            if waiting[model]:
                session.execute(insert(model), waiting[model])
                waiting[model].clear()
