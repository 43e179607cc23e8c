"""Withholding an exam from self-service, and taking that back."""

from __future__ import annotations

from kiosk.domain.desk import DeskAction, PatientShown, ReasonAsked
from kiosk.ports.ledger import Ledger
from kiosk.services.desk.patients import PatientFiles
from kiosk.services.desk.user import DeskTrail, DeskUser
from kiosk.services.identity.pseudonyms import Pseudonyms


class HoldDesk:
    """Holds exams and releases them, for every kiosk on the ledger."""

    def __init__(self, files: PatientFiles, ledger: Ledger, pseudonyms: Pseudonyms, trail: DeskTrail) -> None:
        self._files = files
        self._ledger = ledger
        self._pseudonyms = pseudonyms
        self._trail = trail

    def hold(self, user: DeskUser, asked: ReasonAsked) -> PatientShown:
        """Withhold an exam from self-service."""
        subject = self._files.subject(asked.study)
        self._ledger.hold(self._pseudonyms.study(asked.study), asked.reason, user.name)
        self._trail.override(user, subject, asked.reason, DeskAction.HOLD)
        return self._files.shown(asked.study)

    def release(self, user: DeskUser, asked: ReasonAsked) -> PatientShown:
        """Take a hold back."""
        subject = self._files.subject(asked.study)
        self._ledger.release(self._pseudonyms.study(asked.study), user.name)
        self._trail.override(user, subject, asked.reason, DeskAction.RELEASE)
        return self._files.shown(asked.study)
