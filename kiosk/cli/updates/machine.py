"""A machine's own updates: `kiosk fleet update`, which is root, and what it asks of the ledger as the user kiosk."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable
from dataclasses import asdict

from kiosk.bootstrap.fleet.updates import updates_of
from kiosk.cli.common import EXIT_OK, EXIT_RULE, EXIT_SERVICE, out_json
from kiosk.config import Settings
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.trail import EventKind, EventOutcome
from kiosk.domain.updates.rollouts import UpdateOutcome, turn_of
from kiosk.ports.ledger import Ledger
from kiosk.services.audit import Audit
from kiosk.services.updates.judging import Looked, UpdateStep

KINDS = {
    UpdateOutcome.TAKEN: (EventKind.UPDATE_TAKEN, EventOutcome.OK),
    UpdateOutcome.UNDONE: (EventKind.UPDATE_UNDONE, EventOutcome.FAILED),
    UpdateOutcome.REFUSED: (EventKind.UPDATE_REFUSED, EventOutcome.ALARM),
}


def update(args: argparse.Namespace, settings: Settings) -> int:
    """One look: settings first, since they may say where releases lie. Says what it came to."""
    if not args.config:
        raise KioskError(FaultCode.CONFIG_INVALID, "a machine's own kiosk.toml is wanted: --config")
    if not settings.fleet.source:
        return EXIT_OK
    both = updates_of(settings, args.config)
    return max(_look("settings", both.settings.look), _look("release", both.releases.look))


def _look(what: str, look: Callable[[], Looked]) -> int:
    try:
        looked = look()
    except OSError as error:
        logging.error("%s: nothing was changed: %s", what, error)
        return EXIT_SERVICE
    if looked.step is not UpdateStep.NOTHING or looked.why:
        print(f"{what}: {looked.step}{f': {looked.why}' if looked.why else ''}", file=sys.stderr)
    return EXIT_RULE if looked.step in (UpdateStep.UNDONE, UpdateStep.REFUSED) else EXIT_OK


def turn(device: str, ledger: Ledger) -> int:
    """Whether it may take a release now."""
    rollout = ledger.rollout()
    notes = ledger.update_notes(rollout.number) if rollout else []
    out_json(asdict(turn_of(device, rollout, ledger.devices(), notes)))
    return 0


def note(args: argparse.Namespace, device: str, ledger: Ledger, audit: Audit) -> int:
    """How it ended; the same word again, as of a bad signature at each look, is not told twice."""
    outcome = UpdateOutcome(args.outcome)
    before = [(one.outcome, one.said) for one in ledger.update_notes(args.number) if one.device == device]
    if before == [(outcome, args.said)]:
        return 0
    ledger.note_update(args.number, device, outcome, args.said)
    kind, how = KINDS[outcome]
    audit.record(kind, how, number=args.number, said=args.said)
    return 0
