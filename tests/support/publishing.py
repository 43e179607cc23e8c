"""A hospital with a publisher on a portal: ledger, archive, keys and workers, put together as the programs do."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kiosk.adapters.archive.dicom_records import ReportReading
from kiosk.adapters.archive.folder import FolderArchive
from kiosk.adapters.documents.workshop import WorkshopRenderer
from kiosk.adapters.ris.archive_reports import ArchiveReports
from kiosk.adapters.sandbox import Workers
from kiosk.adapters.sql import SqlLedger
from kiosk.cloud.portal.gate import Session
from kiosk.cloud.portal.store.exams import ExamShelf
from kiosk.cloud.publisher.find import Finder
from kiosk.cloud.publisher.make import PRELOAD, Maker, MakingRules
from kiosk.cloud.publisher.outbox import Outbox
from kiosk.cloud.publisher.pace import Bandwidth
from kiosk.cloud.publisher.publish import Publisher, PublishRules
from kiosk.cloud.publisher.reconcile import Watch, WatchRules
from kiosk.cloud.publisher.send import PortalClient, Route, SignedLine
from kiosk.cloud.wire.keys import KeyBox
from kiosk.cloud.wire.links import CloudKeys, SealingLinks
from kiosk.cloud.wire.manifest import ExamManifest, unpacked
from kiosk.cloud.wire.objects import Kind, Place, open_object
from kiosk.config import Hospital, ReportSettings
from kiosk.domain.exam import ReportStatus
from kiosk.domain.links import LinkKeys, PatientLink
from kiosk.domain.person.identity import Question
from kiosk.ports.archive import StudyArchive
from kiosk.services.identity.pseudonyms import Pseudonyms
from tests.support.portal import Portal

ASKED, ANSWER = Question.BIRTH_DATE, "19800101"
KEY = b"p" * 64


@dataclass
class Hospital1:
    """Everything on the hospital's side; `archive` may be replaced before `publisher` is asked for."""

    folder: Path
    portal: Portal
    workers: Workers
    name: str = "publisher-a"
    relay: str = ""
    box: KeyBox | None = None

    def __post_init__(self) -> None:
        self.box = self.box or KeyBox.new()
        self.names = Pseudonyms(KEY)
        self.ledger = SqlLedger(f"sqlite:///{self.folder / 'ledger.db'}")
        reading = ReportReading(UTC, ReportStatus.FINAL)
        (self.folder / "archive").mkdir(exist_ok=True)
        (self.folder / "work").mkdir(exist_ok=True)
        self.archive: StudyArchive = FolderArchive(self.folder / "archive", reading)
        self.outbox = Outbox(self.folder / f"outbox-{self.name}")
        self.maker_links = SealingLinks(self.portal.origin, CloudKeys(self.portal.identity.box.public, self.box.public))
        self.client = PortalClient(self.line(lambda: datetime.now(UTC)))

    def line(self, now: Callable[[], datetime]) -> SignedLine:
        """The way to the portal, by some clock."""
        route = Route(self.portal.origin, self.relay or self.portal.origin, "publisher-1", self.portal.key,
                      self.portal.identity.signer.public_key())  # fmt: skip
        return SignedLine(route, Bandwidth(lambda: 0.0), now)

    def put(self, name: str, data: bytes) -> None:
        """An object into the archive."""
        (self.folder / "archive" / name).write_bytes(data)

    def publisher(self, films: bool = False) -> Publisher:
        """A publisher over all of it."""
        assert self.box is not None
        reports = ReportSettings()
        renderer = WorkshopRenderer(Hospital(), reports, self.workers)
        rules = MakingRules("Hospital", "en", self.box.public, films)
        return Publisher(
            ledger=self.ledger,
            finder=Finder(self.archive, self.ledger, self.names, reports, lambda: datetime.now(UTC)),
            maker=Maker(self.archive, ArchiveReports(self.archive), renderer, self.workers, rules),
            outbox=self.outbox,
            client=self.client,
            box=self.box,
            rules=PublishRules(self.name, waiting_s=0.0, again_s=0.0),
            work=self.folder / "work",
        )

    def watch(self, days: int = 0) -> Watch:
        """What compares archive and cloud."""
        assert self.box is not None
        reports = ReportSettings()
        rules = WatchRules(days, 30, "03:30", self.folder / "lists")
        return Watch(
            archive=self.archive,
            ledger=self.ledger,
            finder=Finder(self.archive, self.ledger, self.names, reports, lambda: datetime.now(UTC)),
            publisher=self.publisher(),
            box=self.box,
            names=self.names,
            rules=rules,
            now=lambda: datetime.now(UTC),
        )

    def link(self, *studies: str, patient: str = "T0001", visit: str = "v") -> PatientLink:
        """What a kiosk does when somebody asks for a QR."""
        new = self.maker_links.make({ASKED: ANSWER}, str(ASKED), time.time() + 3600)
        named = {self.names.study(uid): uid for uid in studies}
        self.ledger.add_link(
            new.shown.digest, visit, self.names.patient(patient), list(named), new.shown.question, time.time() + 3600,
            LinkKeys(new.public, new.announcement,
                     {name: self.maker_links.seal_study(name, uid) for name, uid in named.items()}),
        )  # fmt: skip
        return new.shown

    def close(self) -> None:
        """Let go."""
        self.client.close()
        self.ledger.close()


def opened(portal: Portal, link: PatientLink) -> Session | None:
    """What the link opens for whoever knows the answer."""
    made = portal.gate.answer(link.url.partition("#")[2], ASKED, ANSWER, "test")
    return portal.gate.session(made.cookie) if made else None


def objects(portal: Portal, session: Session, at: int, kind: Kind, index: int) -> bytes:
    """One object of an exam of a session, opened as the portal does."""
    exam = session.exams[at]
    envelope = ExamShelf(portal.store).envelope(exam.exam)
    assert envelope is not None and envelope.version == exam.version
    spot = envelope.manifest if kind is Kind.MANIFEST else manifest_of(portal, session, at).spot(kind, index)
    sealed = portal.objects.get(envelope.segments[spot.segment].digest, spot.offset, spot.size)
    return open_object(exam.keys, Place(exam.exam, exam.version, kind, index), sealed)


def manifest_of(portal: Portal, session: Session, at: int = 0) -> ExamManifest:
    """What an exam of a session holds."""
    return unpacked(objects(portal, session, at, Kind.MANIFEST, 0))


def workers() -> Workers:
    """Two, with what publishing needs loaded."""
    return Workers(2, preload=PRELOAD)
