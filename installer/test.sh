#!/usr/bin/env bash
# All checks and tests, the fast ones first, in two halves at once. Installs what it needs.
#   installer/test.sh            everything
#   installer/test.sh ARGUMENT…  what pytest does with these
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=installer/setup.sh
. installer/setup.sh
# shellcheck disable=SC2086
system_packages $PRODUCT_PACKAGES $TEST_PACKAGES
export QT_QPA_PLATFORM=offscreen QT_QUICK_BACKEND=software PYTHONUNBUFFERED=1
installer/check.sh lint types contracts
if [ $# -gt 0 ]; then exec .venv/bin/python -m pytest "$@"; fi
# The tests wait for servers as long as they reckon: two halves take little longer than the longer one alone.
others=$(mktemp)
trap 'rm -f "$others"' EXIT
.venv/bin/python -m pytest tests/contract tests/faults tests/integration >"$others" 2>&1 &
failed=0
.venv/bin/python -m pytest tests/architecture tests/unit tests/flows tests/golden tests/ui tests/e2e tests/desk tests/portal || failed=$?
wait $! || failed=$?
cat "$others"
exit "$failed"
