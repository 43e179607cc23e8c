#!/usr/bin/env bash
# All checks and tests, the fast ones first. Installs what it needs. Arguments go to pytest.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=installer/setup.sh
. installer/setup.sh
# shellcheck disable=SC2086
system_packages $PRODUCT_PACKAGES $TEST_PACKAGES
export QT_QPA_PLATFORM=offscreen QT_QUICK_BACKEND=software PYTHONUNBUFFERED=1
installer/check.sh lint types contracts
exec .venv/bin/python -m pytest "$@"
