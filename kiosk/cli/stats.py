"""The administrator's reports R1 to R8, from the ledger: CSV, JSON, PDF or XLSX; `week`: what would help most.

R1  people who asked for cloud film, by modality and month  R5  access failures, as told at the kiosk
R2  two periods side by side: films, costs, storage         R6  from ready to printed; seen ready, never collected
R3  film demand by modality                                 R7  patient links
R4  reasons for film, by modality and month                 R8  kiosk log: sessions, prints, overrides, events

Every column says its unit and formula; JSON gives each figure with its formula and inputs. What this version cannot
measure (what happens in the cloud portal) is shown as empty, not as nought.

R2 compares a period before with the period --from --to. What the ledger does not know is given by options; both periods
take the same ones. The published example:
  kiosk stats R2 --before-exams 184612 --before-films-per-exam 3 --before-film-price 18 --before-uncollected 8863 \\
    --before-cloud-visits 0 --cloud-visits 197112 --cloud-fee 20 --films-printed 4625 --film-price 18

With --check nothing is written: the days' sums that the desk's pages show are made again from their events; what
differs is told and made anew.

Exit codes: 0 written, or checked and the same · 2 usage or bad configuration · 6 the ledger cannot be read, or the file
not be written · 7 figures differed.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from zoneinfo import ZoneInfo

from kiosk.bootstrap import ledger_of
from kiosk.cli.common import EXIT_UNCERTAIN, quiet_logs, settings_of
from kiosk.config import Settings
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.figures.period import Period
from kiosk.domain.figures.tables import StatisticsReport
from kiosk.ports.ledger import Ledger
from kiosk.statistics.economy import PeriodInputs
from kiosk.statistics.service import NUMBERS, ReportRequest, make_report
from kiosk.statistics.words import words_in
from kiosk.statistics.writing import csv_text, formulas, plain
from kiosk.words import SOURCE, tags

FORMATS = ("csv", "json", "pdf", "xlsx")
INPUTS: tuple[tuple[str, type, str], ...] = (
    ("exams", int, "exams of the period (from the RIS)"),
    ("films-per-exam", Decimal, "films every exam got, where film was the rule"),
    ("films-printed", int, "film sheets printed (default: from the ledger)"),
    ("film-price", Decimal, "price of one film"),
    ("uncollected", int, "films nobody fetched"),
    ("cloud-visits", int, "visits with cloud film (from the portal)"),
    ("cloud-fee", Decimal, "fee of one cloud visit"),
    ("storage-bytes", int, "bytes measured in the cloud store"),
)


def register(command: argparse.ArgumentParser) -> None:
    """Arguments."""
    command.add_argument("number", choices=(*NUMBERS, ""), nargs="?", default="", metavar="R1..R8", help="which report")
    command.add_argument("--check", action="store_true", help="whether the desk's figures follow from the events")
    command.add_argument("--from", dest="since", type=_day, metavar="DATE", help="first day (default: of this month)")
    command.add_argument("--to", dest="until", type=_day, metavar="DATE", help="last day, included (default: today)")
    command.add_argument("--format", choices=FORMATS, help="default: as FILE ends, else csv")
    command.add_argument("--out", type=Path, metavar="FILE", help="file (default: standard output; pdf needs one)")
    command.add_argument("--language", choices=tags(), default=SOURCE, help="language of titles and notes")
    command.add_argument("--days", type=int, default=7, metavar="N", help="R6: never collected after so many days")
    two = command.add_argument_group("R2, the period before and what is known of both")
    two.add_argument("--before-from", type=_day, metavar="DATE", help="first day of the period before")
    two.add_argument("--before-to", type=_day, metavar="DATE", help="its last day, included")
    for before in ("", "before-"):
        for name, kind, words in INPUTS:
            read = _amount if kind is Decimal else _count
            two.add_argument(f"--{before}{name}", type=read, metavar="N", help=f"{before and 'before: '}{words}")


def run(args: argparse.Namespace) -> int:
    """Read, compute, write."""
    quiet_logs()
    kind = args.format or _format_of(args.out)
    if kind in ("pdf", "xlsx") and args.out is None:
        raise KioskError(FaultCode.CONFIG_INVALID, f"{kind} needs --out FILE")
    if not args.number and not args.check:
        raise KioskError(FaultCode.CONFIG_INVALID, "which report? R1 to R8, week, or --check")
    settings = settings_of(args)
    wanted = _wanted(args, ZoneInfo(settings.hospital.time_zone))
    ledger = ledger_of(settings)
    try:
        if args.check:
            return _check(ledger, wanted.period)
        report = make_report(ledger, wanted)
    finally:
        ledger.close()
    _write(_content(kind, report, args, settings), args.out)
    return 0


def _check(ledger: Ledger, period: Period) -> int:
    ledger.refresh_days(period.zone)
    found = ledger.differing_days(period.zone, period.first, period.last)
    for day, part in found:
        print(f"{day} {part}: did not follow from its events, made anew")
    print(f"{period.first} to {period.last}: {'figures differed' if found else 'all figures follow from their events'}")
    return EXIT_UNCERTAIN if found else 0


def _wanted(args: argparse.Namespace, zone: ZoneInfo) -> ReportRequest:
    today = datetime.now(zone).date()
    period = _period(args.since or today.replace(day=1), args.until or today, zone)
    before = _period(args.before_from, args.before_to or args.before_from, zone) if args.before_from else None
    return ReportRequest(args.number, period, before, _inputs(args, "before_"), _inputs(args, ""), args.days)


def _period(first: date, last: date, zone: ZoneInfo) -> Period:
    if last < first:
        raise KioskError(FaultCode.CONFIG_INVALID, f"the period ends before it begins: {first} to {last}")
    after = last + timedelta(days=1)
    since, until = (datetime(d.year, d.month, d.day, tzinfo=zone).timestamp() for d in (first, after))
    return Period(since, until, zone)


def _inputs(args: argparse.Namespace, before: str) -> PeriodInputs:
    names = [name.replace("-", "_") for name, _, _ in INPUTS]
    return PeriodInputs(**{name: getattr(args, before + name) for name in names})


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date such as 2024-05-31") from error


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number")
    return int(text)


def _amount(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no number") from error
    if not value.is_finite() or value < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no amount")
    return value


def _format_of(out: Path | None) -> str:
    suffix = out.suffix[1:].lower() if out else ""
    return suffix if suffix in FORMATS else "csv"


def _content(kind: str, report: StatisticsReport, args: argparse.Namespace, settings: Settings) -> bytes:
    words = words_in(args.language)
    period = _said_period(args, settings)
    if kind == "pdf":
        return _pdf(report, period, args.language, settings)
    if kind == "xlsx":
        from kiosk.statistics.drawn.workbook import report_xlsx  # loads openpyxl, which the other formats do not need

        return report_xlsx(report, period, words)
    if kind == "json":
        return (json.dumps(plain(report, period, words), ensure_ascii=False, indent=1) + "\n").encode()
    return csv_text(report, period, words).encode()


def _said_period(args: argparse.Namespace, settings: Settings) -> dict[str, str]:
    today = datetime.now(ZoneInfo(settings.hospital.time_zone)).date()
    told = {"from": str(args.since or today.replace(day=1)), "to": str(args.until or today)}
    if args.number == "R2" and args.before_from:
        told |= {"before from": str(args.before_from), "before to": str(args.before_to or args.before_from)}
    return told


def _pdf(report: StatisticsReport, period: dict[str, str], language: str, settings: Settings) -> bytes:
    from kiosk.statistics.drawn.pages import (  # loads reportlab, which the other formats do not need
        PageSetting,
        report_pdf,
    )

    hospital, words = settings.hospital, words_in(language)
    name = hospital.name_in(language)
    made = f"{datetime.now(ZoneInfo(hospital.time_zone)):%Y-%m-%d %H:%M}"
    return report_pdf(report, PageSetting(name, period, made, words, lambda table: formulas(table, words)))


def _write(content: bytes, out: Path | None) -> None:
    if out is None:
        sys.stdout.buffer.write(content)
        return
    try:
        out.write_bytes(content)
    except OSError as error:
        raise KioskError(FaultCode.DISK_FULL, f"{out.name} cannot be written ({error.strerror})") from error
