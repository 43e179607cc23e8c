#!/usr/bin/env bash
# The main job on the embedded sample hospital: with a screen the kiosk opens; without one a scripted visit leaves
# pictures of every screen, of every view of the staff's desk, and the printed PDFs in demo-output/. Installs what it
# needs. --lan: phones in this network may open the cloud film; --headless --serve: it stays up until interrupted,
# demo-output/cloud.json says where the cloud film is, the last lines where the desk is.
set -euo pipefail
cd "$(dirname "$0")/.."
. installer/setup.sh
# shellcheck disable=SC2086
system_packages $PRODUCT_PACKAGES $SCREEN_PACKAGES
virtual_environment requirements.lock
export KIOSK_HOME="${KIOSK_HOME:-$PWD/sample-hospital}"
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && [ "${1:-}" != "--headless" ]; then
    exec .venv/bin/kiosk demo "$@"
fi
[ "${1:-}" != "--headless" ] || shift
exec .venv/bin/kiosk demo --headless --out demo-output "$@"
