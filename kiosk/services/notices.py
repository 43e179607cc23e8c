"""The message that a report is ready, to patients who agreed to one. For whoever finds reports ready: the publisher."""

from __future__ import annotations

import logging

from kiosk.domain.exam import Exam
from kiosk.domain.faults import KioskError
from kiosk.domain.trail import EventKind
from kiosk.ports.cloud.publications import NoticeLedger
from kiosk.ports.directory import Directory
from kiosk.ports.notifier import Notifier
from kiosk.services.audit import Audit
from kiosk.services.identity.pseudonyms import Pseudonyms

log = logging.getLogger(__name__)


class Notices:
    """Sends each once. What could not be sent is given back, and tried when the exam is found ready again."""

    def __init__(
        self, ledger: NoticeLedger, pseudonyms: Pseudonyms, directory: Directory, notifier: Notifier, audit: Audit
    ) -> None:
        self._ledger = ledger
        self._pseudonyms = pseudonyms
        self._directory = directory
        self._notifier = notifier
        self._audit = audit

    def ready(self, exam: Exam) -> bool:
        """The exam's report is ready: tell who agreed to be told. True where a message went out.

        Whose exam it is now must be whose it was when they agreed, else nobody is told.
        Raises KioskError STORE_UNAVAILABLE; a gateway that does not take the message is logged.
        """
        study = self._pseudonyms.study(exam.study_uid)
        subject = self._ledger.take_notice(study)
        if not subject or subject != self._pseudonyms.patient(exam.identity.patient_id):
            return False
        try:
            telephone = self._directory.facts(exam.identity.patient_id, exam.identity).telephone
            if telephone:
                self._notifier.report_ready(telephone)
        except KioskError as error:
            log.warning("message not sent: %s", error)
            self._ledger.give_notice_back(study)
            return False
        if telephone:
            self._audit.record(EventKind.NOTICE_SENT, subject=subject)
        return bool(telephone)
