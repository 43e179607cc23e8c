"""Runs in a child with the I/O fault shim: `kiosk doctor --json` while every write below a folder meets a full disk.

python -m tests.support.doctor_child CONFIG FOLDER: prints what doctor prints, then its exit code.
"""

from __future__ import annotations

import errno
import sys

from kiosk.cli import main
from tests.support.io_faults import Shim

if __name__ == "__main__":
    config, folder = sys.argv[1:]
    shim = Shim()
    shim.arm(folder, nth=1, error=errno.ENOSPC, sticky=True)
    code = main(["doctor", "--json", "--config", config])
    shim.disarm()
    print(code)
