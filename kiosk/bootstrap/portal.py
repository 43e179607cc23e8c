"""The cloud film service, composed: stores, gate, pages, and its keys."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy.engine import make_url
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from kiosk.adapters.sandbox import Workers
from kiosk.adapters.sql.engine.store import Store
from kiosk.bootstrap.portal_keys import PortalKeys
from kiosk.cloud.portal.app import PortalParts, application, routes_of
from kiosk.cloud.portal.arrivals import Arrivals, ArrivalShelves, Sender
from kiosk.cloud.portal.films import Films
from kiosk.cloud.portal.gate import Gate
from kiosk.cloud.portal.guard import Guard
from kiosk.cloud.portal.media.zips import Archives
from kiosk.cloud.portal.pages import Pages
from kiosk.cloud.portal.retention import DAY_S, Retention, Shelves
from kiosk.cloud.portal.shares import Shares
from kiosk.cloud.portal.stages import Stages
from kiosk.cloud.portal.store.bucket import BucketObjects
from kiosk.cloud.portal.store.disk import DiskObjects
from kiosk.cloud.portal.store.events import EventShelf
from kiosk.cloud.portal.store.exams import ExamShelf
from kiosk.cloud.portal.store.links import LinkShelf
from kiosk.cloud.portal.store.models import COUNTERS
from kiosk.cloud.portal.store.opening import prepare
from kiosk.cloud.portal.store.segments import SegmentShelf
from kiosk.cloud.portal.store.shares import ShareShelf
from kiosk.cloud.wire.keys import bytes_of
from kiosk.config import PortalSettings, secret
from kiosk.domain.faults import KioskError
from kiosk.ports.object_store import ObjectStore
from kiosk.web.counters import Counters

MINUTE_S = 60.0
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Portal:
    """The running parts."""

    app: ASGIApp
    routes: list[BaseRoute]
    links: LinkShelf
    events: EventShelf
    workers: Workers
    store: Store
    objects: ObjectStore
    gate: Gate
    arrivals: Arrivals
    retention: Retention

    def purge_or_warn(self) -> None:
        """Take away what is over; a store that is away now is tried again next time."""
        try:
            self.retention.purge()
        except KioskError as error:
            log.warning("nothing purged: %s", error)

    def close(self) -> None:
        """Let go of the database and of the sandbox."""
        self.workers.close()
        self.store.close()


def portal_store(settings: PortalSettings, now: Callable[[], float] = time.time) -> Store:
    """The database, with its tables."""
    url = make_url(settings.database or f"sqlite:///{settings.state_dir / 'portal.db'}")
    password = secret(settings.database_password).get_secret_value()
    store = Store(url.set(password=password) if password else url, now)
    prepare(store)
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
    brought = ArrivalShelves.of(store)
    arrivals = Arrivals(
        hospitals=[
            Sender(one.name, {name: _public(key) for name, key in one.keys.items()}) for one in settings.hospitals
        ],
        identity=keys.identity,
        gate=gate,
        shelves=brought,
        objects=objects,
        now=lambda: datetime.fromtimestamp(now(), UTC),
    )
    films, events, counters = Films(exams, objects), EventShelf(store), Counters(store, COUNTERS)
    guard = Guard(gate, films, Pages(settings.origin.startswith("https:")), settings.origin)
    workers = Workers(2, preload=("kiosk.cloud.portal.media.decoding",))
    routes = routes_of(
        PortalParts(
            guard=guard,
            arrivals=arrivals,
            counters=counters,
            events=events,
            stages=Stages(links, events),
            progress=brought.progress,
            papers=brought.papers,
            titles={one.name: one.title for one in settings.hospitals},
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
    app = application(routes, guard.pages)
    shelves = Shelves(links, exams, SegmentShelf(store), events)
    retention = Retention(store, shelves, objects, counters.sweep, keep_s=settings.retention_days * DAY_S,
                          events_s=settings.event_days * DAY_S)  # fmt: skip
    return Portal(app, routes, links, events, workers, store, objects, gate, arrivals, retention)


def _public(text: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(bytes_of(text, 32))
