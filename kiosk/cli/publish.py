"""Publish exams to the cloud film portal: init, run, status, now, withdraw, reconcile.

`init` makes the publisher's key and writes its card (publisher.json), and, where the portal's card is there, the keys
for the kiosks (cloud-keys.json). `now` publishes one exam at once, `withdraw` takes one back at once.

Exit codes: 0 done · 2 usage or bad configuration · 4 no such exam, or it may not be published · 6 a service failed.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial

from kiosk.bootstrap.cloud.publisher import PublishingProgram, build_publisher, init_publisher, publisher_lock
from kiosk.cli.common import EXIT_NOTHING, EXIT_OK, out_json, quiet_logs, settings_of, table
from kiosk.cloud.publisher.lag import Lag, lag_of
from kiosk.cloud.publisher.program import Chore, Chores
from kiosk.cloud.publisher.telling import tell_papers
from kiosk.config import PublishSettings, Settings
from kiosk.domain.exam import Exam
from kiosk.domain.links import Publication, PublishRecord
from kiosk.ports.archive import StudyQuery

LINKS_S, PAPERS_S, STUDIES_S, LISTEN_S, NOTICES_S = 0.5, 2.0, 0.5, 5.0, 5.0
MINUTE_S = 60.0
FOLLOWED_S = 900.0


def register(command: argparse.ArgumentParser) -> None:
    """Arguments."""
    what = command.add_subparsers(dest="what", required=True, metavar="WHAT")
    what.add_parser("init", help="make the key where there is none, and write the cards")
    what.add_parser("run", help="publish until interrupted")
    for name, text in (("status", "how far everything is"), ("reconcile", "compare archive and portal")):
        what.add_parser(name, help=text).add_argument("--json", action="store_true", help="one JSON object")
    for name, text in (("now", "publish one exam at once"), ("withdraw", "take one exam back at once")):
        what.add_parser(name, help=text).add_argument("accession", metavar="ACCESSION")


def run(args: argparse.Namespace) -> int:
    """Do it."""
    quiet_logs()
    settings = settings_of(args)
    if args.what == "init":
        print(init_publisher(settings.publish).written(), end="")
        return EXIT_OK
    program = build_publisher(settings)
    try:
        works = {"run": _run, "status": _status, "reconcile": _reconcile, "now": _now, "withdraw": _withdraw}
        return works[args.what](args, settings, program)
    finally:
        program.close()


def _run(args: argparse.Namespace, settings: Settings, program: PublishingProgram) -> int:
    wanted = settings.publish
    with _alone(wanted):
        program.publisher.begin()
        chores = Chores([
            Chore("links", program.publisher.tell_links, LINKS_S),
            Chore("papers", partial(tell_papers, program.ledger, program.client), PAPERS_S),
            Chore("studies", program.publisher.once, STUDIES_S),
            Chore("events", program.listener.once, LISTEN_S),
            Chore("archive", program.watch.look, wanted.find_minutes * MINUTE_S),
            Chore("reconciliation", program.watch.daily, MINUTE_S),
            *([Chore("notices", program.notices.once, NOTICES_S)] if program.notices else []),
        ])  # fmt: skip
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: chores.end())
        chores.start()
        print("publishing", flush=True)
        chores.wait()
        chores.stop()
    return EXIT_OK


def _status(args: argparse.Namespace, settings: Settings, program: PublishingProgram) -> int:
    lag = lag_of(program.ledger.publications(), program.outbox.waiting, time.time())
    if args.json:
        out_json(vars(lag))
        return EXIT_OK
    print(_shown(lag))
    return EXIT_OK


def _shown(lag: Lag) -> str:
    rows = [
        *((f"studies {state}", count) for state, count in lag.states.items()),
        ("published after final, median", _time(lag.median_s)),
        ("published after final, 90 of 100 within", _time(lag.p90_s)),
        ("oldest waiting", _time(lag.oldest_s)),
        ("MiB waiting to be sent", round(lag.waiting_bytes / (1 << 20), 1)),
        ("GiB in the cloud", round(lag.stored_bytes / (1 << 30), 2)),
        *((f"not published: {fault}", count) for fault, count in lag.faults.items()),
    ]
    return table(rows, ("figure", "value"))


def _time(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds / MINUTE_S:.1f} min"


def _reconcile(args: argparse.Namespace, settings: Settings, program: PublishingProgram) -> int:
    """The list on standard output: accession, what is wrong, what was done."""
    found = program.watch.reconcile()
    if args.json:
        out_json({"at": datetime.now(UTC).isoformat(), "differences": [vars(one) for one in found]})
    else:
        print(table([(one.study, one.accession, one.what, one.done) for one in found],
                    ("study", "accession", "difference", "done")))  # fmt: skip
    return EXIT_OK


def _now(args: argparse.Namespace, settings: Settings, program: PublishingProgram) -> int:
    exam = _exam(args.accession, program)
    if exam is None:
        return EXIT_NOTHING
    study = program.names.study(exam.study_uid)
    program.watch.offer(exam)
    program.ledger.publish_again(study)
    running = publisher_lock(settings.publish).taken()
    if not running:
        _by_itself(settings, program)
    record = _followed(study, program, running)
    print(f"{args.accession}: {record.state}" + (f" ({record.fault})" if record.fault else ""))
    return EXIT_OK if record.state is Publication.ONLINE else EXIT_NOTHING


def _by_itself(settings: Settings, program: PublishingProgram) -> None:
    """No publisher runs here: everything that is due is done now."""
    with _alone(settings.publish):
        program.publisher.begin()
        program.publisher.tell_links()
        tell_papers(program.ledger, program.client)
        while program.publisher.once():
            pass


def _followed(study: str, program: PublishingProgram, running: bool) -> PublishRecord:
    """Where the study stands once it no longer moves, or after so many minutes."""
    end = time.monotonic() + FOLLOWED_S
    while True:
        (record,) = [one for one in program.ledger.publications() if one.study == study]
        going = record.state in (Publication.QUEUED, Publication.UPLOADING)
        if not (going and running) or time.monotonic() > end:
            return record
        time.sleep(1.0)


@contextmanager
def _alone(wanted: PublishSettings) -> Iterator[None]:
    """One publisher on one state folder."""
    lock = publisher_lock(wanted)
    lock.take()
    try:
        yield
    finally:
        lock.give_back()


def _withdraw(args: argparse.Namespace, settings: Settings, program: PublishingProgram) -> int:
    exam = _exam(args.accession, program)
    if exam is None or not program.publisher.withdraw(program.names.study(exam.study_uid)):
        print(f"{args.accession}: not in the cloud", file=sys.stderr)
        return EXIT_NOTHING
    print(f"{args.accession}: withdrawn")
    return EXIT_OK


def _exam(accession: str, program: PublishingProgram) -> Exam | None:
    found = program.ris.archive.exams(StudyQuery(accession=accession))
    if not found:
        print(f"{accession}: the archive has no such exam", file=sys.stderr)
    return found[0] if found else None
