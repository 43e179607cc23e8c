#!/bin/sh
# One look for signed settings and releases: update.sh   (as root, by kiosk-update.timer)
# A release that is being tried and cannot even run this is left at once, by the installer of the one before.
set -eu
home="${KIOSK_HOME_DIR:-/opt/cloud-film-kiosk}"
code=0
"$home/current/.venv/bin/kiosk" fleet --config /etc/kiosk/kiosk.toml update || code=$?
# 5: refused or gone back · 6: depot or ledger away; both were dealt with.
case "$code" in 0 | 5 | 6) exit "$code" ;; esac
if [ -e "$home/updates/trial" ]; then
    echo "<3>the release that is being tried cannot run (exit code $code): back to the one before"
    bash "$home/$(readlink "$home/previous")/installer/install.sh" --rollback
    rm -f "$home/updates/trial"
    sync "$home/updates"
fi
exit "$code"
