"""Why a film is wanted, why staff override, and for whom somebody collects: closed lists that feed the statistics."""

from __future__ import annotations

from enum import StrEnum


class FilmReason(StrEnum):
    """Reason codes of the film demand statistics."""

    OTHER_HOSPITAL = "other-hospital"
    INSURANCE_CLAIM = "insurance-claim"
    DISABILITY = "disability-assessment"
    DOCTORS_REQUEST = "doctors-request"
    SURGERY = "surgery"
    OWN_WISH = "own-wish"
    PHONE_FAILED = "phone-access-failed"
    OTHER = "other"


class Relation(StrEnum):
    """Who the patient is to whoever collects."""

    SELF = "self"
    CHILD = "child"
    PARENT = "parent"
    SPOUSE = "spouse"
    RELATIVE = "relative"
    CARER = "carer"  # somebody whom they look after, or a friend


class FilmPolicy(StrEnum):
    """Who may have a film printed."""

    SELF_SERVICE = "self-service"
    DESK = "desk"
    NEVER = "never"


class OverrideReason(StrEnum):
    """Why a nurse prints again or releases something."""

    PRINTED_BADLY = "printed-badly"
    LOST = "lost"
    SECOND_COPY = "second-copy"
    PATIENT_CANNOT = "patient-cannot"
    NO_ID_CARD = "no-id-card"
    FILM_ON_DEMAND = "film-on-demand"
    PRINTER_FAULT = "printer-fault"
    OTHER = "other"
