"""A2: a whole visit driven over AT-SPI only, as a screen reader drives it: Xvfb, at-spi2-core, DoAction."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from kiosk import sample
from tests.support.servers import program

ROOT = Path(__file__).resolve().parents[2]
BUS = "/usr/libexec/at-spi-bus-launcher"
SCRIPT = """
{bus} --launch-immediately &
{python} -m tests.support.screens_child {hospital} &
screens=$!
/usr/bin/python3 tests/support/atspi_visit.py {code} {answer}
told=$?
kill $screens
wait $screens
kill %1
exit $told
"""


def test_a2_a_whole_visit_by_screen_reader(hospital: Path, tmp_path: Path) -> None:
    assert Path(BUS).exists(), "at-spi2-core is missing: apt install at-spi2-core"
    slip = next(slip for slip in sample.cards(hospital) if slip.picture.stem == "wang-ct")
    session = program("dbus-run-session", "dbus-daemon")
    script = SCRIPT.format(bus=BUS, python=sys.executable, hospital=hospital, code=slip.code, answer=slip.answer)
    env = {**os.environ, "QT_QPA_PLATFORM": "xcb", "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1", "LANG": "C.UTF-8",
           "QT_QUICK_BACKEND": "software", "XDG_RUNTIME_DIR": str(tmp_path), "NO_AT_BRIDGE": "0"}  # fmt: skip
    tmp_path.chmod(0o700)
    with display() as name:
        run = subprocess.run([session, "--", "bash", "-mc", script], cwd=ROOT, env={**env, "DISPLAY": name},
                             capture_output=True, text=True, timeout=280, check=False)  # fmt: skip
    told = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("[")]
    assert run.returncode == 0, (run.stderr[-2000:], told[-3:])
    assert ["heading", "请取走您的报告"] in told
    assert not any("王" in name and "*" not in name for _, name in told), "a full name was told"


class display:  # noqa: N801 - used as a function
    """An X server without a screen."""

    def __enter__(self) -> str:
        reading, writing = os.pipe()
        server, size = program("Xvfb", "xvfb"), "1080x1920x24"
        command = [server, "-displayfd", str(writing), "-screen", "0", size, "-nolisten", "tcp"]
        self._server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
        os.close(writing)
        with os.fdopen(reading) as number:
            return f":{number.readline().strip()}"

    def __exit__(self, *_: object) -> None:
        self._server.terminate()
        self._server.wait(20)
