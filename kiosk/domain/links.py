"""The patient link: opaque, 256 bits, kept as a hash; carried in the fragment of a URL so that no server logs it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Publication(StrEnum):
    """How far a study is on its way to the cloud."""

    QUEUED = "queued"
    UPLOADING = "uploading"
    ONLINE = "online"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class PatientLink:
    """What the screen and the paper show; the token itself is never stored."""

    url: str
    digest: str
    question: str


@dataclass(frozen=True)
class LinkKeys:
    """What the publisher needs of a link.

    `public`: what the studies' keys are sealed to; `announcement`: what the portal is to be told, sealed to it;
    `sealed`: by study, its UID, which only the publisher can open.
    """

    public: bytes
    announcement: bytes = b""
    sealed: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class NewLink:
    """A fresh link: what is shown, and what the ledger keeps of it.

    `public`: the half that contents are sealed to. `announcement`: what the portal is to be told, sealed to the portal;
    empty where this kiosk knows of no portal.
    """

    shown: PatientLink
    public: bytes
    announcement: bytes = b""


@dataclass(frozen=True)
class LinkFor:
    """A living link of a study: for whom its keys are to be sealed."""

    locator: str
    public: bytes
    subject: str


@dataclass(frozen=True)
class PublishTask:
    """A study to be published, leased to one publisher. `study` is its pseudonym; `sealed` its UID for the publisher.

    `version`: the last one that was begun, 0 for none; `envelope`: the last one that the portal has, with `content`,
    which tells whether the archive holds something newer. `subject`: whose it is; links of others never get its keys.
    `urgent`: somebody waits for it.
    """

    study: str
    sealed: bytes
    exam: str = ""
    version: int = 0
    state: Publication = Publication.QUEUED
    envelope: bytes = b""
    content: str = ""
    subject: str = ""
    urgent: bool = False


@dataclass(frozen=True)
class PublishRecord:
    """Where a study's publication stands, for status and reconciliation. Times in seconds since the epoch."""

    study: str
    exam: str
    version: int
    state: Publication
    done: float
    since: float
    changed: float
    final: float | None = None
    published: float | None = None
    size: int = 0
    fault: str = ""
    sealed: bytes = b""
    envelope: bytes = b""
    content: str = ""


class NoticeState(StrEnum):
    """What became of a notice. `taken`: somebody is sending it; whoever dies at that never sends it twice."""

    WAITING = "waiting"
    TAKEN = "taken"
    SENT = "sent"
    NOBODY = "nobody"  # no telephone on file


@dataclass(frozen=True)
class Notice:
    """A notice to be sent now, for the `tries`th time. `sealed`: the study's UID, for the publisher's eyes."""

    study: str
    subject: str
    tries: int
    sealed: bytes

    @property
    def name(self) -> str:
        """Always the same of the same notice, so that a gateway knows it when it comes again; tells nothing."""
        return hashlib.sha256(f"notice|{self.study}|{self.subject}".encode()).hexdigest()[:32]


@dataclass(frozen=True)
class PhoneEvent:
    """What happened at the portal, without anybody's name: `number` counts up, `at` is seconds since the epoch."""

    number: int
    kind: str
    locator: str
    exam: str
    at: float
    detail: str = ""
