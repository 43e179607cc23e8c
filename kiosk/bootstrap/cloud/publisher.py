"""The publisher, composed: the kiosk's archive, ledger and imaging rooms, a key of its own, the line to the portal."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.adapters.documents.workshop import WorkshopRenderer
from kiosk.adapters.machine.instance_lock import InstanceLock
from kiosk.adapters.machine.system import SystemClock
from kiosk.adapters.sandbox import Workers
from kiosk.bootstrap.keys import pseudonym_key
from kiosk.bootstrap.ris import Connected, connected
from kiosk.bootstrap.stores import archive_of, ledger_of
from kiosk.cloud.publisher.faults import disk
from kiosk.cloud.publisher.find import Finder
from kiosk.cloud.publisher.listen import Listener
from kiosk.cloud.publisher.make import PRELOAD, Maker, MakingRules
from kiosk.cloud.publisher.outbox import Outbox
from kiosk.cloud.publisher.pace import Bandwidth, Schedule
from kiosk.cloud.publisher.publish import Publisher, PublishRules
from kiosk.cloud.publisher.reconcile import Watch, WatchRules
from kiosk.cloud.publisher.send import PortalClient, Route, SignedLine
from kiosk.cloud.wire.cards import PortalCard, PublisherCard
from kiosk.cloud.wire.keys import POINT_BYTES, KeyBox, bytes_of, derived
from kiosk.cloud.wire.links import CloudKeys
from kiosk.config import PublishSettings, Settings
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.ports.ledger import Ledger
from kiosk.services.audit import Audit
from kiosk.services.identity.pseudonyms import Pseudonyms

KEY_BYTES, SEED_BYTES = 32, 48
WORKERS, MEMORY_MIB = 2, 1024


@dataclass(frozen=True)
class PublisherKeys:
    """What a publisher alone has, both made of one secret: it signs requests, and opens study UIDs and escrow."""

    signer: Ed25519PrivateKey
    box: KeyBox

    @classmethod
    def of(cls, secret: bytes) -> PublisherKeys:
        """Always the same of the same secret."""
        signer = Ed25519PrivateKey.from_private_bytes(derived(secret, "publisher signer"))
        return cls(signer, KeyBox.of_seed(derived(secret, "publisher box", SEED_BYTES)))

    def card(self, name: str) -> PublisherCard:
        """The public halves."""
        return PublisherCard.of(name, self.signer.public_key(), self.box.public)


@dataclass(frozen=True)
class PublishingProgram:
    """Everything wired. `close` lets go of all of it."""

    publisher: Publisher
    watch: Watch
    listener: Listener
    client: PortalClient
    ledger: Ledger
    ris: Connected
    outbox: Outbox
    names: Pseudonyms
    workers: Workers

    def close(self) -> None:
        """See the class."""
        self.workers.close()
        self.client.close()
        self.ris.close()
        self.ris.archive.close()
        self.ledger.close()


def publisher_lock(settings: PublishSettings) -> InstanceLock:
    """What keeps a second publisher from starting on this state."""
    return InstanceLock(settings.state_dir / "running.lock")


def init_publisher(settings: PublishSettings) -> PublisherCard:
    """Its key, made where there is none, and its card beside it. Raises KioskError CONFIG_INVALID, DISK_FULL."""
    with disk(settings.state_dir):
        settings.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = _key_path(settings)
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(KEY_BYTES) + "\n")
        card = publisher_keys(settings).card(settings.name)
        (settings.state_dir / "publisher.json").write_text(card.written())
        if settings.portal_card.exists():
            portal = PortalCard.read(settings.portal_card)
            keys = CloudKeys(bytes_of(portal.portal, POINT_BYTES), bytes_of(card.box, POINT_BYTES))
            (settings.state_dir / "cloud-keys.json").write_text(keys.written())
    return card


def publisher_keys(settings: PublishSettings) -> PublisherKeys:
    """Read from its file. Raises KioskError CONFIG_INVALID."""
    path = _key_path(settings)
    try:
        if path.stat().st_mode & 0o077:
            raise KioskError(FaultCode.CONFIG_INVALID, f"{path} can be read by others; chmod 600")
        secret = bytes.fromhex(path.read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        raise KioskError(FaultCode.CONFIG_INVALID, f"{path}: no key; run kiosk publish init") from error
    if len(secret) != KEY_BYTES:
        raise KioskError(FaultCode.CONFIG_INVALID, f"{path}: the publisher's key has {KEY_BYTES} bytes")
    return PublisherKeys.of(secret)


def _key_path(settings: PublishSettings) -> Path:
    return settings.key_file or settings.state_dir / "publisher.key"


def build_publisher(settings: Settings) -> PublishingProgram:
    """Wire the publisher. Raises KioskError CONFIG_INVALID, STORE_UNAVAILABLE."""
    wanted = settings.publish
    keys, clock = publisher_keys(wanted), SystemClock(settings.hospital.time_zone)
    ledger = ledger_of(settings)
    archive = archive_of(settings, clock)
    ris = connected(settings, archive, Audit(ledger, wanted.name, clock), clock)
    names = Pseudonyms(pseudonym_key(settings.kiosk), ris.merges)
    workers = Workers(WORKERS, MEMORY_MIB, preload=PRELOAD)
    language = settings.screens.language
    rules = MakingRules(settings.hospital.name_in(language), language, keys.box.public, wanted.films)
    renderer = WorkshopRenderer(settings.hospital, settings.reports, workers)
    client = PortalClient(SignedLine(_route(settings, keys), _bandwidth(wanted, clock.now)))
    finder = Finder(ris.archive, ledger, names, settings.reports, clock.now)
    work = wanted.state_dir / "work"
    with disk(work):
        work.mkdir(parents=True, exist_ok=True, mode=0o700)
    outbox = Outbox(wanted.state_dir / "outbox")
    publisher = Publisher(
        ledger=ledger,
        finder=finder,
        maker=Maker(ris.archive, ris.reports, renderer, workers, rules),
        outbox=outbox,
        client=client,
        box=keys.box,
        rules=PublishRules(wanted.name, wanted.lease_s, wanted.waiting_s, wanted.again_s),
        work=work,
    )
    watch = Watch(
        archive=archive,
        ledger=ledger,
        finder=finder,
        publisher=publisher,
        box=keys.box,
        names=names,
        rules=WatchRules(wanted.find_days, wanted.watch_days, wanted.reconcile_at, wanted.state_dir / "lists"),
        now=clock.now,
    )
    listener = Listener(client, wanted.state_dir / "events.cursor", ledger.note_phone)
    return PublishingProgram(publisher, watch, listener, client, ledger, ris, outbox, names, workers)


def _route(settings: Settings, keys: PublisherKeys) -> Route:
    wanted, card = settings.publish, PortalCard.read(settings.publish.portal_card)
    return Route(card.origin, wanted.relay or card.origin, wanted.name, keys.signer, card.receipts,
                 wanted.ca_file, wanted.certificate)  # fmt: skip


def _bandwidth(wanted: PublishSettings, now: Callable[[], datetime]) -> Bandwidth:
    schedule = Schedule(wanted.kib_per_s, wanted.schedule)
    return Bandwidth(lambda: schedule.bytes_per_s(now()))
