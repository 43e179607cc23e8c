"""Lints all QML; a warning is an error. `python -m tests.architecture.qml`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
QML = ROOT / "ui" / "qml"


def main() -> int:
    """The linter's exit code; its words on standard error."""
    lint = Path(sys.executable).with_name("pyside6-qmllint")
    files = sorted(str(file) for file in QML.rglob("*.qml"))
    done = subprocess.run([str(lint), "--max-warnings", "0", "-I", str(QML), *files], cwd=ROOT, check=False)
    print(f"qmllint: {len(files)} files, {'clean' if done.returncode == 0 else 'not clean'}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
