"""A ledger with a past: two months of a small hospital, every number of it known to the tests."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from kiosk.adapters.sql import SqlLedger
from kiosk.domain.reasons import FilmReason, OverrideReason
from kiosk.domain.sheets.printing import DocumentKind, Order, SheetState
from kiosk.domain.trail import AuditRecord, EventKind, EventOutcome

ZONE = ZoneInfo("Asia/Shanghai")
HOUR = 3600.0


def at(day: str, hour: int = 9) -> float:
    """A moment of the hospital's day."""
    return datetime.fromisoformat(f"{day}T{hour:02d}:00").replace(tzinfo=ZONE).timestamp()


class Past:
    """Writes history through the ledger's own methods, under a clock that the test turns."""

    def __init__(self, folder: Path) -> None:
        self.now = at("2024-05-01")
        self.ledger = SqlLedger(f"sqlite:///{folder / 'ledger.db'}", now=lambda: self.now)
        self.number = 0

    def visit(self, moment: float, subject: str, modality: str, kiosk: str = "kiosk-1", wait_h: float = 2.0) -> str:
        """One visit: list, link, one report printed on two sheets `wait_h` hours after it was written."""
        self.now, self.number = moment, self.number + 1
        token = f"visit-{self.number}"
        self.ledger.open_visit(token, kiosk)
        self.note(EventKind.EXAMS_LISTED, token, subject, exams=1, ready=1)
        self.ledger.add_link(
            f"digest-{token}", token, subject, [f"study-{token}"], "id-last-six", moment + 30 * 24 * HOUR
        )
        self.note(EventKind.LINK_MADE, token, subject, studies=1, modalities=modality, how="screen")
        self.print(token, subject, modality, kiosk=kiosk)
        self.note(EventKind.DOCUMENT_PRINTED, token, subject, what="report", modality=modality, copy=1,
                  ready=round(moment - wait_h * HOUR))  # fmt: skip
        self.ledger.close_visit(token, "delivered")
        return token

    def note(self, kind: EventKind, token: str, subject: str, actor: str = "", **details: str | int) -> None:
        """One audit event now."""
        self.ledger.append(AuditRecord(kind, EventOutcome.OK, "kiosk-1", token, subject, actor, details, self.now))

    def print(
        self,
        token: str,
        subject: str,
        modality: str,
        *,
        kiosk: str = "kiosk-1",
        kind: DocumentKind = DocumentKind.REPORT,
        states: tuple[SheetState, ...] = (SheetState.PRINTED, SheetState.PRINTED),
        why: str = "",
        document: str = "",
    ) -> None:
        """One print task that ended so."""
        order = Order(document or f"{kind}-{token}", subject, kind, 1, len(states), modality=modality)
        kept = self.ledger.reserve(token, kiosk, order)
        assert kept is not None
        self.ledger.submitted(kept.serial, str(kind), "7")
        self.ledger.settle(kept.serial, states, why)

    def film(self, token: str, subject: str, modality: str, reason: FilmReason, how: str = "printed") -> None:
        """Film was asked for; one sheet where it was printed."""
        self.ledger.request_film(token, subject, f"study-{token}", modality, reason, how)
        if how == "printed":
            self.print(token, subject, modality, kind=DocumentKind.FILM, states=(SheetState.PRINTED,))

    def staff(self, moment: float, actor: str, subject: str, reason: OverrideReason, what: str) -> str:
        """A nurse's session with one override."""
        self.now, self.number = moment, self.number + 1
        token = f"visit-{self.number}"
        self.ledger.open_visit(token, "kiosk-1")
        self.note(EventKind.STAFF_LOGIN, token, "", actor)
        self.ledger.override(token, actor, reason, what, subject)
        self.ledger.close_visit(token, "left")
        return token


def two_months(folder: Path) -> Past:
    """May: 6 visits of 5 people. June: 4 visits, one of them by a person who came in May."""
    past = Past(folder)
    may = [("ann", "CT"), ("bob", "CT"), ("cat", "MR"), ("dan", "DX"), ("eve", "US"), ("ann", "DX")]
    tokens = [past.visit(at(f"2024-05-{day:02d}"), who, what, wait_h=day) for day, (who, what) in enumerate(may, 2)]
    past.film(tokens[0], "ann", "CT", FilmReason.OTHER_HOSPITAL)
    past.film(tokens[2], "cat", "MR", FilmReason.INSURANCE_CLAIM, "desk")
    past.film(tokens[4], "eve", "US", FilmReason.PHONE_FAILED)
    nurse = past.staff(at("2024-05-20"), "nurse", "cat", OverrideReason.FILM_ON_DEMAND, "print-film")
    past.ledger.request_film(nurse, "cat", f"study-{tokens[2]}", "MR", FilmReason.OTHER, "printed")
    past.print(nurse, "cat", "MR", kind=DocumentKind.FILM, states=(SheetState.PRINTED,) * 3)
    june = [("bob", "CT"), ("fay", "CT"), ("gus", "CT"), ("hal", "CR")]
    tokens = [past.visit(at(f"2024-06-{day:02d}"), w, m, "kiosk-2", 12) for day, (w, m) in enumerate(june, 3)]
    past.film(tokens[1], "fay", "CT", FilmReason.OTHER_HOSPITAL)
    _troubles(past)
    return past


def _troubles(past: Past) -> None:
    """A jam that was printed again, an empty tray, a person who saw a ready report and left."""
    past.now = at("2024-06-10")
    jammed = (SheetState.PRINTED, SheetState.UNCERTAIN, SheetState.MISSING)
    past.ledger.open_visit("visit-jam", "kiosk-2")
    past.print("visit-jam", "ivy", "CT", kiosk="kiosk-2", states=jammed, why="media-jam", document="report-ivy")
    past.print("visit-empty", "joe", "CT", kiosk="kiosk-2", states=(SheetState.MISSING,), why="media-empty",
               document="report-joe")  # fmt: skip
    past.print("visit-empty", "joe", "CT", kiosk="kiosk-2", states=(SheetState.PRINTED,), document="report-joe")
    past.note(EventKind.EXAMS_LISTED, "visit-kim", "kim", exams=1, ready=1)
    past.ledger.close_visit("visit-jam", "failed")
