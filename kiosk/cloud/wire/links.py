"""The kiosk's side of a link: its secret is shown once and kept nowhere; what is kept opens nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kiosk.cloud.wire.checks import Checks
from kiosk.cloud.wire.faults import WireError
from kiosk.cloud.wire.keys import POINT_BYTES, KeyBox, LinkSecret, bytes_of, seal, text_of
from kiosk.cloud.wire.messages import Announcement
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.links import NewLink, PatientLink
from kiosk.domain.person.identity import Question


@dataclass(frozen=True)
class CloudKeys:
    """Public halves: of the portal, that answers are sealed to, and of the publisher, that study UIDs are sealed to."""

    portal: bytes
    publisher: bytes

    def written(self) -> str:
        """As a file."""
        return json.dumps({"portal": text_of(self.portal), "publisher": text_of(self.publisher)}) + "\n"

    @classmethod
    def read(cls, file: Path) -> CloudKeys:
        """Raises KioskError CONFIG_INVALID."""
        try:
            tree = json.loads(file.read_text(encoding="ascii"))
            return cls(bytes_of(tree["portal"], POINT_BYTES), bytes_of(tree["publisher"], POINT_BYTES))
        except (OSError, ValueError, KeyError, TypeError, WireError) as error:
            raise KioskError(FaultCode.CONFIG_INVALID, f"{file}: no cloud keys ({type(error).__name__})") from error


@dataclass(frozen=True)
class SealingLinks:
    """kiosk.ports.links.LinkMaker; without keys links are made all the same, and wait for a publisher."""

    portal: str
    keys: CloudKeys | None = None

    def make(self, answers: Mapping[Question, str], question: str, expires: float) -> NewLink:
        """See the port."""
        secret = LinkSecret.new()
        shown = PatientLink(f"{self.portal.rstrip('/')}/l#{secret.text}", secret.locator, question)
        told = b""
        if self.keys:
            told = Announcement(secret.locator, expires, Checks.of(answers).packed()).encoded(self.keys.portal)
        return NewLink(shown, secret.box.public, told)

    def seal_study(self, study: str, uid: str) -> bytes:
        """See the port."""
        return seal_study(self.keys.publisher, study, uid) if self.keys else b""


def seal_study(publisher: bytes, study: str, uid: str) -> bytes:
    """A study UID for the publisher's eyes; bound to its pseudonym."""
    return seal(publisher, uid.encode("ascii"), f"study|{study}")


def open_study(box: KeyBox, study: str, sealed: bytes) -> str:
    """The UID. Raises WireError SEAL_BROKEN."""
    return box.open(sealed, f"study|{study}").decode("ascii", "replace")
