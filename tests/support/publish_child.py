"""A publisher in a process of its own, which ends itself by SIGKILL at a named point or after a time."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk.adapters.sql import SqlLedger
from kiosk.cloud.publisher.outbox import Outbox
from kiosk.cloud.publisher.seal import Parcel
from kiosk.cloud.publisher.send import SignedLine
from kiosk.cloud.wire.keys import KeyBox
from tests.support.portal import Portal
from tests.support.publishing import Hospital1

POINTS = {
    "leased": (SqlLedger, "lease", 1, "after"),
    "version begun": (SqlLedger, "begin_version", 1, "after"),
    "half made": (Parcel, "add", 6, "after"),
    "made, not kept": (Outbox, "keep", 1, "before"),
    "packed": (Outbox, "keep", 1, "after"),
    "first segment sent": (SignedLine, "ask", "/v1/segments/", "after"),
    "in the midst of a segment": (SignedLine, "ask", "/v1/segments/", "during"),
    "all segments sent": (SignedLine, "ask", "/v1/exams", "before"),
    "envelope under way": (SignedLine, "ask", "/v1/exams", "during"),
    "at the portal": (SignedLine, "ask", "/v1/exams", "after"),
    "online in the ledger": (SqlLedger, "published", 1, "after"),
    "keys noted": (SqlLedger, "sealed_for", 1, "after"),
    "link told": (SignedLine, "ask", "/v1/links", "after"),
    "link noted": (SqlLedger, "link_told", 1, "after"),
}
IN_FLIGHT_S = 0.003


class InProcess:
    """In place of the sandbox: kills are about what is durable, and a worker's start would be most of a run."""

    def call(self, function: Callable[..., Any], *args: Any, **_: Any) -> Any:
        """Here."""
        return function(*args)

    def wipe(self) -> None:
        """Nothing to forget."""

    def close(self) -> None:
        """Nothing to end."""


def die() -> None:
    """As a power cut would end it."""
    os.kill(os.getpid(), signal.SIGKILL)


def arm(point: str) -> None:
    """Die there."""
    owner, name, which, when = POINTS[point]
    real: Callable[..., Any] = getattr(owner, name)
    calls = [0]

    def wrapped(self: Any, *args: Any, **kwargs: Any) -> Any:
        calls[0] += 1
        meant = calls[0] == which if isinstance(which, int) else str(args[1]).startswith(which)
        if meant and isinstance(which, str) and args[0] != "PUT":
            meant = False
        if meant and when == "before":
            die()
        if meant and when == "during":
            threading.Timer(IN_FLIGHT_S, die).start()
        done = real(self, *args, **kwargs)
        if meant and when in ("after", "during"):
            die()
        return done

    setattr(owner, name, wrapped)


def scene(portal: Portal, box: KeyBox) -> str:
    """What a child has to know, as JSON."""
    return json.dumps({
        "origin": portal.origin,
        "portal": portal.identity.box.public.hex(),
        "receipts": portal.identity.signer.public_key().public_bytes_raw().hex(),
        "key": portal.key.private_bytes_raw().hex(),
        "box": box.private.private_numbers().private_value,
    })  # fmt: skip


def hospital(folder: Path, told: dict[str, Any], pool: Any, name: str) -> Hospital1:
    """The same hospital as the parent's."""
    from cryptography.hazmat.primitives.asymmetric import ec

    signer = Ed25519PublicKey.from_public_bytes(bytes.fromhex(told["receipts"]))
    far = SimpleNamespace(
        origin=told["origin"],
        key=Ed25519PrivateKey.from_private_bytes(bytes.fromhex(told["key"])),
        identity=SimpleNamespace(
            box=SimpleNamespace(public=bytes.fromhex(told["portal"])),
            signer=SimpleNamespace(public_key=lambda: signer),
        ),
    )
    box = KeyBox(ec.derive_private_key(int(told["box"]), ec.SECP256R1()))
    return Hospital1(folder, far, pool, name=name, box=box)  # type: ignore[arg-type]


def main(folder: str, told: str, point: str, name: str) -> None:
    """Publish all there is; `point`: a name, seconds, or nothing."""
    if point in POINTS:
        arm(point)
    elif point:
        timer = threading.Timer(float(point), die)
        timer.daemon = True
        timer.start()
    own = hospital(Path(folder), json.loads(told), InProcess(), name)
    publisher = own.publisher()
    publisher.begin()
    publisher.tell_links()
    while publisher.once():
        pass
    own.close()
