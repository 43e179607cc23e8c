"""The cloud film service, composed: stores, gate, pages, and its keys."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy.engine import make_url
from starlette.types import ASGIApp

from kiosk.adapters.sandbox import Workers
from kiosk.adapters.sql.engine.store import Store
from kiosk.cloud.portal.app import PortalParts, application
from kiosk.cloud.portal.arrivals import Arrivals, ArrivalShelves, Identity, Sender
from kiosk.cloud.portal.films import Films
from kiosk.cloud.portal.gate import Gate
from kiosk.cloud.portal.guard import Guard
from kiosk.cloud.portal.media.zips import Archives
from kiosk.cloud.portal.pages import Pages
from kiosk.cloud.portal.shares import Shares
from kiosk.cloud.portal.stages import Stages
from kiosk.cloud.portal.store.bucket import BucketObjects
from kiosk.cloud.portal.store.disk import DiskObjects
from kiosk.cloud.portal.store.events import EventShelf
from kiosk.cloud.portal.store.exams import ExamShelf
from kiosk.cloud.portal.store.links import LinkShelf
from kiosk.cloud.portal.store.models import COUNTERS, PortalBase
from kiosk.cloud.portal.store.shares import ShareShelf
from kiosk.cloud.portal.wrapping import KEY_BYTES, KeyWrap, RawKey
from kiosk.cloud.wire.keys import KeyBox, bytes_of
from kiosk.config import PortalSettings, secret
from kiosk.ports.object_store import ObjectStore
from kiosk.web.counters import Counters

MINUTE_S = 60.0


@dataclass(frozen=True)
class PortalKeys:
    """What the portal alone has: it wraps shares and checks, is sealed to, and signs receipts."""

    wrap: KeyWrap
    identity: Identity

    @classmethod
    def fresh(cls) -> PortalKeys:
        """New ones, in memory."""
        return cls(RawKey(secrets.token_bytes(KEY_BYTES)), Identity(KeyBox.new(), Ed25519PrivateKey.generate()))


@dataclass(frozen=True)
class Portal:
    """The running parts."""

    app: ASGIApp
    links: LinkShelf
    events: EventShelf
    workers: Workers
    store: Store
    objects: ObjectStore
    gate: Gate
    arrivals: Arrivals

    def close(self) -> None:
        """Let go of the database and of the sandbox."""
        self.workers.close()
        self.store.close()


def portal_store(settings: PortalSettings, now: Callable[[], float] = time.time) -> Store:
    """The database, with its tables."""
    url = make_url(settings.database or f"sqlite:///{settings.state_dir / 'portal.db'}")
    password = secret(settings.database_password).get_secret_value()
    store = Store(url.set(password=password) if password else url, now)
    PortalBase.metadata.create_all(store.engine)
    return store


def portal_objects(settings: PortalSettings) -> ObjectStore:
    """A folder, or a bucket."""
    if not settings.bucket:
        return DiskObjects(settings.state_dir / "objects")
    options = {"region": settings.bucket_region, "access_key_id": secret(settings.bucket_key).get_secret_value(),
               "secret_access_key": secret(settings.bucket_secret).get_secret_value()}  # fmt: skip
    if settings.bucket_endpoint:
        options["endpoint"] = settings.bucket_endpoint
    plain = {"client_options": {"allow_http": True}} if settings.bucket_endpoint.startswith("http://") else {}
    return BucketObjects(settings.bucket, settings.bucket_prefix, **options, **plain)


def build_portal(settings: PortalSettings, keys: PortalKeys, now: Callable[[], float] = time.time) -> Portal:
    """All parts on the configured stores."""
    store, objects = portal_store(settings, now), portal_objects(settings)
    exams, links = ExamShelf(store), LinkShelf(store)
    gate = Gate(links, keys.wrap, settings.session_minutes * MINUTE_S)
    arrivals = Arrivals(
        hospitals=[
            Sender(one.name, {name: _public(key) for name, key in one.keys.items()}) for one in settings.hospitals
        ],
        identity=keys.identity,
        gate=gate,
        shelves=ArrivalShelves.of(store),
        objects=objects,
        now=lambda: datetime.fromtimestamp(now(), UTC),
    )
    films, events = Films(exams, objects), EventShelf(store)
    guard = Guard(gate, films, Pages(settings.origin.startswith("https:")), settings.origin)
    workers = Workers(2, preload=("kiosk.cloud.portal.media.decoding",))
    app = application(
        PortalParts(
            guard=guard,
            arrivals=arrivals,
            counters=Counters(store, COUNTERS),
            events=events,
            stages=Stages(links, events),
            shares=Shares(
                gate,
                links,
                ShareShelf(store, events),
                keys.wrap,
                settings.share_minutes * MINUTE_S,
                settings.viewing_minutes * MINUTE_S,
            ),
            archives=Archives(films, workers),
            retention_days=settings.retention_days,
        )
    )
    return Portal(app, links, events, workers, store, objects, gate, arrivals)


def _public(text: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(bytes_of(text, 32))
