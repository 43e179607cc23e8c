"""A kiosk without screens as a process of its own, for tests of what another program does to it.

python -m tests.support.resident CONFIG: wires the application, watches, says `ready`; then one line in, one line out:
`hold VISIT` (takes a visit's room and reserves a document, as a visit does before it prints; says the serial),
`state SERIAL`, `visit CODE ANSWER` (a whole visit; says its exit code), `end`.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.bootstrap import Application, Outlets, build, instance_lock
from kiosk.cli.common import quiet_logs
from kiosk.cli.visitor import Visitor, Wish
from kiosk.config import load
from kiosk.domain.sheets.printing import DocumentKind, Order
from kiosk.session.events import Event


def hold(application: Application, visit: str) -> str:
    application.services.rooms.of(visit).joinpath("page").write_text("a page")
    order = Order(f"document of {visit}", "subject", DocumentKind.REPORT, 1, 1)
    reservation = application.adapters.ledger.reserve(visit, application.settings.kiosk.id, order)
    assert reservation is not None
    return reservation.serial


def state(application: Application, serial: str) -> str:
    reservation = application.adapters.ledger.reservation(serial)
    assert reservation is not None
    page = (application.services.rooms.of(reservation.visit) / "page").exists()
    return f"{reservation.states[0]} {'page' if page else 'no page'}"


@dataclass
class Line:
    """Where the one application's events go: to the visitor of the moment."""

    outlets: Outlets = field(default_factory=Outlets)

    def post(self, event: Event) -> None:
        self.outlets.post(event)


LINE = Line()


def visit(application: Application, code: str, answer: str) -> str:
    def wire(outlets: Outlets) -> Application:
        LINE.outlets = outlets
        return application

    visitor = Visitor(wire, Wish(answer, reports=True), told=False)
    return f"{visitor.visit(code, None)} {visitor.record.outcome}"


def main(config: str) -> None:
    quiet_logs()
    settings = load(Path(config))
    lock = instance_lock(settings)
    lock.take()
    application = build(settings, Outlets(LINE.post))
    application.watch()
    application.services.rooms.of("first")
    print("ready", flush=True)
    works = {"hold": hold, "state": state, "visit": visit}
    for line in sys.stdin:
        name, *arguments = line.split()
        if name == "end":
            break
        print(works[name](application, *arguments), flush=True)
    application.close()


if __name__ == "__main__":
    main(sys.argv[1])
