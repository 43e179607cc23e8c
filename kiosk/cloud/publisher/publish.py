"""One study after the other to the portal: those that somebody waits for first. Everything may be cut off anywhere.

What is durable before the next step: the version's number in the ledger, the version in the outbox, the portal's
receipt, the ledger's word that it is online. Whatever happens between two of them is done again, and changes nothing.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from kiosk.cloud.publisher.find import TAKEN_BACK, Finder, Found, Standing
from kiosk.cloud.publisher.make import Maker
from kiosk.cloud.publisher.outbox import Outbox, Packed
from kiosk.cloud.publisher.send import PortalClient
from kiosk.cloud.publisher.telling import MAKING_SHARE, Telling
from kiosk.cloud.wire.envelope import Envelope, SealedFor, decode
from kiosk.cloud.wire.faults import WireError
from kiosk.cloud.wire.keys import KeyBox, bytes_of_text, seal, text_of
from kiosk.cloud.wire.links import open_study
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.links import LinkFor, Publication, PublishTask
from kiosk.ports.ledger import Ledger

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PublishRules:
    """`name`: of this publisher, one of its kind on one ledger. Seconds: of a lease, and until it is tried again.

    `notice_after_s`: whose link is older than that is told by a notice that it opens now; None: nobody is.
    """

    name: str
    lease_s: float = 120.0
    waiting_s: float = 20.0
    again_s: float = 60.0
    notice_after_s: float | None = None


class Publisher:
    """Publishes one study a time; several publishers may share a ledger. Raises KioskError of ledger and disk."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        finder: Finder,
        maker: Maker,
        outbox: Outbox,
        client: PortalClient,
        box: KeyBox,
        rules: PublishRules,
        work: Path,
    ) -> None:
        self._ledger, self._finder, self._maker, self._outbox = ledger, finder, maker, outbox
        self._client, self._box, self._rules, self._work = client, box, rules, work
        self._telling = Telling(ledger, client, rules.name)

    def begin(self) -> None:
        """Take back what an earlier run of this publisher had in hand, and clear away what nobody will send."""
        self._ledger.release_all(self._rules.name)
        going = self._ledger.publications((Publication.UPLOADING, Publication.FAILED))
        self._outbox.sweep({(one.exam, one.version) for one in going})

    def tell_links(self) -> int:
        """New links to the portal, oldest first; returns how many it knows now that it did not."""
        self._take_back()
        told = 0
        for locator, announcement in self._ledger.untold_links():
            try:
                self._client.tell_link(announcement)
            except KioskError as fault:
                if fault.code is not FaultCode.PORTAL_REFUSED:
                    raise
                log.error("link refused: %s", fault.detail)
            self._ledger.link_told(locator)
            told += 1
        return told

    def _take_back(self) -> None:
        """What was withdrawn while the portal could not be told: each has its name until the portal has let go."""
        for record in self._ledger.publications((Publication.WITHDRAWN,)):
            if record.exam:
                self._client.withdraw(record.exam)
                self._ledger.withdrawn(record.study)

    def once(self) -> bool:
        """Seal new links' keys, or publish the next study; False where there is nothing to do."""
        if task := self._ledger.lease_links(self._rules.name, self._rules.lease_s):
            self._guarded(task, self._add_links)
            return True
        if task := self._ledger.lease(self._rules.name, self._rules.lease_s):
            self._guarded(task, self._publish)
            return True
        return False

    def _guarded(self, task: PublishTask, work: Callable[[PublishTask], None]) -> None:
        """A study that cannot be published now is tried again later; the next one's turn comes."""
        name = self._rules.name
        try:
            with _held(self._ledger, task.study, self._rules):
                work(task)
        except (KioskError, WireError) as fault:
            code = fault.code if isinstance(fault, KioskError) else fault.fault
            log.warning("study %s not published: %s", task.study, fault)
            if code in (FaultCode.STORE_UNAVAILABLE,):
                raise
            if task.state is Publication.ONLINE:
                self._ledger.let_go(task.study, name, self._rules.again_s)
            else:
                self._ledger.failed(task.study, name, str(code), self._rules.again_s)
                self._telling.tell(task.study)
            if code is FaultCode.PORTAL_UNREACHABLE:
                raise

    # --- a study -----------------------------------------------------------------------------------------------------
    def _publish(self, task: PublishTask) -> None:
        links = self._ledger.links_of(task.study)
        found = self._finder.find(open_study(self._box, task.study, task.sealed), {one.subject for one in links})
        self._finder.compare_papers(task.study, found)
        if found.standing in TAKEN_BACK:
            self.withdraw(task.study)
        elif found.exam is None or found.standing is not Standing.READY:
            self._ledger.let_go(task.study, self._rules.name, self._rules.waiting_s)
            self._telling.tell(task.study)
        else:
            self._send(task, self._packed(task, found), self._finder.subject(found.exam))

    def _packed(self, task: PublishTask, found: Found) -> Packed:
        """What is in the outbox already, or made now."""
        packed = self._outbox.find(task.exam, task.version)
        if packed and packed.content == found.content:
            return packed
        if task.exam:
            self._outbox.drop(task.exam, task.version)
        assert found.exam is not None  # noqa: S101 - for the type checker
        subject = self._finder.subject(found.exam)
        begun = self._ledger.begin_version(task.study, self._rules.name, text_of(secrets.token_bytes(16)), subject)
        if begun is None:
            raise KioskError(FaultCode.CANCELLED, "somebody else has the study")
        self._ledger.advance(task.study, self._rules.name, 0.0, found.final)
        parcel = self._outbox.parcel(begun.exam, begun.version)

        def percent(done: int) -> None:
            self._telling.advance(task.study, done * MAKING_SHARE // 100)

        self._telling.tell(task.study)
        envelope = self._maker.make(found.exam, parcel, self._work, percent)
        return self._outbox.keep(envelope, found.content)

    def _send(self, task: PublishTask, packed: Packed, subject: str) -> None:
        envelope, links = self._for_links(task.study, subject, packed.envelope)

        def percent(done: int) -> None:
            self._telling.advance(task.study, MAKING_SHARE + done * (100 - MAKING_SHARE) // 100)

        percent(0)
        self._client.deliver(envelope, packed.folder, percent)
        self._finish(task, envelope, packed.content, links)
        self._outbox.drop(envelope.exam, envelope.version)

    def _finish(self, task: PublishTask, envelope: Envelope, content: str, links: Sequence[LinkFor]) -> None:
        """Online, as the portal has signed; whoever waits is told."""
        if self._rules.notice_after_s is not None:
            self._ledger.queue_notices(task.study, self._rules.notice_after_s)  # goes out once it is online
        kept = replace(envelope, links=()).encoded()
        if not self._ledger.published(task.study, self._rules.name, kept, content, envelope.size):
            self._client.withdraw(envelope.exam)  # withdrawn meanwhile
            return
        self._ledger.sealed_for(task.study, envelope.version, [one.locator for one in links])
        self._telling.tell(task.study)

    def _add_links(self, task: PublishTask) -> None:
        """The keys of an exam that is online, for links made since; what has changed meanwhile is published anew."""
        if self._changed(task):
            self._publish(task)
            return
        envelope, links = self._for_links(task.study, task.subject, decode(task.envelope))
        self._client.envelope(envelope)
        self._ledger.sealed_for(task.study, envelope.version, [one.locator for one in links])
        self._ledger.let_go(task.study, self._rules.name)
        self._telling.tell(task.study)

    def _changed(self, task: PublishTask) -> bool:
        """Whether the archive holds something else now. That it cannot be asked now is no reason to keep back."""
        subjects = {one.subject for one in self._ledger.links_of(task.study)}
        try:
            found = self._finder.find(open_study(self._box, task.study, task.sealed), subjects)
        except KioskError as fault:
            if not fault.code.startswith("archive"):
                raise
            return False
        self._finder.compare_papers(task.study, found)
        known = found.standing is Standing.READY and found.content != task.content
        return known or found.standing in TAKEN_BACK

    def whole(self, envelope: Envelope) -> bool:
        """Whether the portal has every segment of it."""
        return not self._client.missing([one.digest for one in envelope.segments])

    def _for_links(self, study: str, subject: str, envelope: Envelope) -> tuple[Envelope, list[LinkFor]]:
        """The envelope with the keys sealed to every living link of its patient; the escrow is the hospital's own."""
        place = f"{envelope.exam}|{envelope.version}"
        keys = self._box.open(bytes_of_text(envelope.escrow), f"escrow|{place}")
        links = self._ledger.links_of(study)
        own = [one for one in links if one.subject == subject]
        sealed = tuple(SealedFor(one.locator, text_of(seal(one.public, keys, f"keys|{place}"))) for one in own)
        return replace(envelope, links=sealed), links

    def withdraw(self, study: str) -> bool:
        """Take a study back at once: the portal destroys its keys; False where it was never queued."""
        was = self._ledger.withdraw(study)
        if was is None:
            return False
        if was.exam:
            self._client.withdraw(was.exam)
            self._outbox.drop(was.exam, was.version)
        self._ledger.withdrawn(study)
        self._telling.tell(study)
        return True


@contextmanager
def _held(ledger: Ledger, study: str, rules: PublishRules) -> Iterator[None]:
    """The lease is renewed while the study is worked on."""
    over = threading.Event()

    def keep() -> None:
        while not over.wait(rules.lease_s / 3):
            try:
                ledger.keep(study, rules.name, rules.lease_s)
            except KioskError as fault:
                log.warning("lease not renewed: %s", fault)

    thread = threading.Thread(target=keep, name="publish-lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
