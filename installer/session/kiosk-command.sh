#!/bin/sh
# Installed as /usr/local/bin/kiosk: the kiosk's commands, as the user kiosk and with the kiosk's settings: kiosk doctor,
# kiosk stats R1 … --config comes first among the options, so that another one on the command line wins.
set -eu
program=/opt/cloud-film-kiosk/current/.venv/bin/kiosk
# A release stays as it was installed, whoever runs its programs.
export PYTHONDONTWRITEBYTECODE=1
case "${1:-}" in
"" | -*) exec "$program" "$@" ;;
esac
command="$1"
shift
set -- "$program" "$command" --config /etc/kiosk/kiosk.toml "$@"
if [ "$(id -un)" = kiosk ]; then exec "$@"; fi
exec runuser -u kiosk -- "$@"
