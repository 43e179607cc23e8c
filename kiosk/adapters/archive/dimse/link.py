"""Associations with an archive that speaks DIMSE only (PS3.7, PS3.8): opened, questioned, closed; errors in our words.

The kiosk only ever asks (C-ECHO, C-FIND, C-GET); it accepts no association, so nothing has to listen in a lobby.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pynetdicom._config
from pydicom.dataset import Dataset
from pydicom.uid import UID
from pynetdicom import AE, build_role
from pynetdicom.association import Association
from pynetdicom.presentation import PresentationContext, build_context

from kiosk.domain.faults import FaultCode, KioskError

VERIFICATION, FIND = UID("1.2.840.10008.1.1"), UID("1.2.840.10008.5.1.4.1.2.2.1")  # the study root's
UNCOMPRESSED = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2")
PENDING, SUCCESS, CANCELLED_STATUS = (0xFF00, 0xFF01), 0x0000, 0xFE00
_ABORT_S = 1.0
_RESULT_REJECTED = "the archive rejects this AE title, or the called one is wrong"


@dataclass(frozen=True)
class DimseAddress:
    """Where the archive listens, and the names both sides use (PS3.8 9.3.2). `ca_file`: whom TLS trusts."""

    host: str
    port: int
    called: str
    calling: str
    tls: bool = False
    ca_file: Path | None = None


@dataclass(frozen=True)
class DimsePatience:
    """Seconds: to connect, and between two messages."""

    connect_s: float = 3.0
    read_s: float = 10.0


def no_messages_in_logs() -> None:
    """The library writes whole messages, with names and numbers, into the log of whoever debugs: never here."""
    pynetdicom._config.LOG_HANDLER_LEVEL = "none"
    pynetdicom._config.LOG_REQUEST_IDENTIFIERS = pynetdicom._config.LOG_RESPONSE_IDENTIFIERS = False


class DimseLink:
    """Makes associations; each is used by one thread and closed."""

    def __init__(self, address: DimseAddress, patience: DimsePatience, character_set: str) -> None:
        self._to, self._patience, self._character_set = address, patience, character_set
        no_messages_in_logs()

    @contextmanager
    def association(
        self,
        contexts: Sequence[PresentationContext],
        roles: Sequence[str] = (),
        handlers: Sequence[tuple[Any, ...]] = (),
    ) -> Iterator[Association]:
        """One association. Raises KioskError ARCHIVE_UNREACHABLE, ARCHIVE_DENIED."""
        ae = AE(self._to.calling)
        ae.connection_timeout = ae.acse_timeout = self._patience.connect_s
        ae.dimse_timeout = ae.network_timeout = self._patience.read_s
        wanted: list[Any] = [build_role(uid, scp_role=True) for uid in roles]
        association = ae.associate(
            self._to.host, self._to.port, contexts=list(contexts), ae_title=self._to.called, max_pdu=0,
            ext_neg=wanted, tls_args=self._tls(), evt_handlers=list(handlers),
        )  # fmt: skip
        if not association.is_established:
            raise _not_established(association)
        try:
            yield association
        finally:
            if association.is_established:
                association.release()
            association.join(self._patience.read_s)

    def _tls(self) -> tuple[ssl.SSLContext, str] | None:
        if not self._to.tls:
            return None
        context = ssl.create_default_context(cafile=self._to.ca_file)
        return context, self._to.host

    @contextmanager
    def finding(self) -> Iterator[DimseFinder]:
        """An association for queries."""
        with self.association([build_context(FIND, list(UNCOMPRESSED))]) as association:
            yield DimseFinder(association, self._character_set)

    def echo(self, contexts: Sequence[PresentationContext]) -> list[str]:
        """C-ECHO; returns which of the abstract syntaxes proposed beside it were accepted. Raises KioskError."""
        with self.association([build_context(VERIFICATION), *contexts]) as association:
            status = association.send_c_echo()
            if getattr(status, "Status", None) != SUCCESS:
                raise KioskError(FaultCode.ARCHIVE_ERROR, "no answer to C-ECHO")
            return [str(context.abstract_syntax) for context in association.accepted_contexts]


class DimseFinder:
    """Asks by C-FIND (PS3.4 C.4.1) on one association."""

    def __init__(self, association: Association, character_set: str) -> None:
        self._association, self._character_set = association, character_set

    def ask(self, level: str, matching: dict[str, str], returned: Sequence[int], limit: int) -> list[Dataset]:
        """What matches, at most so many; the rest is cancelled. Raises KioskError ARCHIVE_*."""
        identifier = Dataset()
        identifier.QueryRetrieveLevel = level
        for tag in returned:
            identifier.add_new(tag, _vr(tag), None)
        for keyword, value in matching.items():
            setattr(identifier, keyword, value)
        if not all(value.isascii() for value in matching.values()):
            identifier.SpecificCharacterSet = self._character_set
        found: list[Dataset] = []
        for status, answer in self._association.send_c_find(identifier, FIND):
            if not status:
                raise self.broken()
            if status.Status in PENDING and answer is not None:
                found.append(answer)
                if len(found) == limit:
                    self._association.send_c_cancel(1, query_model=FIND)
            elif status.Status not in (SUCCESS, CANCELLED_STATUS):
                raise KioskError(FaultCode.ARCHIVE_ERROR, f"C-FIND status {status.Status:04X}")
        return found[:limit]

    def broken(self) -> KioskError:
        """Why no answer came."""
        return broken(self._association)


def _vr(tag: int) -> str:
    from pydicom.datadict import dictionary_VR

    return str(dictionary_VR(tag))


def broken(association: Association) -> KioskError:
    """An association that ended, or on which nothing comes any more."""
    association.join(_ABORT_S)  # the word of an abort comes a moment after the missing answer
    if association.is_aborted or not association.is_established:
        return KioskError(FaultCode.ARCHIVE_TRUNCATED, "association aborted")
    association.abort()
    return KioskError(FaultCode.ARCHIVE_TIMEOUT, "no answer in time")


def _not_established(association: Association) -> KioskError:
    if association.is_rejected:
        return KioskError(FaultCode.ARCHIVE_DENIED, _RESULT_REJECTED)
    if association.acceptor.primitive is not None:
        return KioskError(FaultCode.ARCHIVE_DENIED, "the archive accepts none of the services asked for")
    return KioskError(FaultCode.ARCHIVE_UNREACHABLE, "no association")
