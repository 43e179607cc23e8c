"""Printing for a patient at the desk, whatever the rules of self-service say."""

from __future__ import annotations

from dataclasses import replace

from kiosk.domain.desk import PatientShown, PrintAsked
from kiosk.domain.faults import FaultCode
from kiosk.domain.reasons import FilmReason
from kiosk.domain.sheets.printing import DocumentKind
from kiosk.domain.visit import Candidate, HandOut, Override
from kiosk.services.desk.patients import PatientFiles
from kiosk.services.desk.user import DeskTrail, DeskUser
from kiosk.services.identity.pseudonyms import Pseudonyms
from kiosk.services.machine.rooms import Rooms
from kiosk.services.printing.delivery import Delivery


class HandOutDesk:
    """Hands documents out through the same delivery as the kiosk: reserved, followed, settled."""

    def __init__(
        self, files: PatientFiles, delivery: Delivery, pseudonyms: Pseudonyms, rooms: Rooms, trail: DeskTrail
    ) -> None:
        self._files = files
        self._delivery = delivery
        self._pseudonyms = pseudonyms
        self._rooms = rooms
        self._trail = trail

    def print(self, user: DeskUser, asked: PrintAsked) -> PatientShown:
        """Print for a patient, again if need be, with a reason that goes into the trail."""
        listed, film = self._files.listed(asked.study), asked.kind is DocumentKind.FILM
        facts = listed.exam.identity
        candidate = Candidate(self._pseudonyms.patient(facts.patient_id), facts, listed.exam.study_uid)
        # Noted before anything is printed: a power cut must not leave paper that nobody answers for.
        self._trail.override(user, candidate.subject, asked.reason, f"print-{asked.kind}")
        films, why = ((listed,), FilmReason.OTHER) if film else ((), None)
        order = HandOut(user.session, candidate, () if film else (listed,), films, why)
        by = Override(user.name, asked.reason)
        receipt = self._delivery.deliver(order, self._rooms.of(user.session), user.cancelled, by=by)
        problem = receipt.fault or ("" if receipt.tasks else FaultCode.NOTHING_READY)
        return replace(self._files.shown(asked.study), receipt=receipt, problem=problem)
