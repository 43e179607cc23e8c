"""Cases 64 and 65, and the bounds of the sandbox: whatever happens in a worker, the caller gets a KioskError."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from kiosk.adapters.sandbox import Workers
from kiosk.adapters.sandbox import channel as messages
from kiosk.domain.faults import FaultCode, KioskError
from kiosk.imaging.dicom.reading import read
from kiosk.imaging.pixels import jobs
from kiosk.imaging.pixels.picture import load_frame
from tests.integration import misbehaviour as bad
from tests.making import made, phantom


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    """Two workers that know only the test's own functions."""
    with Workers(2, preload=("tests.integration.misbehaviour",)) as pool:
        yield pool


def still_works(workers: Workers) -> None:
    """A call after the trouble."""
    assert workers.call(bad.add, 2, 3, deadline_s=20) == 5


@pytest.mark.parametrize(
    "kind", ["PanicException", "SystemExit", "KeyboardInterrupt", "RecursionError", "GeneratorExit"]
)
def test_case_64_exceptions_that_are_none(workers: Workers, kind: str) -> None:
    with pytest.raises(KioskError) as caught:
        workers.call(bad.throw, kind, deadline_s=20)
    assert caught.value.code == FaultCode.OBJECT_UNREADABLE
    assert kind in caught.value.detail
    still_works(workers)


def test_case_64_memory(workers: Workers) -> None:
    with pytest.raises(KioskError, match="more memory than allowed"):
        workers.call(bytearray, 2 << 30, deadline_s=20)
    with pytest.raises(KioskError, match="more memory than allowed"):
        workers.call(bad.recall, deadline_s=20)
    still_works(workers)


@pytest.mark.parametrize("signal", ["SIGSEGV", "SIGABRT"])
def test_case_65_worker_dies(workers: Workers, signal: str) -> None:
    with pytest.raises(KioskError) as caught:
        workers.call(bad.die, signal, deadline_s=20)
    assert caught.value.code == FaultCode.OBJECT_UNREADABLE
    assert signal in caught.value.detail
    still_works(workers)


def test_case_65_worker_is_killed_from_outside(workers: Workers) -> None:
    pids: list[int] = [workers.call(os.getpid, deadline_s=20)]
    threading.Timer(0.2, lambda: os.kill(pids[0], 9)).start()
    with pytest.raises(KioskError, match="SIGKILL"):
        for _ in range(1_000):  # whichever of the two takes the call
            if workers.call(os.getpid, deadline_s=20) == pids[0]:
                workers.call(time.sleep, 5, deadline_s=20)
    still_works(workers)


def test_deadline_ends_a_hanging_worker(workers: Workers) -> None:
    with pytest.raises(KioskError, match=r"longer than 0\.2 s"):
        workers.call(time.sleep, 60, deadline_s=0.2)
    still_works(workers)


def test_cancellation_ends_the_work(workers: Workers) -> None:
    wanted = threading.Event()
    threading.Timer(0.1, wanted.set).start()
    with pytest.raises(KioskError) as caught:
        workers.call(time.sleep, 60, deadline_s=60, cancelled=wanted.is_set)
    assert caught.value.code == FaultCode.CANCELLED
    still_works(workers)


@pytest.mark.parametrize(("function", "args"), [
    (socket.create_connection, (("127.0.0.1", 80),)), (socket.socket, ()), (os.mkdir, ("/tmp/worker-was-here",)),
    (os.fork, ()), (os.execv, ("/bin/true", ["true"])), (os.unlink, ("/tmp/x",)),
    (bad.write_file, ("/tmp/worker-file",)),
    (os.kill, (1, 0)),
])  # fmt: skip
def test_no_network_no_files_no_programs(
    workers: Workers, function: Callable[..., object], args: tuple[object, ...]
) -> None:
    with pytest.raises(KioskError, match=r"PermissionError|OSError"):
        workers.call(function, *args, deadline_s=20)


def test_environment_and_limits(workers: Workers) -> None:
    os.environ["KIOSK_SECRET_OF_THE_TEST"] = "1"
    try:
        with Workers(1, preload=()) as fresh:
            environment = fresh.call(bad.environment, deadline_s=20)
    finally:
        del os.environ["KIOSK_SECRET_OF_THE_TEST"]
    assert "KIOSK_SECRET_OF_THE_TEST" not in environment
    assert workers.call(bad.limits, deadline_s=20) == {"AS": 1 << 30, "FSIZE": 0, "CORE": 0, "NOFILE": 64}


def test_fault_of_the_function_itself_comes_through(workers: Workers) -> None:
    with pytest.raises(KioskError) as caught:
        workers.call(jobs.frame, b"nothing", deadline_s=20)
    assert (caught.value.code, caught.value.detail) == (FaultCode.OBJECT_UNREADABLE, "not a DICOM object")


def test_results_from_a_worker_are_data_only(workers: Workers) -> None:
    for call in (bad.function_result, bad.evil_result):
        with pytest.raises(KioskError) as caught:
            workers.call(call, deadline_s=20)
        assert caught.value.code == FaultCode.OBJECT_UNREADABLE
    assert not hasattr(sys, "owned_by_worker")
    still_works(workers)


def test_result_that_is_too_large_is_refused() -> None:
    with Workers(1, preload=(), result_mib=1) as small:
        assert small.call(np.zeros, 1_000, deadline_s=20).nbytes == 8_000
        with pytest.raises(KioskError, match="crashed"):
            small.call(np.zeros, 1_000_000, deadline_s=20)
        assert small.call(np.zeros, 1_000, deadline_s=20).nbytes == 8_000


def test_frames_arrive_unchanged_from_many_threads(workers: Workers, tmp_path: Path) -> None:
    data = [made(phantom("CT", 96, seed), "CT") for seed in range(6)]
    paths = [tmp_path / f"{index}.dcm" for index in range(len(data))]
    for path, content in zip(paths, data, strict=True):
        path.write_bytes(content)
    with ThreadPoolExecutor(6) as threads:
        frames = list(threads.map(lambda path: workers.call(jobs.frame, path, deadline_s=20), paths * 3))
    for index, frame in enumerate(frames):
        wanted = load_frame(read(data[index % len(data)]))
        assert (frame.codes == wanted.codes).all() and (frame.table == wanted.table).all()
        assert frame.window == wanted.window


def eventually(holds: Callable[[], bool]) -> bool:
    """True once it holds; gives up after a long while."""
    end = time.monotonic() + 30
    while not holds() and time.monotonic() < end:
        time.sleep(0.01)
    return holds()


def arenas_with(canary: bytes) -> int:
    """In how many pieces of memory shared with workers a text stands, as this process sees them."""
    maps = [line.split() for line in Path("/proc/self/maps").read_text().splitlines() if "memfd:arena" in line]
    found = 0
    with Path("/proc/self/mem").open("rb") as memory:
        for first, last in (part[0].split("-") for part in maps):
            memory.seek(int(first, 16))
            found += canary in memory.read(int(last, 16) - int(first, 16))
    return found


def test_a_wipe_takes_what_a_visit_left_in_the_arena(workers: Workers) -> None:
    canary = os.urandom(24)
    assert workers.call(bad.as_array, canary * 4, deadline_s=20).tobytes() == canary * 4
    assert arenas_with(canary) == 1, "the canary must be there before it can be gone"
    used = workers.pids()
    workers.wipe()
    assert eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in used))
    assert arenas_with(canary) == 0
    still_works(workers)


def test_a_wipe_leaves_warm_workers_behind() -> None:
    with Workers(2, preload=("tests.integration.misbehaviour",)) as pool:
        first = pool.call(os.getpid, deadline_s=20)
        assert pool.call(os.getpid, deadline_s=20) == first
        pool.wipe()
        assert eventually(lambda: len(pool.pids()) == 1 and pool.pids() != [first])
        (fresh,) = pool.pids()
        pool.wipe()  # nothing was decoded since: there is nothing to forget
        assert pool.call(os.getpid, deadline_s=20) == fresh


def test_a_wipe_ends_a_busy_worker_when_its_call_is_over() -> None:
    with Workers(1, preload=("tests.integration.misbehaviour",)) as pool, ThreadPoolExecutor(1) as other:
        reading, writing = os.pipe()
        told: list[int] = []
        path = f"/proc/{os.getpid()}/fd/{reading}"
        call = other.submit(pool.call, bad.pid_then_wait, path, deadline_s=60, heard=told.append)
        assert eventually(lambda: bool(told))
        pool.wipe()
        os.write(writing, b"go on")
        assert call.result() == told[0], "work under way is not harmed"
        assert pool.call(os.getpid, deadline_s=20) != told[0]
        for descriptor in (reading, writing):
            os.close(descriptor)


def test_what_a_call_tells_is_heard_in_order(workers: Workers) -> None:
    told: list[int] = []
    assert workers.call(bad.count, 200, deadline_s=20, heard=told.append) == "counted"
    assert told == list(range(200))
    with pytest.raises(KioskError, match="decoder failed"):
        workers.call(bad.count, 1, deadline_s=20)  # nobody listens


def test_a_worker_that_does_not_even_take_its_request_is_given_up(workers: Workers) -> None:
    pid = workers.call(os.getpid, deadline_s=20)
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(KioskError, match="longer than"):
        while True:  # whichever of the two takes the call
            workers.call(len, bytes(8 << 20), deadline_s=1)
    still_works(workers)


def test_worker_dies_with_the_pool_and_calls_after_it_are_refused() -> None:
    pool = Workers(1, preload=())
    pid = pool.call(os.getpid, deadline_s=20)
    pool.close()
    assert not Path(f"/proc/{pid}").exists()
    with pytest.raises(KioskError) as caught:
        pool.call(os.getpid, deadline_s=20)
    assert caught.value.code == FaultCode.CANCELLED


def test_descriptors_do_not_leak(workers: Workers) -> None:
    still_works(workers)
    workers.call(np.zeros, 100_000, deadline_s=20)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(50):
        workers.call(np.zeros, 100_000, deadline_s=20)
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 2


def test_messages_are_bounded() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall((1 << 40).to_bytes(8, "little"))
        with pytest.raises(messages.ChannelClosedError):
            messages.receive(theirs, 1 << 20)
