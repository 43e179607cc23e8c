#!/bin/bash
# A machine without settings: says so on the screen, waits for a stick, takes what is on it, starts the kiosk.
# On the stick, in its uppermost folder: kiosk.toml · and, where wanted, network.conf (the only addresses it may talk to),
# queues.txt (a line a printer: NAME ipp://ADDRESS/ipp/print MEDIA), 10-….network (a fixed address), update.pub (whose
# releases it takes), secrets/ (what kiosk.toml points to as file:/etc/kiosk/secrets/…). Only these are looked at.
set -euo pipefail
PAGE="${KIOSK_PAGE:-/run/kiosk-setup/page}"
ETC="${KIOSK_ETC:-/etc}"
USB="${KIOSK_USB:-/sys/bus/usb}"
RELEASE="${KIOSK_RELEASE:-/opt/cloud-film-kiosk/current}"
STICK=/run/kiosk-setup/stick
REFUSED=/run/kiosk-setup/refused

show() {
    printf '%s\n' "$@" >"$PAGE.new"
    mv "$PAGE.new" "$PAGE"
}

ask() {
    show "本机尚未设置" "请插入存有 kiosk.toml 的 U 盘" "" "This kiosk has no settings yet." \
        "Plug in a stick with the file kiosk.toml on it." "Guide: docs/appliance.md, \"A new machine\"."
}

refuse() {
    show "U 盘上的设置有误，未作任何更改" "请更正后重新插入" "" "The settings on the stick are wrong; nothing was changed." \
        "Mend the file and plug the stick in again:" "" "$(tail -n 4 <<<"$1" | cut -c1-160)"
}

# The kiosk's udev rule keeps storage out; for as long as there are no settings it is let in.
let_in() {
    local class interface
    for class in "$USB"/devices/*/bInterfaceClass; do
        if [ ! -e "$class" ] || [ "$(cat "$class")" != 08 ]; then continue; fi
        interface="$(dirname "$class")"
        if [ "$(cat "$interface/authorized")" = "$1" ]; then continue; fi
        echo "$1" >"$interface/authorized"
        if [ "$1" = 1 ]; then basename "$interface" >"$USB/drivers_probe" || true; fi
    done
}

sticks() {
    local disk
    for disk in /dev/disk/by-path/*usb*; do
        if [ -b "$disk" ]; then readlink -f "$disk"; fi
    done | sort -u
}

put() { # MODE SOURCE TARGET GROUP
    install -D -m "$1" -o root -g "$4" "$2" "$3.new"
    sync "$3.new"
    mv -T "$3.new" "$3"
}

understood() {
    "$RELEASE/.venv/bin/python" - "$1" 2>&1 <<'END'
import sys
from pathlib import Path
from kiosk.config import load
from kiosk.domain.faults import KioskError
try:
    load(Path(sys.argv[1]))
except KioskError as error:
    sys.exit(error.detail)
END
}

# Takes what lies in the folder: take FOLDER. 1: kiosk.toml is wrong, and nothing was taken.
take() {
    local said file name uri media
    if ! said="$(understood "$1/kiosk.toml")"; then
        refuse "$said"
        return 1
    fi
    for file in "$1"/secrets/*; do
        if [ -f "$file" ]; then put 0600 "$file" "$ETC/kiosk/secrets/$(basename "$file")" kiosk; fi
    done
    chown -R kiosk:kiosk "$ETC/kiosk/secrets"
    if [ -f "$1/network.conf" ]; then put 0644 "$1/network.conf" "$ETC/systemd/system/kiosk.service.d/network.conf" root; fi
    if [ -f "$1/update.pub" ]; then put 0644 "$1/update.pub" "$ETC/kiosk/update.pub" root; fi
    for file in "$1"/10-*.network; do
        if [ -f "$file" ]; then put 0644 "$file" "$ETC/systemd/network/$(basename "$file")" root; fi
    done
    put 0640 "$1/kiosk.toml" "$ETC/kiosk/kiosk.toml" kiosk || return 1
    if [ -f "$1/queues.txt" ]; then put 0600 "$1/queues.txt" "$ETC/kiosk/queues.txt" root; fi
    : >"$ETC/kiosk/configured"
    sync --file-system "$ETC"
}

# Printers answer only once the network is there with its addresses: after the settings, and a printer that is off now
# is one that doctor names.
queues() {
    [ -f "$ETC/kiosk/queues.txt" ] || return 0
    while read -r name uri media; do
        case "$name" in "" | "#"*) continue ;; esac
        # shellcheck disable=SC2086
        "$RELEASE/installer/cups/add-queue.sh" "$name" "$uri" $media </dev/null ||
            echo "<3>the queue $name could not be set up; run add-queue.sh again" >&2
    done <"$ETC/kiosk/queues.txt"
}

look() {
    local disk found=""
    for disk in $(sticks); do
        mkdir -p "$STICK"
        if ! mount -o ro,nosuid,nodev,noexec "$disk" "$STICK" 2>/dev/null; then continue; fi
        # What was refused is looked at again once it is another file.
        if [ -f "$STICK/kiosk.toml" ] && ! sha256sum --check --status "$REFUSED" 2>/dev/null; then
            if take "$STICK"; then found=1; else sha256sum "$STICK/kiosk.toml" >"$REFUSED"; fi
        fi
        umount "$STICK"
    done
    [ -n "$found" ]
}

main() {
    ask
    let_in 1
    until look; do
        sleep 2
        let_in 1
    done
    let_in 0
    show "正在启动" "" "The settings are taken. The kiosk starts."
    systemctl daemon-reload
    networkctl reload || true
    systemctl restart --no-block cups.service
    queues
    systemctl start --no-block kiosk.service
}

if [ "${1:-}" = take ]; then take "$2"; else main; fi
