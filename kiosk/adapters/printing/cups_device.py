"""What the printer itself says, past CUPS: loaded media, true reasons, its own counters, how far our job is.

CUPS' queue tells no loaded media, relabels the reasons and counts the pages that its filters let through, not those
that came out (a job stuck in a jam at page 2 of 3 reads "3 completed"). So an IPP printer is asked directly.
"""

from __future__ import annotations

import contextlib
import os
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kiosk.adapters.printing.ipp import (
    GET_JOBS,
    GET_PRINTER_ATTRIBUTES,
    JOB,
    JOB_STATES,
    KEYWORD,
    SCHEMES,
    Group,
    IppError,
    ask,
    first,
    request,
)
from kiosk.domain.sheets.media import custom_name, pwg_media
from kiosk.domain.sheets.printing import JobState, JobStatus, Media, Recall

PRINTER_WANTED = (
    "printer-state",
    "printer-state-reasons",
    "media-ready",
    "media-col-ready",
    "queued-job-count",
    "printer-impressions-completed",
    "printer-media-sheets-completed",
    "marker-names",
    "marker-levels",
    "document-format-supported",
    "sides-supported",
)
JOB_WANTED = (
    "job-id",
    "job-name",
    "job-state",
    "job-state-reasons",
    "job-impressions-completed",
    "job-media-sheets-completed",
)
# A job moves from the first list to the second: asked in this order it cannot slip through.
LISTS = ("not-completed", "completed")
# operation-not-supported, version-not-supported, forbidden, not-authenticated, not-authorized (RFC 8011 appendix B)
NO_QUESTIONS = (0x0501, 0x0503, 0x0401, 0x0402, 0x0403)
ANSWER_S = 3.0
FRESH_S = 0.4  # one answer serves the questions of a moment: state, reasons and counts are asked one after another
RETRY_S = 0.2


@dataclass(frozen=True)
class DeviceFacts:
    """The printer's own words; `reachable` is None where it cannot be asked (USB, a queue of another kind).

    `stranger` is True where somebody answers with a certificate that nobody vouches for: nothing it says counts.
    """

    reachable: bool | None = None
    attributes: Mapping[str, list[Any]] = field(default_factory=dict)
    stranger: bool = False

    @classmethod
    def of(cls, groups: Iterable[Group]) -> DeviceFacts:
        """What an answer says."""
        return cls(True, {name: values for group in groups for name, values in group.attributes.items()})

    @property
    def reasons(self) -> tuple[str, ...]:
        """printer-state-reasons; `none` is nothing."""
        told = self.attributes.get("printer-state-reasons", ())
        return tuple(str(reason) for reason in told if reason not in ("none", ""))

    @property
    def media_ready(self) -> tuple[Media, ...]:
        """What is loaded: exact sizes with their type where the printer tells them, names else."""
        columns = tuple(filter(None, map(_media_of, self.attributes.get("media-col-ready", ()))))
        return columns or tuple(_named(self.attributes.get("media-ready", ())))

    @property
    def counter(self) -> int | None:
        """Impressions ever made, or sheets where only those are told."""
        told = (first(self.attributes, f"printer-{what}-completed") for what in ("impressions", "media-sheets"))
        return next((count for count in told if isinstance(count, int)), None)

    @property
    def two_sided(self) -> bool:
        """True where it can turn sheets."""
        return any(str(way).startswith("two-sided") for way in self.attributes.get("sides-supported", ()))

    @property
    def supplies(self) -> tuple[tuple[str, int], ...]:
        """Names and levels in per cent; negative levels are the printer's words for unknown."""
        names, levels = (self.attributes.get(f"marker-{what}", ()) for what in ("names", "levels"))
        return tuple((str(n), level) for n, level in zip(names, levels, strict=False) if isinstance(level, int))


class CupsDevice:
    """One printer behind a queue. Answers are kept for a moment: controllers are slow, and busy printing."""

    def __init__(self, trusted: Path | None = None) -> None:
        self._trusted = trusted
        self._uri = ""
        self._facts = DeviceFacts()
        self._asked = float("-inf")

    @property
    def known(self) -> bool:
        """True once the printer's address was told."""
        return bool(self._uri)

    @property
    def formats(self) -> tuple[str, ...]:
        """MIME types it takes, as it said last."""
        return tuple(str(kind) for kind in self._facts.attributes.get("document-format-supported", ()))

    def facts(self, uri: str) -> DeviceFacts:
        """What the printer of that address says now."""
        if uri != self._uri or time.monotonic() - self._asked >= FRESH_S:
            self._uri, self._facts, self._asked = uri, self._look(uri), time.monotonic()
        return self._facts

    def job(self, job_name: str) -> JobState:
        """Our job in the printer's own words; UNKNOWN, and `recall` says why, where it has none."""
        if not _askable(self._uri) or self._facts.stranger:
            return _silence(job_name, Recall.MUTE)
        try:
            return self._search(job_name)
        except ssl.SSLEOFError:
            return _silence(job_name, Recall.UNHEARD)
        except ssl.SSLError:
            return _silence(job_name, Recall.MUTE)
        except IppError as error:
            return _silence(job_name, Recall.MUTE if error.status in NO_QUESTIONS else Recall.UNHEARD)
        except OSError:
            return _silence(job_name, Recall.UNHEARD)

    def _search(self, job_name: str) -> JobState:
        """Raises IppError where it answers neither question; it may keep running jobs only, or list only ended ones."""
        refused: list[IppError] = []
        for which in LISTS:
            wanted = [(KEYWORD, "which-jobs", (which,)), (KEYWORD, "requested-attributes", JOB_WANTED)]
            try:
                groups = self._ask_twice(self._uri, request(GET_JOBS, self._uri, wanted))
            except IppError as error:
                refused.append(error)
                continue
            for group in groups:
                if group.tag == JOB and first(group.attributes, "job-name") == job_name:
                    return _job(job_name, group.attributes)
        if len(refused) == len(LISTS):
            raise refused[0]
        return _silence(job_name, Recall.FORGOTTEN)

    def _look(self, uri: str) -> DeviceFacts:
        if not _askable(uri):
            return DeviceFacts()
        if self._trusted and not os.access(self._trusted, os.R_OK):
            return DeviceFacts(stranger=True)
        body = request(GET_PRINTER_ATTRIBUTES, uri, [(KEYWORD, "requested-attributes", PRINTER_WANTED)])
        try:
            groups = self._ask_twice(uri, body)
        except ssl.SSLEOFError:
            return DeviceFacts(reachable=False)
        except ssl.SSLError:
            return DeviceFacts(stranger=True)  # CUPS prints there all the same: the queue's words must do
        except IppError:
            return DeviceFacts()  # it listens but does not answer such questions: the queue's words must do
        except OSError:
            return DeviceFacts(reachable=False)
        return DeviceFacts.of(groups)

    def _ask_twice(self, uri: str, body: bytes) -> list[Group]:
        """Small controllers take few connections at a time and refuse one now and then: that is not yet being off."""
        try:
            return self._ask(uri, body)
        except ConnectionError:
            time.sleep(RETRY_S)
            return self._ask(uri, body)

    def _ask(self, uri: str, body: bytes) -> list[Group]:
        return ask(uri, body, ANSWER_S, trusted=self._trusted)


def _askable(uri: str) -> bool:
    parts = urlsplit(uri)
    return parts.scheme in SCHEMES and bool(parts.hostname)


def _job(name: str, attributes: Mapping[str, list[Any]]) -> JobState:
    told = (first(attributes, f"job-{what}-completed") for what in ("media-sheets", "impressions"))
    sheets = next((count for count in told if isinstance(count, int)), None)
    reasons = tuple(str(reason) for reason in attributes.get("job-state-reasons", ()) if reason != "none")
    status = JOB_STATES.get(first(attributes, "job-state"), JobStatus.UNKNOWN)
    return JobState(str(first(attributes, "job-id") or 0), name, status, reasons, sheets, Recall.KNOWN)


def _silence(name: str, recall: Recall) -> JobState:
    return JobState("", name, JobStatus.UNKNOWN, recall=recall)


def _named(names: Any) -> list[Media]:
    found = []
    for name in names:
        with contextlib.suppress(ValueError):
            found.append(pwg_media(str(name)))
    return found


def _media_of(column: Any) -> Media | None:
    if not isinstance(column, dict):
        return None
    size = first(column, "media-size")
    width, height = (first(size, f"{axis}-dimension") for axis in "xy") if isinstance(size, dict) else (None, None)
    if not isinstance(width, int) or not isinstance(height, int):
        return None
    name, kind = first(column, "media-size-name"), first(column, "media-type")
    return Media(str(name or custom_name("unnamed", width / 100, height / 100)), width, height, str(kind or ""))
