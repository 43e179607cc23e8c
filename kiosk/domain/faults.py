"""Everything that can go wrong, as a closed list.

KioskError(code, detail)
  └─ code: FaultCode, with what happened (translations `fault.<code>`) and what to do (`do.<code>`) for the patient,
     and advice for staff (`advice.<code>`); `tests/unit/test_words.py` proves that none is missing.

Adapters map the exceptions of their library to these codes by one table each; nothing foreign passes an adapter.
"""

from __future__ import annotations

from enum import StrEnum


class FaultCode(StrEnum):
    """What happened, from the patient's point of view."""

    # the archive (PACS, folder)
    ARCHIVE_UNREACHABLE = "archive-unreachable"
    ARCHIVE_TIMEOUT = "archive-timeout"
    ARCHIVE_DENIED = "archive-denied"
    ARCHIVE_ERROR = "archive-error"
    ARCHIVE_TRUNCATED = "archive-truncated"
    TOO_LARGE = "too-large"
    WRONG_PATIENT = "wrong-patient"
    PATIENT_COLLISION = "patient-collision"
    # documents
    OBJECT_UNREADABLE = "object-unreadable"
    REPORT_UNREADABLE = "report-unreadable"
    NOTHING_TO_SHOW = "nothing-to-show"
    # printing
    SPOOLER_DOWN = "spooler-down"
    PRINTER_MISSING = "printer-missing"
    PRINTER_STOPPED = "printer-stopped"
    PRINTER_OFFLINE = "printer-offline"
    PRINTER_BUSY = "printer-busy"
    MEDIA_EMPTY = "media-empty"
    MEDIA_JAM = "media-jam"
    DOOR_OPEN = "door-open"
    SUPPLY_EMPTY = "supply-empty"
    WRONG_MEDIA = "wrong-media"
    PRINTER_FAULT = "printer-fault"
    PRINT_REFUSED = "print-refused"
    PRINT_INCOMPLETE = "print-incomplete"
    PRINT_UNCERTAIN = "print-uncertain"
    TRAY_MISSING = "tray-missing"
    OUTPUT_FULL = "output-full"
    PAGE_SCALED = "page-scaled"
    # the cashier
    PAYMENT_WAITING = "payment-waiting"
    PAYMENT_MISSING = "payment-missing"
    PAYMENT_OPEN = "payment-open"
    # camera
    CAMERA_MISSING = "camera-missing"
    CAMERA_BUSY = "camera-busy"
    CAMERA_FROZEN = "camera-frozen"
    CAMERA_DARK = "camera-dark"
    CAMERA_GLARE = "camera-glare"
    # what is read beside the camera
    READER_MISSING = "reader-missing"
    VOUCHER_REFUSED = "voucher-refused"
    # the visit's rules
    CODE_UNKNOWN = "code-unknown"
    CODE_UNSEARCHABLE = "code-unsearchable"
    IDENTITY_REFUSED = "identity-refused"
    IDENTITY_LOCKED = "identity-locked"
    IDENTITY_AT_DESK = "identity-at-desk"
    NOTHING_FOUND = "nothing-found"
    NOTHING_READY = "nothing-ready"
    ALREADY_PRINTED = "already-printed"
    PRINTING_ELSEWHERE = "printing-elsewhere"
    HELD = "held"
    OUTSIDE_WINDOW = "outside-window"
    FILM_AT_DESK = "film-at-desk"
    FILM_NEVER = "film-never"
    REPORT_CHANGED = "report-changed"
    # messages to telephones
    MESSAGE_NOT_SENT = "message-not-sent"
    # the cloud film's portal
    PORTAL_UNREACHABLE = "portal-unreachable"
    PORTAL_REFUSED = "portal-refused"
    # the kiosk itself
    STORE_UNAVAILABLE = "store-unavailable"
    DISK_FULL = "disk-full"
    TRAIL_BROKEN = "trail-broken"
    CLOCK_OFF = "clock-off"
    FONT_MISSING = "font-missing"
    CONFIG_INVALID = "config-invalid"
    CLOSED_BY_STAFF = "closed-by-staff"
    NOT_ALLOWED = "not-allowed"
    CANCELLED = "cancelled"
    INTERNAL = "internal"


class KioskError(Exception):
    """A fault with its code. `detail` is for staff and logs and holds nothing personal."""

    def __init__(self, code: FaultCode, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else str(code))
        self.code = code
        self.detail = detail
