"""What is around the screens: threads, keys, timers, tones, the watchdog, and the interpreter's own objects."""

from __future__ import annotations

import array
import io
import socket
import sys
import threading
import wave
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QObject, QSize, QThread
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest

from assets import make_sounds
from kiosk import sample
from kiosk.config import Settings
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.domain.health import Health
from kiosk.session import events as on
from tests.ui import geometry as geo
from tests.ui.hand import PORTRAIT, texts, touch
from ui import app, guards, singletons, starts, watchdog
from ui.app import Wiring, run
from ui.drawings import Drawings
from ui.pictures.gallery import Stage
from ui.sounds import Tones, quieter
from ui.timers import QtTimers
from ui.tray import Tray, TraySlip, TrayWords
from ui.window import application


def wait_for(condition: object, tries: int = 400) -> None:
    """Turn the event loop until it holds."""
    for _ in range(tries):
        if condition():  # type: ignore[operator]
            return
        QTest.qWait(5)
    raise AssertionError("did not happen")


def test_an_event_of_any_thread_is_handled_on_the_gui_thread(light: Stage) -> None:
    seen: list[QThread] = []
    light.engine.told.clear()
    kept, light.engine.handle = light.engine.handle, lambda event: seen.append(QThread.currentThread())
    worker = threading.Thread(target=lambda: light.bridge.deliver(on.HealthKnown(Health())))
    worker.start()
    worker.join()
    assert seen == []
    wait_for(lambda: seen)
    light.engine.handle = kept
    assert seen == [application().thread()]


def test_what_nobody_caught_ends_the_visit_in_trouble(light: Stage) -> None:
    light.show("list", PORTRAIT)
    light.engine.told.clear()
    hooks = sys.excepthook, threading.excepthook
    guards.guard_exceptions(light.bridge.break_down)
    try:
        worker = threading.Thread(target=lambda: 1 / 0)
        worker.start()
        worker.join()
        wait_for(lambda: light.engine.told)
    finally:
        sys.excepthook, threading.excepthook = hooks
    assert light.engine.told == [on.WorkFailed("sample", FaultCode.INTERNAL)]


def test_a_touch_anywhere_keeps_the_visit_but_not_through_the_question_whether_somebody_is_there(light: Stage) -> None:
    light.show("list", PORTRAIT)
    light.engine.told.clear()
    light.bridge.touched()
    assert light.engine.told == [on.Touch()]
    light.show("list+warning", PORTRAIT)
    light.engine.told.clear()
    light.bridge.touched()
    assert light.engine.told == []


def test_the_hospital_is_made_on_another_thread_before_the_kiosk_is_built(light: Stage) -> None:
    threads: list[threading.Thread] = []
    built: list[threading.Thread] = []
    for fault, wanted in ((None, FaultCode.CONFIG_INVALID), (OSError(28, "no space"), FaultCode.STORE_UNAVAILABLE)):

        def prepare(fault: OSError | None = fault) -> None:
            threads.append(threading.current_thread())
            if fault:
                raise fault

        def build(deliver: object, play: object) -> Wiring:
            built.append(threading.current_thread())
            raise KioskError(FaultCode.CONFIG_INVALID, "nothing to build here")

        with pytest.raises(KioskError) as ended:
            run(Settings(), build, windowed=True, prepare=prepare)
        assert ended.value.code is wanted
    assert built == [threading.main_thread()]
    assert threading.main_thread() not in threads and len(threads) == 2


def test_the_ring_of_time_starts_anew_with_every_touch(light: Stage) -> None:
    light.show("list", PORTRAIT)
    before = light.bridge.property("armed")
    touch(light, "pick:1.2.1")
    assert light.bridge.property("armed") > before


def test_a_timer_calls_once_unless_it_was_cancelled(light: Stage) -> None:
    timers, called = QtTimers(light.bridge), []
    cancel = timers.after(0.01, lambda: called.append("cancelled"))
    timers.after(0.02, lambda: called.append("kept"))
    cancel()
    cancel()
    wait_for(lambda: called)
    QTest.qWait(30)
    assert called == ["kept"]


def test_a_timer_that_has_fired_can_still_be_cancelled(light: Stage) -> None:
    called: list[int] = []
    cancel = QtTimers(light.bridge).after(0, lambda: called.append(1))
    wait_for(lambda: called)
    QTest.qWait(10)
    cancel()
    assert called == [1]


def test_the_tones_are_the_scripts(tmp_path: Path) -> None:
    make_sounds.write(tmp_path)
    shipped = Path(make_sounds.__file__).parent / "sounds"
    for name in make_sounds.TONES:
        assert (tmp_path / f"{name}.wav").read_bytes() == (shipped / f"{name}.wav").read_bytes()


def samples_of(data: bytes) -> array.array[int]:
    """The samples of a WAV file in memory."""
    with wave.open(io.BytesIO(data)) as file:
        return array.array("h", file.readframes(file.getnframes()))


def test_the_volume_scales_the_samples(tmp_path: Path) -> None:
    make_sounds.write(tmp_path)
    file = tmp_path / "good-read.wav"
    loud, half = samples_of(file.read_bytes()), samples_of(quieter(file, 0.5))
    assert len(loud) == len(half)
    assert max(half) == pytest.approx(max(loud) / 2, abs=1)


def test_without_a_player_or_volume_the_kiosk_is_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_sounds.write(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    for volume in (0.0, 0.7):
        tones = Tones(tmp_path, volume)
        tones.play("good-read")
        tones.close()


def test_a_tone_reaches_the_player(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_sounds.write(tmp_path)
    heard, player = tmp_path / "heard", tmp_path / "aplay"
    player.write_text(f"#!/bin/sh\nexec /bin/cat > {heard}\n", encoding="utf-8")
    player.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    tones = Tones(tmp_path, 1.0)
    tones.play("paper-ready")
    wait_for(lambda: heard.exists() and heard.stat().st_size == (tmp_path / "paper-ready.wav").stat().st_size)
    tones.close()


def test_the_service_manager_hears_the_watchdog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "10000000")
        monkeypatch.delenv("WATCHDOG_PID", raising=False)
        assert watchdog.notify("WATCHDOG=1")
        assert manager.recv(64) == b"WATCHDOG=1"
    assert watchdog.interval_s() == 5
    monkeypatch.setenv("WATCHDOG_PID", "1")
    assert watchdog.interval_s() == 0
    monkeypatch.delenv("NOTIFY_SOCKET")
    assert not watchdog.notify("READY=1")


def test_the_service_manager_hears_once_whether_somebody_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        occupation = watchdog.Occupation()
        for busy in (False, False, True, True, False):
            occupation.tell(busy)
        heard = [manager.recv(64).decode() for _ in range(3)]
    assert heard == ["STATUS=free", "STATUS=busy: somebody is at the kiosk", "STATUS=free"]


def test_none_outlives_any_number_of_calls_into_qt() -> None:
    """PySide6 6.12 on Python 3.11 drops one reference a call; without the pin the interpreter dies of it."""
    singletons.pin()
    item = QObject()
    for _ in range(50_000):
        item.setObjectName("x")
    assert sys.getrefcount(None) > 1_000_000


def test_pinning_twice_adds_nothing() -> None:
    singletons.pin()
    before = sys.getrefcount(None)
    singletons.pin()
    assert abs(sys.getrefcount(None) - before) < 1000


def test_drawings_never_fail(tmp_path: Path) -> None:
    from kiosk.words import assets

    drawings = Drawings(assets() / "icons")
    for name in (
        "check?color=%23ff0000&weight=3",
        "ring?left=0.25&color=%23000000",
        "beam?color=%2380ffffff",
        "nothing",
        "",
    ):
        assert not drawings.requestImage(name, QSize(), QSize(48, 48)).isNull()
    red = drawings.requestImage("check?color=%23ff0000", QSize(), QSize(48, 48))
    inks = {red.pixelColor(x, y).name() for x in range(48) for y in range(48) if red.pixelColor(x, y).alpha() == 255}
    assert inks == {"#ff0000"}
    assert drawings.requestImage("check", QSize(), QSize(0, 0)).width() > 0
    assert drawings.requestImage("check", QSize(), QSize(10**6, 10)).width() <= 4096


def test_picking_a_slip_holds_it_and_picking_it_again_takes_it_away(tmp_path: Path) -> None:
    shown: list[int | None] = []
    tray = Tray(TrayWords("样例"), [TraySlip("file:///a.png", "看什么", "123456")], shown.append)
    tray.hold(0)
    tray.hold(-1)
    assert shown == [0, None]
    assert tray.property("held") == -1


def test_a_slip_that_was_read_is_taken_back_and_stays_marked_until_the_visit_ends() -> None:
    shown: list[int | None] = []
    tray = Tray(TrayWords("样例"), [TraySlip("", "", ""), TraySlip("", "", "")], shown.append)
    tray.follow("attract")
    tray.hold(1)
    for screen in ("scan", "confirm", "confirm", "list", "done"):
        tray.follow(screen)
        assert tray.property("held") == 1
    assert shown == [1, None]
    tray.follow("attract")
    assert tray.property("held") == -1


def test_slips_may_come_after_the_tray_stands(_qt: None) -> None:
    tray = Tray(TrayWords("样例检查单", "问到时请输入", "下一张检查单", "工作人员"), [], lambda index: None)
    stage = Stage("light", tray=tray)
    tray.fill([TraySlip("", "两份报告", "21002X")])
    stage.show("attract", PORTRAIT)
    assert {"两份报告", "21002X"} <= set(texts(stage))
    stage.close()


def test_the_tray_stands_beside_the_kiosk(_qt: None) -> None:
    shown: list[int | None] = []
    words = TrayWords("样例检查单", "问到时请输入", "下一张检查单", "工作人员")
    slips = [TraySlip("", "两份报告", "21002X"), TraySlip("", "书写中", "040567")]
    tray = Tray(words, slips, shown.append)
    stage = Stage("light", tray=tray)
    stage.show("attract", PORTRAIT)
    assert {"样例检查单", "两份报告", "书写中", "21002X", "下一张检查单"} <= set(texts(stage))
    touch(stage, "slip:1")
    touch(stage, "slip:1")
    assert shown == [1, None]
    stage.close()


def test_one_button_holds_slip_after_slip(_qt: None) -> None:
    shown: list[int | None] = []
    slips = [TraySlip("", f"slip {number}", str(number)) for number in range(3)]
    tray = Tray(TrayWords("样例", "问到时请输入", "下一张检查单"), slips, shown.append)
    stage = Stage("light", tray=tray)
    stage.show("attract", PORTRAIT)
    for _ in range(2):
        touch(stage, "next-slip")
    tray.follow("confirm")
    tray.follow("attract")
    for _ in range(2):
        touch(stage, "next-slip")
    assert [index for index in shown if index is not None] == [0, 1, 2, 0]
    stage.close()


@pytest.mark.parametrize("size", [(1805, 890), (1311, 647), (1015, 1805)], ids=lambda s: f"{s[0]}x{s[1]}")
def test_case_11a_nine_slips_and_their_answers_are_in_sight_and_large_enough(_qt: None, size: tuple[int, int]) -> None:
    slips = [TraySlip("", f"检查单 {number}", str(number)) for number in range(1, 10)]
    tray = Tray(TrayWords("样例检查单", "问到时请输入", "下一张检查单", "工作人员"), slips, lambda index: None)
    stage = Stage("light", tray=tray, sizes={"portrait": size, "landscape": size})
    stage.show("attract", PORTRAIT)
    words = {str(t.item.property("text")): t for t in geo.on_screen(stage.window) if geo.is_text(t.item)}
    for slip in slips:
        assert words[slip.shows].whole_seen, slip.shows
        assert words[slip.shows].item.property("font").pixelSize() >= 14
    assert words["下一张检查单"].whole_seen
    kiosk = stage.window.findChild(QQuickItem, "kiosk")
    assert kiosk and (kiosk.width() > kiosk.height()) is (size[0] > size[1])
    assert min(words[text].item.property("font").pixelSize() for text in words if "手动输入" in text) >= 20
    stage.close()


@pytest.mark.parametrize(
    ("screen", "wide"), [((1920, 1080), True), ((1366, 768), True), ((1080, 1920), False)], ids=str
)
@pytest.mark.parametrize("tray", [True, False])
def test_case_11a_a_window_lies_as_the_screen_does_and_fills_it(
    screen: tuple[int, int], wide: bool, tray: bool
) -> None:
    room = SimpleNamespace(availableSize=lambda: QSize(*screen))
    width, height = app.window_size(SimpleNamespace(primaryScreen=lambda: room), True, tray)  # type: ignore[arg-type]
    assert (width > height) is wide
    assert width <= screen[0] and height <= screen[1]
    assert max(width / screen[0], height / screen[1]) > 0.9


def test_case_11a_the_terminal_says_what_to_try(hospital: Path) -> None:
    slips, settings = sample.cards(hospital), sample.settings_for(hospital)
    said = starts.what_to_try(settings, slips, "http://127.0.0.1:1")
    wanted = [part for slip in slips for part in (slip.code, slip.answer)]
    wanted += [part for name, pin, _ in sample.SAMPLE_STAFF for part in (name, pin)]
    wanted += [str(settings.printers.report.path), str(settings.printers.film.path)]
    assert not [part for part in wanted if part not in said]
