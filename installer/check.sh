#!/usr/bin/env bash
# The quick checks, all at once; before every commit. installer/test.sh is the whole.
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
# In two halves, since the tests wait as long as they reckon: `units 0` and `units 1` are the two.
units() {
    if [ $# = 1 ]; then
        find tests/unit -name 'test_*.py' | LC_ALL=C sort | awk "NR % 2 == $1" |
            xargs .venv/bin/python -m pytest -q --durations=0 --durations-min=5
        return
    fi
    local other rc=0
    other=$(mktemp)
    units 0 >"$other" 2>&1 &
    units 1 || rc=$?
    wait $! || rc=$?
    cat "$other"
    rm "$other"
    return "$rc"
}

for part in "$@"; do
    case "$part" in lint | types | contracts | budgets | units) ;; *)
        sed -n '3,5p' "$0" >&2
        exit 2
        ;;
    esac
done
virtual_environment requirements-dev.lock
if [ $# = 0 ]; then set -- lint types contracts budgets units; fi
outputs=$(mktemp -d)
trap 'rm -rf "$outputs"' EXIT
declare -A started
for part in "$@"; do
    ("$part") >"$outputs/$part" 2>&1 &
    started[$part]=$!
done
failed=0
for part in "$@"; do
    wait "${started[$part]}" || failed=$?
    echo "• $part"
    cat "$outputs/$part"
done
[ "$failed" = 0 ]
