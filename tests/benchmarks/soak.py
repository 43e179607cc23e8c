"""What stays of a visit: the kiosk's memory over many visits through the real screens.

python -m tests.benchmarks.soak [VISITS]: the sample hospital, the held slip read by the real eye, every visit with scan
page and camera picture, question, list, preview, QR code, film page, printed report, farewell; every tenth goes by the
desk's log-in, every tenth ends in trouble. Waits for people and paper are cut to nothing, nothing else is.
A line each fifty visits (SOAK_EVERY): resident memory of the screens' process, what the C library's heaps hold of it,
Python's objects, items in the scene, threads, open files, what is left in the private folder. The first line's visits
warm up. Stopped by hand (SIGINT) it says what the visits so far have left.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

from tests.support import heaps

EVERY = int(os.environ.get("SOAK_EVERY", "50"))
MIB = 1 << 20
SLIPS = ("wang-ct", "baby-dr", "smith-us")


def main() -> int:
    """The table; 1 where the memory grew by more than 50 MiB in a thousand visits."""
    visits = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    from kiosk import sample
    from ui.pictures import headless
    from ui.window import application

    made = sample.prepare(sample.home())
    application()
    with headless.fresh(sample.home()) as settings, tempfile.TemporaryDirectory() as out:
        one = headless.Tour(made, quick(settings), Path(out))
        try:
            used = walk(one, visits)
        finally:
            one.close()
    counted, first, last = EVERY * (len(used) - 1), used[0], used[-1]
    grown = 1000 * (last - first) / max(1, counted)
    print(f"{counted} visits after the first {EVERY}: {first:.0f} -> {last:.0f} MiB, {grown:+.1f} MiB a thousand")
    return 0 if grown <= 50 else 1


def quick(settings):  # type: ignore[no-untyped-def]
    """Nobody waits for paper or for the even answer; a report may be printed as often as one likes."""
    parts = {
        "identity": settings.identity.model_copy(update={"uniform_ms": 0}),
        "reports": settings.reports.model_copy(update={"copies": 1_000_000}),
        "printers": settings.printers.model_copy(update={
            kind: getattr(settings.printers, kind).model_copy(update={"seconds_per_sheet": 0.0})
            for kind in ("report", "film")}),
    }  # fmt: skip
    return settings.model_copy(update=parts)


def walk(one, visits: int) -> list[float]:  # type: ignore[no-untyped-def]
    """All visits; MiB after each fifty."""
    used: list[float] = []
    began = time.monotonic()
    print("visits   MiB  heaps  objects  items  threads  files  rooms  minutes")
    with contextlib.suppress(KeyboardInterrupt):
        for number in range(1, visits + 1):
            if number % 10 == 0:
                desk(one)
            visit(one, SLIPS[number % len(SLIPS)], trouble=number % 10 == 5)
            if number % EVERY == 0:
                used.append(told(one, number, (time.monotonic() - began) / 60))
    return used


def visit(one, slip: str, trouble: bool) -> None:  # type: ignore[no-untyped-def]
    """From attract to attract."""
    fault = one.settings.printers.report.path / "faults" / "media-empty"
    one.comes("attract")
    one.act("begin")
    one.comes("scan")
    one.proves(slip)
    body = one.comes("list", lambda body: not body["loading"])
    one.act("set-language")
    one.act("preview", body["cards"][0]["id"])
    one.comes("preview", lambda body: not body["loading"])
    one.act("back")
    one.act("show-qr")
    one.comes("qr", lambda body: bool(body["matrix"]))
    one.act("back")
    one.act("ask-film")
    one.comes("film")
    one.act("back")
    one.comes("list")
    if trouble:
        fault.parent.mkdir(parents=True, exist_ok=True)
        fault.touch()
    one.act("print-reports")
    one.comes("trouble" if trouble else "done")
    fault.unlink(missing_ok=True)
    one.act("finish")
    one.comes("attract")
    for pdf in one.settings.printers.report.path.glob("*.pdf"):
        pdf.unlink()


def desk(one) -> None:  # type: ignore[no-untyped-def]
    """A nurse looks at the log."""
    from kiosk import sample

    name, pin, _ = sample.SAMPLE_STAFF[1]
    one.comes("attract")
    one.act("staff-gesture")
    one.comes("staff")
    one.act("staff-login", {"name": name, "pin": pin})
    one.comes("staff", lambda body: body["panel"] == "worklist" and not body["busy"])
    one.act("staff-panel", "log")
    one.comes("staff", lambda body: body["panel"] == "log" and not body["busy"])
    one.act("finish")


def told(one, number: int, minutes: float) -> float:  # type: ignore[no-untyped-def]
    """One line; MiB resident."""
    live = heaps.live() / MIB
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    used = pages * os.sysconf("SC_PAGE_SIZE") / MIB
    rooms = len(list(one.application.services.rooms._parent().iterdir()))
    print(f"{number:6} {used:5.0f} {live:6.1f} {len(gc.get_objects()):8} {items(one.window.contentItem()):6}"
          f" {threading.active_count():8} {len(list(Path('/proc/self/fd').iterdir())):6} {rooms:6} {minutes:8.1f}",
          flush=True)  # fmt: skip
    return used


def items(item) -> int:  # type: ignore[no-untyped-def]
    """Items in the scene below this one."""
    return 1 + sum(items(child) for child in item.childItems())


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("QT_QUICK_BACKEND", "software")
    sys.exit(main())
