"""Every registered `printer-state-reasons` keyword: what it means, how bad it is, and what the kiosk does about it.

Source: IANA "Internet Printing Protocol (IPP) Registrations" (RFC 8011 5.4.12; PWG 5100.9 for the alerts of RFC 3805;
PWG 5100.13, 5100.15, 5100.21), and the keywords CUPS adds. A keyword may end in -error, -warning or -report; without
one the table's own severity counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from kiosk.domain.faults import FaultCode


class Severity(StrEnum):
    """How far a reason keeps paper from coming out (RFC 8011 5.4.12)."""

    REPORT = "report"
    WARNING = "warning"
    ERROR = "error"


class Course(StrEnum):
    """What to do while it stands: go on, wait for the printer, wait for a person at the printer, hand over to staff."""

    GO_ON = "go-on"
    WAIT = "wait"
    ATTEND = "attend"
    HAND_OVER = "hand-over"


@dataclass(frozen=True)
class Reason:
    """One reason as the kiosk understands it; `known` is False outside the registry.

    `firm` ones keep paper from coming out whether they say -error or -warning: printers and CUPS' ipp backend relabel
    a media-jam-error as media-jam-warning, and no sheet passes a jam, an empty tray or an open door.
    """

    keyword: str
    fault: FaultCode
    severity: Severity
    course: Course
    firm: bool = False
    known: bool = True

    @property
    def blocks(self) -> bool:
        """True where nothing can come out while it stands."""
        return self.severity is Severity.ERROR


def understand(keyword: str) -> Reason:
    """Look a keyword up, with or without suffix; unknown ones are warnings unless they say -error."""
    base, suffix = _split(keyword)
    reason = REASONS.get(base) or _UNKNOWN
    reason = replace(reason, keyword=base)
    if suffix is None or (reason.firm and suffix is Severity.WARNING):
        return reason
    course = Course.GO_ON if suffix is not Severity.ERROR else _course_of_error(reason.course)
    return replace(reason, severity=suffix, course=course)


def severity_of(keyword: str) -> Severity:
    """How bad a keyword is."""
    return understand(keyword).severity


def worst(keywords: Iterable[str]) -> Reason | None:
    """The reason that keeps paper from coming out, the one most in need of staff first; None where nothing does."""
    blocking = [reason for reason in map(understand, keywords) if reason.blocks]
    return max(blocking, key=lambda reason: (list(Course).index(reason.course), reason.known), default=None)


def suspect(keywords: Iterable[str]) -> Reason | None:
    """What explains that nothing moves, though it is said to be a warning only: errors that were played down."""
    downgraded = [k for k in keywords if not understand(k).blocks and not k.endswith(f"-{Severity.REPORT}")]
    return worst(_split(keyword)[0] for keyword in downgraded)


def _split(keyword: str) -> tuple[str, Severity | None]:
    base, dash, last = keyword.rpartition("-")
    if dash and keyword not in REASONS and last in tuple(Severity):
        return base, Severity(last)
    return keyword, None


def _course_of_error(course: Course) -> Course:
    return Course.HAND_OVER if course is Course.GO_ON else course


_F, _ERROR, _WARNING, _REPORT = FaultCode, Severity.ERROR, Severity.WARNING, Severity.REPORT

# fault · severity without suffix · course · firm · keywords
_GROUPS: tuple[tuple[FaultCode, Severity, Course, bool, str], ...] = (
    (
        _F.MEDIA_EMPTY, _ERROR, Course.ATTEND, True,
        "media-empty media-needed media-path-input-empty media-path-input-request input-manual-input-request "
        "material-empty material-needed",
    ),
    (
        _F.MEDIA_JAM, _ERROR, Course.ATTEND, True,
        "media-jam media-path-jam media-path-input-jam media-path-output-jam input-media-tray-jam "
        "output-media-tray-jam extruder-jam",
    ),
    (_F.DOOR_OPEN, _ERROR, Course.ATTEND, True, "door-open cover-open interlock-open"),
    (
        _F.TRAY_MISSING, _ERROR, Course.ATTEND, True,
        "input-tray-missing output-tray-missing media-path-media-tray-missing",
    ),
    (
        _F.SUPPLY_EMPTY, _ERROR, Course.HAND_OVER, False,
        "marker-supply-empty toner-empty developer-empty marker-waste-full opc-life-over marker-supply-missing "
        "marker-toner-missing marker-toner-cartridge-missing marker-ink-empty marker-ink-missing "
        "marker-print-ribbon-empty marker-print-ribbon-missing marker-developer-empty marker-developer-missing "
        "marker-fuser-missing marker-opc-missing marker-cleaner-missing marker-waste-missing "
        "marker-waste-ink-receptacle-full marker-waste-ink-receptacle-missing "
        "marker-waste-toner-receptacle-full marker-waste-toner-receptacle-missing cleaner-life-over "
        "lamp-at-eol laser-at-eol",
    ),
    (
        _F.SUPPLY_EMPTY, _REPORT, Course.GO_ON, False,
        "marker-supply-low marker-supply-almost-empty toner-low developer-low marker-developer-almost-empty "
        "marker-ink-almost-empty marker-print-ribbon-almost-empty marker-waste-almost-full opc-near-eol "
        "marker-waste-ink-receptacle-almost-full marker-waste-toner-receptacle-almost-full lamp-near-eol "
        "laser-near-eol cleaner-life-almost-over",
    ),
    (_F.MEDIA_EMPTY, _REPORT, Course.GO_ON, False, "media-low material-low"),
    (
        _F.OUTPUT_FULL, _ERROR, Course.ATTEND, False,
        "output-area-full media-path-output-full media-path-media-tray-full",
    ),
    (
        _F.OUTPUT_FULL, _REPORT, Course.GO_ON, False,
        "output-area-almost-full media-path-media-tray-almost-full",
    ),
    (
        _F.WRONG_MEDIA, _ERROR, Course.HAND_OVER, False,
        "input-cannot-feed-size-selected media-path-cannot-duplex-media-selected input-media-size-change "
        "input-media-type-change input-media-form-parts-change input-media-weight-change input-media-color-change "
        "cups-missing-filter",
    ),
    (
        _F.PRINTER_OFFLINE, _ERROR, Course.HAND_OVER, False,
        "shutdown timed-out power-down offline cups-remote-offline cups-insecure-filter",
    ),
    (
        _F.PRINTER_BUSY, _WARNING, Course.WAIT, False,
        "connecting-to-device spool-area-full interpreter-resource-unavailable printer-manual-reset "
        "printer-nms-reset stopping media-drying fuser-over-temp fuser-under-temp chamber-heating chamber-cooling "
        "extruder-heating extruder-cooling platform-heating platform-cooling marker-adjusting-print-quality "
        "cups-waiting-for-job-completed",
    ),
    (
        _F.PRINTER_STOPPED, _ERROR, Course.HAND_OVER, False,
        "paused moving-to-paused deactivated hold-new-jobs cups-remote-stopped cups-missing",
    ),
    (
        _F.PRINTER_FAULT, _ERROR, Course.HAND_OVER, False,
        "media-path-failure media-path-input-feed-error media-path-output-feed-error input-media-tray-failure "
        "input-media-tray-feed-error input-tray-elevation-failure input-tray-position-failure "
        "input-pick-roller-failure input-pick-roller-life-over input-pick-roller-missing "
        "media-path-pick-roller-failure media-path-pick-roller-life-over media-path-pick-roller-missing "
        "output-mailbox-select-failure output-media-tray-failure output-media-tray-feed-error "
        "marker-fuser-thermistor-failure marker-fuser-timing-failure lamp-failure laser-failure fan-failure "
        "motor-failure camera-failure chamber-failure chamber-temperature-high chamber-temperature-low "
        "extruder-failure extruder-temperature-high extruder-temperature-low platform-failure "
        "platform-temperature-high platform-temperature-low",
    ),
    (
        _F.PRINTER_FAULT, _WARNING, Course.GO_ON, False,
        "other unknown stopped-partly interpreter-complex-page-encountered cups-pki-credentials-invalid "
        "input-pick-roller-life-warn media-path-pick-roller-life-warn",
    ),
    (
        _F.PRINTER_FAULT, _REPORT, Course.GO_ON, False,
        "none alert-removal-of-binary-change-entry configuration-change identify-printer-requested interlock-closed "
        "interpreter-cartridge-added interpreter-cartridge-deleted interpreter-memory-decrease "
        "interpreter-memory-increase interpreter-resource-added interpreter-resource-deleted power-up "
        "printer-ready-to-print fax-modem-life-almost-over fax-modem-life-over fax-modem-missing "
        "fax-modem-turned-off fax-modem-turned-on cups-ipp-conformance-failure-report cups-ipp-missing-cancel-job "
        "cups-ipp-missing-get-job-attributes cups-ipp-missing-print-job cups-ipp-missing-send-document "
        "cups-ipp-missing-validate-job cups-ipp-missing-job-history cups-ipp-missing-job-state "
        "cups-ipp-missing-job-id cups-ipp-wrong-http-version cups-pki-expired cups-pki-unknown "
        "cups-pki-invalid cups-remote-pending",
    ),
)  # fmt: skip

# Finishers (PWG 5100.9, from the alerts of RFC 3805): unit-event. The kiosk uses none of them, so a unit that is only
# low, off or asleep does not matter; one that is jammed, open, full or broken stands in the path of the paper.
_UNITS = (
    "bander binder die-cutter folder imprinter inserter make-envelope perforater puncher separation-cutter "
    "sheet-rotator slitter stacker stapler stitcher trimmer wrapper subunit"
)
_UNIT_EVENTS: tuple[tuple[FaultCode, Severity, Course, str], ...] = (
    (_F.MEDIA_JAM, _ERROR, Course.ATTEND, "jam"),
    (_F.DOOR_OPEN, _ERROR, Course.ATTEND, "cover-open interlock-open opened"),
    (_F.OUTPUT_FULL, _ERROR, Course.ATTEND, "full at-limit"),
    (
        _F.PRINTER_FAULT, _ERROR, Course.HAND_OVER,
        "motor-failure thermistor-failure timing-failure timing- unrecoverable-failure unrecoverable-storage-error "
        "unrecoverable-storage over-temperature under-temperature memory-exhausted",
    ),
    (_F.PRINTER_BUSY, _WARNING, Course.WAIT, "warming-up cooling-down"),
    (
        _F.PRINTER_FAULT, _WARNING, Course.GO_ON,
        "empty missing offline life-over recoverable-failure recoverable-storage removed turned-off",
    ),
    (
        _F.PRINTER_FAULT, _REPORT, Course.GO_ON,
        "added almost-empty almost-full closed configuration-change cover-closed interlock-closed life-almost-over "
        "near-limit power-saver resource-added resource-removed turned-on",
    ),
)  # fmt: skip


def _all() -> Iterator[Reason]:
    for fault, severity, course, firm, keywords in _GROUPS:
        for keyword in keywords.split():
            yield Reason(keyword, fault, severity, course, firm)
    for unit in _UNITS.split():
        for fault, severity, course, events in _UNIT_EVENTS:
            for unit_event in events.split():
                yield Reason(f"{unit}-{unit_event}", fault, severity, course)


_UNKNOWN = Reason("unknown", FaultCode.PRINTER_FAULT, Severity.WARNING, Course.GO_ON, known=False)
REASONS = {reason.keyword: reason for reason in _all()}
