"""Kills the publisher at named points and at any moment, and counts what came to the portal.

    python -m tests.faults.publish_kills [--runs 3] [--random 14] [--seed 1] [--out docs/publishing-crash-table.md]

Every run: a publisher process brings one exam to a portal over HTTP and is killed; another one goes on. The link must
open the exam with pixels equal to the archive's; at most one segment a kill is sent twice; nothing stays behind.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import multiprocessing
import random
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pydicom

from kiosk.cloud.portal.store.exams import ExamShelf
from kiosk.cloud.wire.keys import KeyBox
from kiosk.domain.links import Publication
from tests.support.documents import pdf
from tests.support.portal import Portal
from tests.support.publish_child import POINTS, scene
from tests.support.publish_child import main as main_of_child
from tests.support.publishing import Hospital1, manifest_of, opened
from tests.support.studies import ct_image, pdf_report

STUDY, SERIES, SLICES = "1.2.3.40", "1.2.3.40.1", 4
AT_RANDOM = "any moment"
LONGEST_S, LONGEST_LIFE_S = 2.0, 300.0
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.support.publish_child", "kiosk.imaging.phone.work",
                                  "kiosk.adapters.documents.report_pdf", "kiosk.adapters.documents.phone_pages"])


@dataclass(frozen=True)
class KillVerdict:
    """What one run came to."""

    twice: int
    wrong: str = ""


@dataclass
class KillRow:
    """One line of the table."""

    point: str
    verdicts: list[KillVerdict] = field(default_factory=list)

    def cells(self) -> list[str]:
        """Point, runs, whole and equal, most segments sent twice, wrong."""
        whole = sum(not one.wrong for one in self.verdicts)
        most = max((one.twice for one in self.verdicts), default=0)
        return [self.point, str(len(self.verdicts)), str(whole), str(most), str(len(self.verdicts) - whole)]


def child(folder: Path, told: str, point: str, name: str = "publisher-a") -> int:
    """A publisher's life; returns how it ended."""
    process = PROCESSES.Process(target=main_of_child, args=(str(folder), told, point, name))
    process.start()
    process.join(LONGEST_LIFE_S)
    if process.exitcode is None:
        process.kill()
        process.join()
    return int(process.exitcode or 0)


def life_and_death(folder: Path, point: str) -> KillVerdict:
    """One run in an empty folder."""
    (folder / "portal").mkdir()
    box = KeyBox.new()
    with Portal(folder / "portal") as portal:
        own = Hospital1(folder, portal, workers=None, box=box)  # type: ignore[arg-type]
        try:
            fill(own)
            link = own.link(STUDY)
            told = scene(portal, box)
            child(folder, told, point)
            ended = child(folder, told, "")
            if ended:
                return KillVerdict(portal.sent_twice(), f"the second publisher ended with {ended}")
            session = opened(portal, link)
            if session is None or not session.exams:
                return KillVerdict(portal.sent_twice(), "the link does not open the exam")
            wrong = _differences(own, portal, [one.digest for one in manifest_of(portal, session).series[0].frames])
            wrong = wrong or _left_behind(own, portal, session.exams[0].exam)
            return KillVerdict(portal.sent_twice(), wrong)
        finally:
            own.close()


def fill(own: Hospital1) -> None:
    """An exam of some slices, and its report."""
    for number in range(1, SLICES + 1):
        own.put(f"ct{number}.dcm", ct_image(STUDY, SERIES, f"{SERIES}.{number}", number, side=64))
    page = pdf(own.folder / "report.pdf", 1).read_bytes()
    own.put("report.dcm", pdf_report(STUDY, f"{STUDY}.9", f"{STUDY}.9.1", page))


def _differences(own: Hospital1, portal: Portal, digests: list[str]) -> str:
    files = sorted((own.folder / "archive").glob("ct*.dcm"))
    wanted = [hashlib.sha256(pydicom.dcmread(io.BytesIO(one.read_bytes())).PixelData).hexdigest() for one in files]
    return "" if digests == wanted else "pixels differ from the archive's"


def _left_behind(own: Hospital1, portal: Portal, exam: str) -> str:
    envelope = ExamShelf(portal.store).envelope(exam)
    assert envelope is not None
    kept = {one.digest for one in envelope.segments}
    if {name for name, _ in portal.objects.names()} != kept:
        return "objects of no exam at the portal"
    (record,) = own.ledger.publications()
    if record.state is not Publication.ONLINE or own.outbox.waiting:
        return f"the ledger says {record.state}, {own.outbox.waiting} bytes wait"
    return ""


def table(rows: Sequence[KillRow]) -> str:
    """Markdown."""
    head = ["killed at", "runs", "whole, pixels equal", "segments sent twice, most", "wrong"]
    lines = [head, ["---"] * len(head), *(row.cells() for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run them all and write the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--random", type=int, default=14)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args(arguments)
    dice = random.Random(args.seed)
    plan = [(point, point) for point in POINTS for _ in range(args.runs)]
    plan += [(AT_RANDOM, f"{dice.uniform(0.05, LONGEST_S):.2f}") for _ in range(args.random)]
    rows = {name: KillRow(name) for name in (*POINTS, AT_RANDOM)}
    for name, point in plan:
        with tempfile.TemporaryDirectory() as folder:
            verdict = life_and_death(Path(folder), point)
        rows[name].verdicts.append(verdict)
        print(name, point, verdict, flush=True)
    text = table(list(rows.values()))
    print(text)
    if args.out:
        args.out.write_text(text + "\n")
    return int(any(one.wrong or one.twice > 1 for row in rows.values() for one in row.verdicts))


if __name__ == "__main__":
    sys.exit(main())
