"""Every pair of what spooler, printer and page counter can say of three sheets, as a table.

A row: what the spooler says, what the printer knows of the job, and then, for each count that the printer itself gave
(none, 0, 1, all three), what is concluded of the sheets: Printed, Uncertain, Missing.
"""

from __future__ import annotations

from itertools import product

import pytest

from kiosk.domain.sheets.evidence import Evidence, conclude
from kiosk.domain.sheets.printing import JobStatus, Recall, SheetState

SHEETS = 3
COUNTS = (None, 0, 1, 3)
WORDS = {SheetState.PRINTED: "P", SheetState.UNCERTAIN: "U", SheetState.MISSING: "M"}

WITHOUT_COUNTER = """
    spooler    printer    none 0    1    3
    completed  known      PPP  UUU  PUU  PPP
    completed  mute       PPP  UUU  PUU  PPP
    completed  forgotten  UUU  UUU  PUU  PPP
    completed  unheard    UUU  UUU  PUU  PPP
    canceled   known      UUU  UMM  PUM  PPP
    canceled   mute       UUU  UUU  PUU  PPP
    canceled   forgotten  UUU  UUU  PUU  PPP
    canceled   unheard    UUU  UUU  PUU  PPP
    aborted    known      UUU  UMM  PUM  PPP
    aborted    mute       UUU  UUU  PUU  PPP
    aborted    forgotten  UUU  UUU  PUU  PPP
    aborted    unheard    UUU  UUU  PUU  PPP
    unknown    known      UUU  UUU  PUU  PPP
    unknown    mute       UUU  UUU  PUU  PPP
    unknown    forgotten  UUU  UUU  PUU  PPP
    unknown    unheard    UUU  UUU  PUU  PPP
"""
# The spooler says completed: what the page counter moved on beside it (five: somebody else printed too).
COMPLETED_WITH_COUNTER = """
    counter  printer    none 0    1    3
    0        known      UUU  UUU  UUU  UUU
    0        mute       UUU  UUU  UUU  UUU
    0        forgotten  UUU  UUU  UUU  UUU
    0        unheard    UUU  UUU  UUU  UUU
    1        known      PUU  UUU  PUU  PUU
    1        mute       PUU  UUU  PUU  PUU
    1        forgotten  UUU  UUU  PUU  PUU
    1        unheard    UUU  UUU  PUU  PUU
    3        known      PPP  UUU  PUU  PPP
    3        mute       PPP  UUU  PUU  PPP
    3        forgotten  PPP  PPP  PPP  PPP
    3        unheard    PPP  PPP  PPP  PPP
    5        known      PPP  UUU  PUU  PPP
    5        mute       PPP  UUU  PUU  PPP
    5        forgotten  UUU  UUU  PUU  PPP
    5        unheard    UUU  UUU  PUU  PPP
"""


def rows(table: str) -> list[tuple[str, str, dict[int | None, str]]]:
    """First word, printer, conclusion by count."""
    lines = [line.split() for line in table.strip().splitlines()[1:]]
    return [(first, recall, dict(zip(COUNTS, told, strict=True))) for first, recall, *told in lines]


def concluded(evidence: Evidence) -> str:
    return "".join(WORDS[state] for state in conclude(SHEETS, evidence))


@pytest.mark.parametrize(("status", "recall", "told"), rows(WITHOUT_COUNTER))
def test_what_is_concluded_of_a_job_that_ended(status: str, recall: str, told: dict[int | None, str]) -> None:
    for counted, expected in told.items():
        assert concluded(Evidence(JobStatus(status), Recall(recall), counted)) == expected, f"counted {counted}"


@pytest.mark.parametrize(("counter", "recall", "told"), rows(COMPLETED_WITH_COUNTER))
def test_what_a_page_counter_proves(counter: str, recall: str, told: dict[int | None, str]) -> None:
    for counted, expected in told.items():
        evidence = Evidence(JobStatus.COMPLETED, Recall(recall), counted, int(counter))
        assert concluded(evidence) == expected, f"counted {counted}"


def test_the_tables_hold_every_pair() -> None:
    ended = (JobStatus.COMPLETED, JobStatus.CANCELED, JobStatus.ABORTED, JobStatus.UNKNOWN)
    assert {(status, recall) for status, recall, _ in rows(WITHOUT_COUNTER)} == set(product(ended, Recall))
    counters = ("0", "1", "3", "5")
    assert {(moved, recall) for moved, recall, _ in rows(COMPLETED_WITH_COUNTER)} == set(product(counters, Recall))


@pytest.mark.parametrize(("recall", "counted"), list(product(Recall, COUNTS)))
def test_a_job_that_has_not_ended_proves_only_what_was_counted(recall: Recall, counted: int | None) -> None:
    for status in (JobStatus.PENDING, JobStatus.HELD, JobStatus.PROCESSING, JobStatus.STOPPED):
        assert concluded(Evidence(status, recall, counted)) == "P" * (counted or 0) + "U" * (SHEETS - (counted or 0))


@pytest.mark.parametrize("status", [JobStatus.CANCELED, JobStatus.ABORTED])
def test_what_never_left_the_queue_is_missing_and_without_paper_no_sheet_is_under_way(status: JobStatus) -> None:
    for recall in Recall:
        assert concluded(Evidence(status, recall, began=False)) == "MMM"
    assert concluded(Evidence(status, Recall.KNOWN, 1, sheet_drawn=False)) == "PMM"
    assert concluded(Evidence(status, Recall.FORGOTTEN, 1, sheet_drawn=False)) == "PUU", "it was refilled, perhaps"


EVERYTHING = product(JobStatus, Recall, COUNTS, (None, 0, 1, 2, 3, 4, 5), (True, False))


def test_nothing_is_called_printed_or_missing_without_a_word_for_it() -> None:
    for status, recall, counted, metered, drawn in EVERYTHING:
        told = concluded(Evidence(status, recall, counted, metered, sheet_drawn=drawn))
        assert told == "".join(sorted(told, key="PUM".index)), "in the order in which sheets come out"
        if "M" in told:
            assert status in (JobStatus.CANCELED, JobStatus.ABORTED) and recall is Recall.KNOWN and counted is not None
        if told.count("P") > (counted or 0):
            vouched = recall in (Recall.KNOWN, Recall.MUTE) or metered == SHEETS
            assert status is JobStatus.COMPLETED and vouched
