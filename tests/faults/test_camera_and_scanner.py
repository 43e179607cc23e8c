"""Matrix cases 40 to 49: the camera and the decoder under faults. The wedge stands in `test_wedge`."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from kiosk.adapters.camera.camera import Pacing, SelfHealingCamera
from kiosk.adapters.camera.health import FrameHealth
from kiosk.adapters.camera.scanning import ScanLoop
from kiosk.adapters.camera.slip import HeldSlip
from kiosk.adapters.camera.sources import CameraControls, DeviceSource, PictureSource, Source, VideoSource, source_of
from kiosk.adapters.symbols import Acceptance, CascadeReader, LiveReader, LiveResult
from kiosk.adapters.symbols.sandbox import SandboxedReader
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.ports.scanner import CameraStatus, Hint, Reading, Symbol
from tests.support.lobby_frames import EASY, HARD, MEDIUM, lobby_frame, photograph, slip, symbol
from tests.support.shared_data import photographs

Pixels = NDArray[np.uint8]
QUICK = Pacing(fps=200, idle_fps=200, read_deadline_s=0.4, first_pause_s=0.01, longest_pause_s=0.05)
PATIENCE_S = 60.0


def patient_reader() -> CascadeReader:
    """A reader whose budget a busy machine does not use up."""
    return CascadeReader(budget_ms=10_000)


def wait_for(condition: Callable[[], bool]) -> bool:
    """True once the condition holds; gives up after a long while."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.005)
    return condition()


class ScriptedSource:
    """A device whose troubles are scripted: `plug` decides what `open` and `read` do."""

    paced = False
    changing = True
    opened = 0
    closed = 0

    def __init__(self, plug: Plug) -> None:
        self._plug = plug
        self._count = 0

    def open(self) -> None:
        if self._plug.fault is not None:
            raise KioskError(self._plug.fault, "scripted")
        self._plug.held += 1

    def read(self) -> Pixels | None:
        if self._plug.hangs.is_set():
            self._plug.release.wait(PATIENCE_S)
            return None
        if self._plug.fault is not None:
            return None
        self._count += 1
        return self._plug.picture(self._count)

    def skip(self) -> bool:
        return self._plug.fault is None

    def close(self) -> None:
        if self._plug.held:
            self._plug.held -= 1


class Plug:
    """The test's hand on the cable."""

    def __init__(self) -> None:
        self.fault: FaultCode | None = None
        self.held = 0
        self.hangs = threading.Event()
        self.release = threading.Event()
        self.picture: Callable[[int], Pixels] = moving_picture


def moving_picture(count: int) -> Pixels:
    picture = np.full((72, 128, 3), 120, np.uint8)
    picture[:, count % 128] = 10
    return picture


class Watched:
    """A camera with its statuses noted."""

    def __init__(self, make_source: Callable[[], Source]) -> None:
        self.statuses: list[CameraStatus] = []
        self.camera = SelfHealingCamera(make_source, self.statuses.append, QUICK)

    @property
    def fault(self) -> FaultCode | None:
        return self.statuses[-1].fault if self.statuses else FaultCode.INTERNAL

    def newest(self) -> int:
        """The number of the newest picture; 0 before any."""
        frame = self.camera.latest()
        return frame.number if frame else 0

    def __enter__(self) -> Watched:
        self.camera.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.camera.close(2.0)


def test_case_40_unplugged_and_replugged_twenty_times() -> None:
    plug = Plug()
    with Watched(lambda: ScriptedSource(plug)) as watched:
        for _ in range(20):
            assert wait_for(lambda: watched.fault is None and watched.camera.latest() is not None)
            plug.fault = FaultCode.CAMERA_MISSING
            assert wait_for(lambda: watched.fault is FaultCode.CAMERA_MISSING)
            assert watched.camera.latest() is None  # no old picture stays
            plug.fault = None
        assert wait_for(lambda: watched.fault is None)
        assert plug.held == 1
    assert plug.held == 0
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("camera")] == []


def test_case_40_no_camera_is_told_once_and_the_camera_comes_when_it_is_there() -> None:
    plug = Plug()
    plug.fault = FaultCode.CAMERA_MISSING
    with Watched(lambda: ScriptedSource(plug)) as watched:
        assert wait_for(lambda: watched.fault is FaultCode.CAMERA_MISSING)
        time.sleep(0.2)
        assert [status.fault for status in watched.statuses] == [FaultCode.CAMERA_MISSING]
        plug.fault = None
        assert next(watched.camera.frames(PATIENCE_S)).pixels.shape == (72, 128, 3)
        assert wait_for(lambda: watched.fault is None)


@pytest.mark.parametrize("name", ["/dev/video-that-is-not-there", "99"])
def test_case_40_a_device_that_is_not_there_is_missing(name: str) -> None:
    source = source_of(name, CameraControls())
    assert isinstance(source, DeviceSource)
    with pytest.raises(KioskError) as caught:
        source.open()
    assert caught.value.code is FaultCode.CAMERA_MISSING


def test_case_41_a_node_that_is_no_camera_is_busy_or_missing_and_no_crash(tmp_path: Path) -> None:
    path = tmp_path / "node"
    path.write_bytes(b"")
    with pytest.raises(KioskError) as caught:
        DeviceSource(str(path), CameraControls()).open()
    assert caught.value.code is FaultCode.CAMERA_BUSY


@pytest.mark.parametrize(
    ("picture", "code"),
    [
        (lambda count: np.full((72, 128, 3), count % 3, np.uint8), FaultCode.CAMERA_DARK),
        (lambda count: np.full((72, 128, 3), 253 + count % 3, np.uint8), FaultCode.CAMERA_GLARE),
    ],
)
def test_case_41_black_and_over_exposed_are_told_and_recovered_from(
    picture: Callable[[int], Pixels], code: FaultCode
) -> None:
    plug = Plug()
    with Watched(lambda: ScriptedSource(plug)) as watched:
        assert wait_for(lambda: watched.fault is None)
        plug.picture = picture
        assert wait_for(lambda: watched.fault is code)
        plug.picture = moving_picture
        assert wait_for(lambda: watched.fault is None)


def test_case_41_the_same_frame_for_five_seconds_is_a_frozen_camera() -> None:
    health = FrameHealth()
    still, other = moving_picture(1), moving_picture(9)
    assert [health.judge(still, at) for at in (0.0, 2.0, 4.9)] == [None] * 3
    assert health.judge(still, 5.0) is FaultCode.CAMERA_FROZEN
    assert health.judge(other, 5.1) is None


def test_case_41_a_frozen_camera_is_opened_again() -> None:
    plug = Plug()
    opened = []

    def make() -> Source:
        opened.append(1)
        return ScriptedSource(plug)

    with Watched(make) as watched:
        assert wait_for(lambda: watched.fault is None)
        watched.camera._health = FrameHealth(frozen_s=0.1)
        plug.picture = lambda _: moving_picture(5)
        assert wait_for(lambda: watched.fault is FaultCode.CAMERA_FROZEN and len(opened) > 2)
        plug.picture = moving_picture
        assert wait_for(lambda: watched.fault is None)


def test_case_41_a_hand_over_the_lens_for_a_moment_is_no_fault() -> None:
    health = FrameHealth()
    black = np.zeros((72, 128), np.uint8)
    assert [health.judge(black, at) for at in (0.0, 0.5)] == [None, None]
    assert health.judge(moving_picture(1), 0.7) is None
    assert health.judge(black, 0.8) is None
    assert health.judge(black, 2.0) is FaultCode.CAMERA_DARK


def test_case_41_a_driver_that_never_returns_is_given_up_and_closing_has_a_deadline() -> None:
    plug = Plug()
    with Watched(lambda: ScriptedSource(plug)) as watched:
        assert wait_for(lambda: watched.fault is None)
        plug.hangs.set()
        assert wait_for(lambda: watched.fault is FaultCode.CAMERA_FROZEN)
        plug.hangs.clear()
        assert wait_for(lambda: watched.fault is None)
        plug.hangs.set()
        closing = threading.Thread(target=watched.camera.close, args=(0.5,), daemon=True)
        closing.start()
        assert wait_for(lambda: not closing.is_alive())
    plug.release.set()


def test_case_41_one_frame_a_second_still_comes_through_and_nobody_waits_for_old_ones() -> None:
    plug = Plug()
    with Watched(lambda: ScriptedSource(plug)) as watched:
        frames = watched.camera.frames(PATIENCE_S)
        first = next(frames)
        assert wait_for(lambda: watched.newest() > first.number + 1)  # a slow reader
        second = next(frames)
        assert second.number > first.number + 1


def test_case_42_a_decoder_that_dies_is_replaced() -> None:
    frame = lobby_frame("Code128", "CT20261124042", EASY, 42)
    reader = SandboxedReader()
    try:
        assert [one.text for one in reader.read(frame, True).symbols] == ["CT20261124042"]
        for death in (signal.SIGSEGV, signal.SIGKILL):
            (pid,) = reader.pids()
            os.kill(pid, death)
            again = [reader.read(frame, True) for _ in range(2)][-1]
            assert [one.text for one in again.symbols] == ["CT20261124042"]
    finally:
        reader.close()


def test_case_42_a_decoder_that_hangs_is_given_up() -> None:
    frame = lobby_frame("Code128", "CT20261124042", EASY, 42)
    reader = SandboxedReader(answer_s=0.3)
    try:
        assert reader.read(frame, True).symbols
        (pid,) = reader.pids()
        os.kill(pid, signal.SIGSTOP)
        assert reader.read(frame, True) == Reading()
        assert reader.deaths == 1
        assert reader.read(frame, True).symbols
    finally:
        reader.close()


def test_case_42_camera_frames_are_read_in_the_same_confinement_as_all_foreign_data() -> None:
    reader = SandboxedReader()
    try:
        reader.start()
        (pid,) = reader.pids()
        status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        assert (status["Seccomp"].strip(), status["NoNewPrivs"].strip()) == ("2", "1")
        limits = Path(f"/proc/{pid}/limits").read_text()
        assert re.search(r"Max file size +0 +0 ", limits)
        assert re.search(r"Max address space +1073741824 ", limits)
    finally:
        reader.close()


def test_after_a_wipe_another_process_reads() -> None:
    frame = lobby_frame("Code128", "CT20261124042", EASY, 42)
    reader = SandboxedReader()
    try:
        assert reader.read(frame, True).symbols
        (pid,) = reader.pids()
        reader.wipe()
        assert wait_for(lambda: not Path(f"/proc/{pid}").exists())
        assert [one.text for one in reader.read(frame, True).symbols] == ["CT20261124042"]
        assert reader.deaths == 0
    finally:
        reader.close()


def test_case_43_nothing_is_read_where_nothing_is() -> None:
    reader = patient_reader()
    chance = np.random.default_rng(43)
    frames = [photograph(None, view, seed) for seed in range(3) for view in (EASY, MEDIUM, HARD)]
    frames += [chance.integers(0, 256, (480, 640), dtype=np.uint8) for _ in range(3)]
    frames += [stripes(period, angle) for period in (4.0, 7.3, 12.0) for angle in (0.0, 0.4, 1.2)]
    assert [reader.read(frame, True).symbols for frame in frames] == [()] * len(frames)


def stripes(period: float, angle: float) -> Pixels:
    """A striped shirt."""
    rows, columns = np.mgrid[0:480, 0:640].astype(np.float32)
    wave = np.sin((columns * np.cos(angle) + rows * np.sin(angle)) * 2 * np.pi / period)
    return np.where(wave > 0, 190, 70).astype(np.uint8)


def test_case_43_public_negatives_give_nothing() -> None:
    reader = patient_reader()
    negatives = [cv2.imread(str(one.path), cv2.IMREAD_GRAYSCALE) for one in photographs() if one.expected is None]
    assert [reader.read(np.asarray(grey, np.uint8), True).symbols for grey in negatives] == [()] * len(negatives)


@pytest.mark.parametrize("kind", ["Code128", "QRCode"])
@pytest.mark.parametrize("view", [EASY, MEDIUM, HARD])
def test_case_44_only_the_exact_text_is_read(kind: str, view: object) -> None:
    reader = patient_reader()
    for seed in range(2):
        text = f"CT2026-{seed:06d}"
        found = {one.text for one in reader.read(lobby_frame(kind, text, view, seed), True).symbols}  # type: ignore[arg-type]
        assert found <= {text}
        assert found or view is HARD


def reading(*texts: str) -> Reading:
    return Reading(tuple(Symbol("Code128", text, (), True) for text in texts))


def test_case_44_two_equal_reads_in_a_row_are_needed_and_each_code_is_given_once() -> None:
    acceptance = Acceptance()
    offered = [reading("A1"), reading("A2"), reading("A1"), reading(), reading("A1"), reading("A1")]
    texts = [symbol.text if (symbol := acceptance.offer(one)) else None for one in offered]
    assert texts == [None, None, None, None, "A1", None]
    acceptance.forget()
    assert [bool(acceptance.offer(reading("A1"))) for _ in range(2)] == [False, True]


@pytest.mark.parametrize("kind", ["ITF", "EAN13", "Code39"])
def test_case_45_symbologies_that_are_not_configured_are_ignored(kind: str) -> None:
    text = {"ITF": "20261124", "EAN13": "5901234123457", "Code39": "CT20261124"}[kind]
    frame = lobby_frame(kind, text, EASY, 45)
    assert CascadeReader().read(frame, True).symbols == ()
    assert [one.text for one in CascadeReader((kind,)).read(frame, True).symbols] == [text]


def test_case_46_two_slips_in_view_are_refused() -> None:
    chance = np.random.default_rng(46)
    upper, lower = (slip(symbol("Code128", text), chance) for text in ("CT0000000001", "CT0000000002"))
    width = max(upper.shape[1], lower.shape[1])
    both = np.vstack([np.pad(one, ((0, 0), (0, width - one.shape[1])), constant_values=238) for one in (upper, lower)])
    frame = photograph(both, EASY, 46, (1280, 960))
    live = LiveReader(patient_reader())
    results = [live.feed(frame) for _ in range(4)]
    assert {result.hint for result in results} == {Hint.TWO_CODES}
    assert [result.accepted for result in results] == [None] * 4


def write_video(path: Path, frames: list[Pixels]) -> None:
    size = (frames[0].shape[1], frames[0].shape[0])
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, size)
    for frame in frames:
        writer.write(cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR))
    writer.release()


def coming_slip(kind: str, text: str) -> list[Pixels]:
    """A slip that comes in from the right and stops in the middle."""
    paper = slip(symbol(kind, text), np.random.default_rng(3))
    away = [900.0, 750.0, 560.0, 380.0, 220.0, 110.0, 50.0, 20.0, 6.0, 2.0, 0.0, 0.0, 0.0]
    views = [type(EASY)(module=3.2, turn=6.0, shift=(x, 0.0), blur=0.6 + x / 120) for x in away]
    return [photograph(paper, view, 100 + number) for number, view in enumerate(views)]


@pytest.mark.parametrize("kind", ["Code128", "QRCode"])
def test_a_slip_moved_into_view_is_accepted_within_three_readable_frames(kind: str, tmp_path: Path) -> None:
    text = "CT20261124777"
    frames = coming_slip(kind, text)
    still = patient_reader()
    readable = next(number for number, frame in enumerate(frames) if still.read(frame, True).symbols)
    path = tmp_path / "slip.avi"
    write_video(path, frames)
    source = VideoSource(path)
    source.open()
    live = LiveReader(patient_reader())
    results: list[LiveResult] = []
    for _ in frames:
        pixels = source.read()
        assert pixels is not None
        results.append(live.feed(np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), np.uint8)))
    source.close()
    accepted = [number for number, result in enumerate(results) if result.accepted]
    assert len(accepted) == 1
    assert accepted[0] < readable + 3


def test_a_held_slip_goes_through_camera_and_scanning_thread() -> None:
    held = HeldSlip()
    results: list[LiveResult] = []
    with Watched(lambda: held) as watched:
        loop = ScanLoop(watched.camera.next_frame, LiveReader(patient_reader()), results.append)
        loop.start()
        assert wait_for(lambda: watched.fault is None)
        held.show(slip(symbol("Code128", "CT20261124888"), np.random.default_rng(8)))
        assert wait_for(lambda: any(result.accepted for result in results))
        loop.stop(2.0)
    accepted = [result.accepted.text for result in results if result.accepted]
    assert accepted == ["CT20261124888"]


def test_pictures_and_folders_are_sources(tmp_path: Path) -> None:
    for number, shade in enumerate((40, 200)):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.full((30, 40), shade, np.uint8))
    folder = PictureSource(tmp_path, seconds=0.05)
    folder.open()
    shades = set()
    assert wait_for(lambda: shades.add(int(np.asarray(folder.read()).max())) or shades == {40, 200})
    with pytest.raises(KioskError) as caught:
        source_of(str(tmp_path / "none.png"), CameraControls()).open()
    assert caught.value.code is FaultCode.CAMERA_MISSING
