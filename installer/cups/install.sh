#!/bin/sh
# Install the kiosk's CUPS configuration. Run as root; the old files are kept beside the new ones.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

command -v cupsd >/dev/null || [ -x /usr/sbin/cupsd ] || { echo "apt install cups cups-filters" >&2; exit 1; }
id kiosk >/dev/null 2>&1 || { echo "the account kiosk is missing: run installer/install.sh first" >&2; exit 1; }

for file in cupsd.conf cups-files.conf; do
  [ ! -e "/etc/cups/$file" ] || cmp -s "$here/$file" "/etc/cups/$file" || cp -p "/etc/cups/$file" "/etc/cups/$file.before-kiosk"
  install -o root -g lp -m 0640 "$here/$file" "/etc/cups/$file"
done
install -D -m 0644 "$here/systemd/cups.service.d-kiosk.conf" /etc/systemd/system/cups.service.d/kiosk.conf
# cups-browsed would add the neighbours' printers; the path and socket units would start CUPS with other settings.
systemctl disable --now cups-browsed.service cups.socket cups.path 2>/dev/null || true
systemctl daemon-reload
systemctl enable cups.service
systemctl restart cups.service
cupsd -t
echo "done; check with: kiosk doctor"
