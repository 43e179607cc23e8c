#!/bin/sh
# Waits until nobody is at the kiosk: wait-for-attract.sh SECONDS
# Ends with 0 when the kiosk is away or free, with 1 when somebody is still there after that time. The kiosk tells
# systemd by its status line (ui/watchdog.py).
set -eu
left="$1"
while systemctl is-active --quiet kiosk.service; do
    case "$(systemctl show --property=StatusText --value kiosk.service)" in busy*) ;; *) exit 0 ;; esac
    [ "$left" -gt 0 ] || exit 1
    left=$((left - 1))
    sleep 1
done
