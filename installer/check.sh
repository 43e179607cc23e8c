#!/usr/bin/env bash
# The quick checks, about a minute on two idle cores; before every commit. installer/test.sh is the whole.
#   installer/check.sh                all of them
#   installer/check.sh lint types …   some: lint (style, shell scripts) · types (kiosk and ui) · contracts (imports, QML)
#                                     · budgets (sizes, names, map) · units (unit tests)
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=installer/setup.sh
. installer/setup.sh
export QT_QPA_PLATFORM=offscreen QT_QUICK_BACKEND=software

lint() {
    .venv/bin/ruff check .
    if command -v shellcheck >/dev/null; then shellcheck -x installer/*.sh installer/*/*.sh; fi
}
types() { .venv/bin/mypy; }
contracts() {
    .venv/bin/lint-imports
    .venv/bin/python -m tests.architecture.qml
}
budgets() { .venv/bin/python -m pytest -q --durations=0 --durations-min=5 tests/architecture; }
units() { .venv/bin/python -m pytest -q --durations=0 --durations-min=5 tests/unit; }

for part in "$@"; do
    case "$part" in lint | types | contracts | budgets | units) ;; *)
        sed -n '3,5p' "$0" >&2
        exit 2
        ;;
    esac
done
virtual_environment requirements-dev.lock
if [ $# = 0 ]; then set -- lint types contracts budgets units; fi
for part in "$@"; do
    echo "• $part"
    "$part"
done
