#!/bin/sh
# Waits up to 30 s until the display's socket is there: wait-for-display.sh SOCKET
set -eu
tries=0
while [ ! -S "$1" ]; do
    tries=$((tries + 1))
    if [ "$tries" -gt 150 ]; then
        echo "no display at $1" >&2
        exit 1
    fi
    sleep 0.2
done
