#!/usr/bin/env bash
# All checks and tests, the fast ones first. Installs what it needs. Arguments go to pytest.
set -euo pipefail
cd "$(dirname "$0")/.."
. installer/setup.sh
# shellcheck disable=SC2086
system_packages $PRODUCT_PACKAGES $TEST_PACKAGES
virtual_environment requirements-dev.lock
export QT_QPA_PLATFORM=offscreen QT_QUICK_BACKEND=software PYTHONUNBUFFERED=1
.venv/bin/ruff check .
.venv/bin/mypy
.venv/bin/lint-imports
.venv/bin/python -m tests.architecture.qml
exec .venv/bin/python -m pytest "$@"
