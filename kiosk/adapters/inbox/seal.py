"""What lies in the inbox, and how it is sealed: numbers as keyed digests, all else encrypted (Fernet)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any

from cryptography.fernet import Fernet, InvalidToken

from kiosk.domain.exam import ReportStatus
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.orders import OrderStage
from kiosk.domain.person.identity import IdentityFacts
from kiosk.domain.waiting.inbox import InboxItem, ItemKind, ItemState, ItemWhy

KEY_BYTES = 32


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

    def numbers(self, accession: str, patient_id: str, study_uid: str) -> dict[str, str]:
        """What an item is found by, as it stands in the table."""
        told = {"accession": accession, "patient": patient_id, "study": study_uid}
        return {name: self.digest(name, value) for name, value in told.items()}

    def values(self, item: InboxItem) -> dict[str, Any]:
        """An item as a row."""
        return {
            "message": self.digest("message", item.message),
            "kind": str(item.kind),
            "state": str(item.state),
            **self.numbers(item.accession, item.identity.patient_id, item.study_uid),
            "facts": self.facts(item),
            "document": self._fernet.encrypt(item.document),
        }

    def facts(self, item: InboxItem) -> bytes:
        """All that is said of it but its document, sealed."""
        told = asdict(replace(item, document=b""))
        del told["document"]
        return self._fernet.encrypt(json.dumps(told, default=_plain).encode())

    def words(self, told: dict[str, str]) -> bytes:
        """A few words, sealed."""
        return self._fernet.encrypt(json.dumps(told).encode())

    def told(self, sealed: bytes) -> dict[str, str]:
        """The words that were sealed. Raises KioskError ARCHIVE_DENIED."""
        return dict(json.loads(self.opened(sealed)))

    def sealed(self, data: bytes) -> bytes:
        """A document, sealed."""
        return self._fernet.encrypt(data)

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
            "why": ItemWhy(told["why"]) if told.get("why") else None,
        }
        return InboxItem(**told)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
