"""What lies in the inbox, and how it is sealed: numbers as keyed digests, all else encrypted (Fernet)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from cryptography.fernet import Fernet, InvalidToken

from kiosk.domain.exam import ReportStatus
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.orders import OrderStage
from kiosk.domain.person.identity import IdentityFacts

KEY_BYTES = 32


class ItemKind(StrEnum):
    """What an item tells of."""

    REPORT = "report"
    ORDER = "order"
    PERSON = "person"


class ItemState(StrEnum):
    """Where an item stands."""

    NEW = "new"
    MATCHED = "matched"
    AMBIGUOUS = "ambiguous"
    UNMATCHED = "unmatched"
    REFUSED = "refused"


@dataclass(frozen=True)
class InboxItem:
    """One thing that was received. `document`: a PDF, a text or a DICOM object; loaded where it was asked for."""

    message: str
    kind: ItemKind
    accession: str = ""
    study_uid: str = ""
    identity: IdentityFacts = field(default_factory=lambda: IdentityFacts(""))
    number: str = ""
    status: ReportStatus = ReportStatus.PRELIMINARY
    stage: OrderStage | None = None
    written: datetime | None = None
    title: str = ""
    modality: str = ""
    document: bytes = b""
    state: ItemState = ItemState.NEW
    received: float = 0.0
    tried: int = 0
    ident: int = 0


class InboxSeal:
    """The key that gateway and kiosks share."""

    def __init__(self, key: str) -> None:
        """Raises KioskError CONFIG_INVALID for a short one."""
        if len(key.encode()) < KEY_BYTES:
            raise KioskError(FaultCode.CONFIG_INVALID, f"ris.inbox.key: {KEY_BYTES} bytes are needed")
        self._key = hashlib.blake2b(key.encode()[:64], digest_size=32, person=b"inbox").digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(self._key))

    def digest(self, name: str, value: str) -> str:
        """A number as it stands in the table; an empty one equals nothing that is asked for."""
        return hmac.new(self._key, f"{name}\x1f{value}".encode(), hashlib.sha256).hexdigest() if value else ""

    def values(self, item: InboxItem) -> dict[str, Any]:
        """An item as a row."""
        return {
            "message": self.digest("message", item.message),
            "kind": str(item.kind),
            "state": str(item.state),
            "accession": self.digest("accession", item.accession),
            "patient": self.digest("patient", item.identity.patient_id),
            "study": self.digest("study", item.study_uid),
            "facts": self.facts(item),
            "document": self._fernet.encrypt(item.document),
        }

    def facts(self, item: InboxItem) -> bytes:
        """All that is said of it but its document, sealed."""
        told = asdict(replace(item, document=b""))
        del told["document"]
        return self._fernet.encrypt(json.dumps(told, default=_plain).encode())

    def opened(self, sealed: bytes) -> bytes:
        """What was sealed. Raises KioskError ARCHIVE_DENIED for another key."""
        try:
            return self._fernet.decrypt(bytes(sealed))
        except InvalidToken as error:
            raise KioskError(FaultCode.ARCHIVE_DENIED, "the inbox is sealed under another key") from error

    def item(self, row: Any) -> InboxItem:
        """The item of a row."""
        told = json.loads(self.opened(row["facts"]))
        person, born = told["identity"], told["identity"]["birth_date"]
        identity = IdentityFacts(**{**person, "birth_date": date.fromisoformat(born) if born else None})
        told |= {
            "identity": identity,
            "kind": ItemKind(told["kind"]),
            "status": ReportStatus(told["status"]),
            "stage": OrderStage(told["stage"]) if told["stage"] else None,
            "written": datetime.fromisoformat(told["written"]) if told["written"] else None,
            "state": ItemState(row["state"]),
            "received": row["received"],
            "tried": row["tried"],
            "ident": row["id"],
        }
        return InboxItem(**told)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
