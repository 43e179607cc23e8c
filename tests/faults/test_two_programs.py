"""Two programs on one configuration, as real processes: what one begins, another neither ends, settles nor sweeps."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kiosk.domain.faults import FaultCode, KioskError
from kiosk.services.machine.rooms import Rooms
from tests.support.servers import wait_until

ROOT = Path(__file__).parents[2]
LONG_S = 240.0
ENV = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_QUICK_BACKEND": "software", "PYTHONPATH": str(ROOT)}
COMMANDS: dict[str, tuple[tuple[str, ...], tuple[int, ...]]] = {
    "doctor": (("doctor", "--json"), (0, 1)),
    "journey": (("journey", "--code", "NOBODY1", "--answer", "000000", "--json"), (3, 4)),
    "audit": (("audit", "verify"), (0,)),
    "staff": (("staff", "list"), (0,)),
    "stats": (("stats", "R8"), (0,)),
}
STANDING = {"run": ("run",), "desk": ("desk", "run", "--port", "0")}


@pytest.fixture
def config(hospital: Path, tmp_path: Path) -> Path:
    """A kiosk on the sample hospital's archive, with folders of its own; copies may be printed again and again."""
    file = tmp_path / "kiosk.toml"
    file.write_text(
        f"""
[kiosk]
id = "lobby-1"
private_dir = "private"
[archive]
path = "{hospital / "archive"}"
[reports]
copies = 5
[identity]
uniform_ms = 0
[printers.report]
seconds_per_sheet = 0.0
[printers.film]
seconds_per_sheet = 0.0
""",
        encoding="utf-8",
    )
    return file


def command(name: str, config: Path) -> list[str]:
    arguments = COMMANDS[name][0] if name in COMMANDS else STANDING[name]
    return [sys.executable, "-m", "kiosk", *arguments, "--config", str(config)]


def run(name: str, config: Path) -> int:
    done = subprocess.run(command(name, config), env=ENV, cwd=ROOT, capture_output=True, text=True, timeout=LONG_S)
    assert done.returncode in COMMANDS[name][1], f"{name}: {done.returncode}\n{done.stdout}{done.stderr}"
    assert "Traceback" not in done.stderr
    return done.returncode


class Resident:
    """The kiosk that is running."""

    def __init__(self, config: Path) -> None:
        line = [sys.executable, "-m", "tests.support.resident", str(config)]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(line, env=ENV, cwd=ROOT, text=True, stdin=pipe, stdout=pipe)
        assert self._line() == "ready"

    def says(self, *words: str) -> str:
        assert self.process.stdin
        self.process.stdin.write(" ".join(words) + "\n")
        self.process.stdin.flush()
        return self._line()

    def end(self) -> None:
        assert self.process.stdin
        self.process.communicate("end\n", timeout=60)

    def _line(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()


@pytest.fixture
def resident(config: Path) -> Iterator[Resident]:
    kiosk = Resident(config)
    yield kiosk
    kiosk.end()


def homes(config: Path) -> set[Path]:
    return set((config.parent / "private").glob("kiosk-*"))


def serves(desk: subprocess.Popen[str]) -> bool:
    """Wait until a desk says where it is; False where it ends first."""
    assert desk.stdout
    return any(line.startswith("The desk: ") for line in iter(desk.stdout.readline, ""))


def beside(name: str, config: Path) -> None:
    """The other program from its start to its end; one that stays is killed when it has wired itself."""
    if name in COMMANDS:
        run(name, config)
        return
    before = homes(config)
    pipe = subprocess.PIPE
    other = subprocess.Popen(command(name, config), env=ENV, cwd=ROOT, stdout=pipe, stderr=pipe, text=True)
    try:
        if name == "desk":
            assert serves(other)
        wait_until(
            lambda: name == "desk" or other.poll() is not None or bool(homes(config) - before),
            f"{name} looks around",
            LONG_S,
        )
        if name == "run":
            assert other.wait(60) == 2, "a second kiosk is refused"
    finally:
        other.kill()
        other.communicate(timeout=60)


def test_beside_a_running_kiosk_every_other_program_leaves_its_visit_alone(
    config: Path, resident: Resident, hospital: Path
) -> None:
    """A visit has its room and a reservation that was not handed over yet: the moment another one could free it."""
    from kiosk import sample

    for number, name in enumerate((*COMMANDS, *STANDING)):
        serial = resident.says("hold", f"visit{number}")
        beside(name, config)
        assert resident.says("state", serial) == "reserved page", name
    outcomes = {resident.says("visit", card.code, card.answer) for card in sample.cards(hospital)}
    assert "0 delivered" in outcomes, outcomes
    assert list((config.parent / "printed").rglob("*.pdf")), "and it still prints"


class Standing:
    """A program that stays, as a process."""

    def __init__(self, name: str, config: Path) -> None:
        self.process = subprocess.Popen(
            command(name, config), env=ENV, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def moved_in(self, config: Path) -> bool:
        """True when it has built itself and made its folder."""
        return any(home.name.split("-")[1] == str(self.process.pid) for home in homes(config))

    def ended(self) -> bool:
        return self.process.poll() is not None

    def end(self) -> str:
        self.process.kill()
        return self.process.communicate(timeout=60)[0]


def test_beside_a_kiosk_with_screens_a_desk_works_and_a_second_kiosk_says_why_it_does_not(config: Path) -> None:
    first = Standing("run", config)
    others: list[Standing] = []
    try:
        wait_until(lambda: first.moved_in(config) or first.ended(), "the kiosk stands", LONG_S)
        desk = Standing("desk", config)
        second = Standing("run", config)
        others = [desk, second]
        wait_until(second.ended, "a second kiosk is refused", LONG_S)
        assert second.process.returncode == 2 and "another kiosk is running on this machine" in second.end()
        assert serves(desk.process)
        assert not desk.ended() and not first.ended() and first.moved_in(config)
        another = Standing("desk", config)
        others.append(another)
        assert serves(another.process)
        assert not any(one.ended() for one in (first, desk, another))
    finally:
        said = [one.end() for one in (first, *others)]
    assert not any("Traceback" in text for text in said), said


def test_every_pair_of_commands_at_once_on_a_fresh_configuration(config: Path) -> None:
    """All start at the same moment where nothing has been made yet: one key, one journal, whole trail."""
    with ThreadPoolExecutor(2 * len(COMMANDS)) as pool:
        list(pool.map(lambda name: run(name, config), [*COMMANDS, *COMMANDS]))
    assert len((config.parent / "state" / "pseudonym.key").read_text()) == 64
    assert run("audit", config) == 0
    assert homes(config) == set(), "each took its own away"
    assert not list((config.parent / "state").glob("pseudonym.key.*"))


HOLDER = """
import sys
from pathlib import Path
from kiosk.services.machine.rooms import Rooms
rooms = Rooms(Path(sys.argv[1]))
(rooms.of("visit") / "page").write_text("x")
print("in", flush=True)
sys.stdin.readline()
rooms.close()
"""


def holder(parent: Path) -> subprocess.Popen[str]:
    line = [sys.executable, "-c", HOLDER, str(parent)]
    process = subprocess.Popen(line, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout and process.stdout.readline() == "in\n"
    return process


def test_what_a_killed_process_left_is_swept_and_what_a_living_one_has_is_not(tmp_path: Path) -> None:
    living, killed = holder(tmp_path), holder(tmp_path)
    (tmp_path / "somebody's").mkdir()
    killed.send_signal(signal.SIGKILL)
    killed.communicate(timeout=60)
    rooms = Rooms(tmp_path)
    assert rooms.inhabited("visit")
    mine = rooms.of("other")
    left = {path.name.split("-")[1] for path in tmp_path.glob("kiosk-*")}
    assert left == {str(living.pid), str(os.getpid())}
    rooms.close()
    assert not mine.exists() and (tmp_path / "somebody's").is_dir()
    living.communicate("\n", timeout=60)
    assert list(tmp_path.glob("kiosk-*")) == [] and not rooms.inhabited("visit")


def test_a_process_number_given_again_keeps_nothing_alive(tmp_path: Path) -> None:
    dead = tmp_path / f"kiosk-{os.getpid()}-00000000"
    dead.mkdir()
    Rooms(tmp_path).of("visit")
    assert not dead.exists()


def spoil_by_taking_away(parent: Path) -> None:
    for home in parent.glob("kiosk-*"):
        subprocess.run(["rm", "-r", str(home)], check=True)


def test_a_visit_makes_what_it_needs_and_the_probe_notices(tmp_path: Path) -> None:
    parent = tmp_path / "private"
    rooms = Rooms(parent)
    (rooms.of("visit") / "page").write_text("x")
    spoil_by_taking_away(parent)
    assert str(parent) in rooms.ask()
    assert rooms.of("visit").is_dir()
    spoil_by_taking_away(parent)
    assert rooms.of("visit").is_dir()
    rooms.close()


@pytest.mark.parametrize("use", [Rooms.ask, lambda rooms: rooms.of("visit")], ids=["probe", "visit"])
def test_where_there_is_no_place_for_it_that_is_said(tmp_path: Path, use: Callable[[Rooms], object]) -> None:
    (tmp_path / "private").write_text("a file")
    with pytest.raises(KioskError) as caught:
        use(Rooms(tmp_path / "private"))
    assert caught.value.code is FaultCode.STORE_UNAVAILABLE and "private" in caught.value.detail
