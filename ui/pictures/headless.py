"""The demonstration without a display: a scripted visit through the real screens, a picture of each, the printed PDFs.

The slip is held before the camera adapter and read as in the lobby; what is touched is sent as the screens send it.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import shiboken6
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtGui import QImage

from kiosk import sample
from kiosk.bootstrap import Outlets, build
from kiosk.config import Settings
from kiosk.domain.faults import FaultCode
from kiosk.domain.health import Health
from kiosk.domain.person.identity import Question
from kiosk.sample_cloud import SampleCloud
from kiosk.sample_desk import SampleDesk
from kiosk.services.machine.supervisor import health_of
from kiosk.session.events import Claimed, Event, HealthKnown
from kiosk.words import SOURCE
from ui.app import LANDSCAPE, PORTRAIT, first_view
from ui.bridge import Bridge
from ui.mailbox import CameraFeed
from ui.pictures import desk as desk_pictures
from ui.pictures import portal
from ui.pictures.chromium import BrowserError, chromium
from ui.timers import QtTimers
from ui.window import application as qt_application
from ui.window import open_window

TURN_S = 0.02
PATIENCE = 6000
"""Turns of the event loop in which nothing goes on: no work of the kiosk's runs, and the screen stays as it was. A
machine that is held up makes no turns, so a wait ends by what does not happen and never by the clock."""
SIZES = {"portrait": PORTRAIT, "landscape": LANDSCAPE}
SHEET_S = 0.6


class Tour:
    """One kiosk, its window, and a hand that touches it."""

    def __init__(self, made: sample.Sample, settings: Settings, out: Path) -> None:
        self.slips = {slip.picture.stem: slip for slip in made.slips}
        self.settings, self._out, self._count = settings, out, 0
        self._held: list[Event] | None = None
        self._door = threading.Lock()
        view, texts = first_view(settings)
        self.bridge = Bridge(settings, view, texts)
        self.application = build(settings, Outlets(self._deliver))
        assert self.application.eye is not None  # noqa: S101 - the sample's camera is the held slip
        self.eye = self.application.eye
        self.bridge.equip(CameraFeed(self.eye, self.bridge), None)
        self._qml, self.window = open_window(self.bridge, *PORTRAIT)
        self.window.show()
        self.engine = self.application.engine(QtTimers(self.bridge), self.bridge.refresh)
        self.bridge.attach(self.engine, self.application.rules.parse_typed)
        self.eye.open()
        self.eye.ask()
        self.engine.handle(HealthKnown(health_of(self.application.supervisor.check())))

    def close(self) -> None:
        """Let go of everything."""
        self.window.close()
        shiboken6.delete(self._qml)
        self.application.close()

    # --- the hand -----------------------------------------------------------------------------------------------
    def act(self, action: str, value: Any = "") -> None:
        """Touch a button."""
        self.bridge.act(action, value)

    def hold(self, slip: str | None) -> None:
        """Hold a slip before the camera."""
        self.eye.hold(self.slips[slip].picture if slip else None)

    def comes(self, screen: str, when: Callable[[dict[str, Any]], bool] = lambda body: True) -> dict[str, Any]:
        """Wait for a screen; returns its body. Raises TimeoutError where nothing goes on any more."""
        idle, before = 0, self.bridge.view
        while idle < PATIENCE:
            settle(TURN_S)
            view = self.bridge.view
            if view["screen"] == screen and when(view["body"]):
                return dict(view["body"])
            goes_on = view != before or self.application.lanes.busy()
            idle, before = 0 if goes_on else idle + 1, view
        raise TimeoutError(f"waited for {screen}, still {self.bridge.view['screen']}: {self.bridge.view['headline']}")

    def _deliver(self, event: Event) -> None:
        """Of any thread. What the archive says about a code waits while its picture is taken."""
        with self._door:
            if self._held is not None and isinstance(event, Claimed):
                self._held.append(event)
                return
        self.bridge.deliver(event)

    @contextmanager
    def before_the_answer(self) -> Iterator[None]:
        """The slip is read, and its exam is being looked for, until this ends."""
        self._held = []
        yield
        with self._door:
            held, self._held = self._held, None
        for event in held or ():
            self.bridge.deliver(event)

    def picture(self, name: str, again: Callable[[], None] = lambda: None) -> None:
        """A picture in both orientations and both languages; `again` before each."""
        self._count += 1
        for language in (self.settings.screens.language, SOURCE):
            self.engine.choose(language=language)
            for orientation, (width, height) in SIZES.items():
                self.window.resize(width, height)
                again()
                file = self._out / f"{self._count:02d}-{name}-{orientation}-{language}.png"
                self.still().save(str(file))
        self.engine.choose(language=self.settings.screens.language)
        self.window.resize(*PORTRAIT)
        settle(0.05)

    def still(self) -> QImage:
        """The window's picture once nothing moves in it any more; the camera's picture may."""
        settle(0.15)
        before = self.window.grabWindow()
        for _ in range(8):
            settle(0.1)
            now = self.window.grabWindow()
            if now == before:
                break
            before = now
        return before

    def proves(self, slip: str) -> None:
        """Scan and answer."""
        self.hold(slip)
        self.comes("confirm")
        self.hold(None)
        self.act("answer", self.slips[slip].answer)
        self.comes("list", lambda body: not body["loading"])


class Story:
    """What the tour shows, in its order: a visit with everything, a fault, the desk, a closed kiosk."""

    def __init__(self, tour: Tour) -> None:
        self._tour = tour

    def patient(self) -> None:
        """A visit with everything: preview, QR, film with reason, printing, farewell."""
        self._tour.comes("attract")
        self._tour.picture("attract")
        self._tour.act("type-number")
        self._tour.comes("scan", lambda body: body["typing"])
        self._tour.picture("number")
        self._tour.act("scan-instead")
        with self._tour.before_the_answer():
            self._tour.hold("wang-ct")
            self._tour.comes("scan", lambda body: body["looking"])
            self._tour.picture("scan")
        self._tour.comes("confirm")
        self._tour.picture("confirm")
        self._tour.hold(None)
        self._tour.act("answer", self._tour.slips["wang-ct"].answer)
        body = self._tour.comes("list", lambda body: not body["loading"])
        self._tour.picture("list")
        self._other_forms("list")
        self._tour.act("preview", body["cards"][0]["id"])
        self._tour.comes("preview", lambda body: not body["loading"])
        self._tour.picture("preview")
        self._tour.act("back")
        self._tour.act("show-qr")
        self._tour.comes("qr", lambda body: bool(body["matrix"]))
        self._tour.picture("qr")
        self._tour.act("back")
        self._tour.act("ask-film")
        self._tour.comes("film")
        self._tour.act("choose-reason", "other-hospital")
        self._tour.picture("film")
        self._tour.act("print-film")
        self._tour.comes("printing", lambda body: body["done"] > 0)
        self._tour.picture("printing")
        self._tour.comes("done")
        self._tour.picture("done")
        self._tour.act("finish")
        self._tour.comes("attract")

    def _other_forms(self, name: str) -> None:
        """The same screen in large type, in the theme of high contrast, and while nobody touches it."""
        self._tour.engine.choose(large=True)
        self._tour.picture(f"{name}-large")
        self._tour.engine.choose(large=False)
        self._tour.engine.choose(contrast=True)
        self._tour.picture(f"{name}-contrast")
        self._tour.engine.choose(contrast=False)
        self._tour.picture("still-there", self._forget)
        self._tour.act("touch")

    def _forget(self) -> None:
        """As when the time before "still there?" has run out."""
        self._tour.engine.warning = True
        self._tour.bridge.refresh()

    def trouble(self) -> None:
        """The printer is out of paper."""
        fault = self._tour.settings.printers.report.path / "faults" / "media-empty"
        fault.parent.mkdir(parents=True, exist_ok=True)
        self._tour.proves("baby-dr")
        fault.touch()
        self._tour.act("print-reports")
        self._tour.comes("trouble")
        self._tour.picture("trouble")
        fault.unlink()
        self._tour.act("finish")
        self._tour.comes("attract")

    def staff(self) -> None:
        """The desk: log-in, worklist, printers, log."""
        name, pin, _ = sample.SAMPLE_STAFF[1]
        self._tour.act("staff-gesture")
        self._tour.comes("staff")
        self._tour.picture("staff-login")
        self._tour.act("staff-login", {"name": name, "pin": pin})
        self._tour.comes("staff", lambda body: body["panel"] == "worklist" and not body["busy"])
        self._tour.act("staff-do", {"action": "search", "params": {"query": self._tour.slips["wang-ct"].code}})
        found = self._tour.comes("staff", lambda body: not body["busy"] and bool(body["data"].get("found")))
        self._tour.act("staff-do", {"action": "select", "params": {"study": found["data"]["found"][0]["id"]}})
        self._tour.comes("staff", lambda body: body["panel"] == "patient" and not body["busy"])
        self._tour.picture("staff-patient")
        for panel in ("printers", "log"):
            self._tour.act("staff-panel", panel)
            self._tour.comes("staff", lambda body, panel=panel: body["panel"] == panel and not body["busy"])  # type: ignore[misc]
            self._tour.picture(f"staff-{panel}")
        self._tour.act("finish")
        self._tour.comes("attract")

    def closed(self) -> None:
        """The archive is gone."""
        self._tour.engine.handle(HealthKnown(Health(archive=FaultCode.ARCHIVE_UNREACHABLE)))
        self._tour.comes("closed")
        self._tour.picture("closed")


def settle(seconds: float) -> None:
    """Let Qt work: in a loop of its own, since only there screens that have left are destroyed."""
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()


@contextmanager
def fresh(folder: Path) -> Iterator[Settings]:
    """The sample's settings with a ledger and trays of their own, so that the tour tells the same story each time."""
    settings = sample.settings_for(folder)
    with tempfile.TemporaryDirectory(prefix="kiosk-tour-") as home:
        one = {
            kind: getattr(settings.printers, kind).model_copy(
                update={"path": Path(home) / kind, "seconds_per_sheet": SHEET_S})
            for kind in ("report", "film")
        }  # fmt: skip
        kiosk = settings.kiosk.model_copy(update={"state_dir": Path(home) / "state"})
        screens = settings.screens.model_copy(update={"idle_s": 600.0, "sound": 0.0, "reduce_motion": True})
        update = {"kiosk": kiosk, "printers": settings.printers.model_copy(update=one), "screens": screens}
        changed = settings.model_copy(update=update)
        changed.kiosk.state_dir.mkdir(mode=0o700)
        sample.seed(changed, sample.load_made(folder))
        yield changed


def tour(out: Path, serve: bool = False, lan: bool = False) -> int:
    """The whole tour into `out`, beside its cloud, which with `serve` stays up until interrupted; returns 0."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("QT_QUICK_BACKEND", "software")
    out.mkdir(parents=True, exist_ok=True)
    for old in (*out.glob("*.png"), *out.glob("*.pdf")):
        old.unlink()
    print("Making the sample hospital (once, under a minute) …", flush=True)
    made = sample.prepare(sample.home())
    keep = qt_application()
    with fresh(sample.home()) as own, SampleCloud(own, own.kiosk.state_dir.parent / "cloud", lan) as cloud:
        settings = cloud.settings
        one = Tour(made, settings, out)
        story = Story(one)
        try:
            for part in (story.patient, story.trouble, story.staff, story.closed):
                print(f"  {part.__doc__}", flush=True)
                part()
        finally:
            one.close()
        for kind in ("report", "film"):
            for number, pdf in enumerate(sorted((settings.printers.report.path.parent / kind).glob("*.pdf")), 1):
                shutil.copy(pdf, out / f"{kind}-{number}.pdf")
        print(told(out))
        del keep
        show(cloud, made, out)
        with SampleDesk(settings, own.kiosk.state_dir.parent / "desk") as desk:
            show_desk(desk, out)
            if serve:
                print("The cloud film and the desk are open until Ctrl+C.", flush=True)
                until_interrupted()
    return 0


def show(cloud: SampleCloud, made: sample.Sample, out: Path) -> None:
    """A visit that asks for the QR; `cloud.json` tells where its link leads and what opens it."""
    slip = next(one for one in made.slips if one.question == Question.ID_LAST_SIX)
    visit = cloud.visit(slip.code, slip.answer)
    link = visit["link"]["url"]
    while any(cloud.status()["states"].get(state) for state in ("queued", "uploading")):
        time.sleep(1.0)
    told = {"portal": cloud.origin, "link": link, "answer": slip.answer, "share_question": str(Question.ID_LAST_SIX)}
    (out / "cloud.json").write_text(json.dumps(told, indent=1) + "\n")
    if chromium():
        try:
            count = portal.tour(cloud.origin, link, slip.answer, out / "portal")
            print(f"  {count} pictures of the cloud film in {out / 'portal'}", flush=True)
        except BrowserError as error:  # the visit itself is shown all the same
            print(f"  no more pictures of the cloud film: {error}", flush=True)
    print(f"The cloud film: {link}\n  answer {slip.answer} ({out / 'cloud.json'})", flush=True)


def show_desk(desk: SampleDesk, out: Path) -> None:
    """Every view of the staff's desk in the browser, and where it is."""
    origin, (name, pin, _) = desk.ready(), sample.SAMPLE_STAFF[1]
    if chromium():
        try:
            count = desk_pictures.tour(origin, name, pin, out / "desk")
            print(f"  {count} pictures of the desk in {out / 'desk'}", flush=True)
        except BrowserError as error:  # the desk itself is shown all the same
            print(f"  no more pictures of the desk: {error}", flush=True)
    print(f"The desk: {origin}\n  {accounts()}", flush=True)


def accounts() -> str:
    """The sample's staff, to log in with."""
    return " or ".join(f"{name} / {pin}" for name, pin, _ in sample.SAMPLE_STAFF)


def until_interrupted() -> None:
    """Until SIGINT or SIGTERM."""
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    while not over.wait(1.0):
        pass


def told(out: Path) -> str:
    """What was made, and where."""
    pictures, films, reports = (sorted(out.glob(what)) for what in ("*.png", "film-*.pdf", "report-*.pdf"))
    lines = [
        f"Made in {out.resolve()}:",
        f"  {len(pictures)} pictures of the screens, upright and wide, Chinese and English ({pictures[0].name} …)",
        f"  {len(reports)} printed reports ({', '.join(file.name for file in reports)})",
        f"  {len(films)} printed film sheets ({', '.join(file.name for file in films)})",
    ]
    return "\n".join(lines)
