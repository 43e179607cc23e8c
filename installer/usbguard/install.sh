#!/bin/sh
# Closes USB to every device but those that are plugged in now. Run as root on the finished kiosk: touch panel, scanner and
# printers connected, no stick, no keyboard of yours. Run it again after a device was replaced.
#   installer/usbguard/install.sh
# Debian's package starts with an empty policy, which shuts the touch panel out: it stays masked until the policy is there.
set -eu
policy="${USBGUARD_POLICY:-/etc/usbguard/rules.conf}"
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

if ! command -v usbguard >/dev/null; then
    systemctl mask --quiet usbguard.service
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends usbguard >/dev/null
fi
made=$(mktemp)
trap 'rm -f "$made"' EXIT
# Storage stays out even if it is plugged in now (class 08); so does what is a keyboard and something else.
usbguard generate-policy | grep -Ev 'with-interface.* 08:' >"$made" || true
if ! grep -Eq 'with-interface.*03:' "$made"; then
    echo "no touch panel, mouse or keyboard on USB is plugged in: with this policy nothing could be connected later" >&2
    echo "connect the devices, or write $policy by hand after $here/rules.conf" >&2
    exit 1
fi
sed -n '/^# Never:/,$p' "$here/rules.conf" >>"$made"
install -D -m 0600 "$made" "$policy.new"
sync "$policy.new"
mv "$policy.new" "$policy"
sync "$(dirname "$policy")"
systemctl unmask --quiet usbguard.service
systemctl enable --quiet usbguard.service
if [ -d /run/systemd/system ]; then systemctl restart usbguard.service; fi
echo "USB is closed to all but these:"
grep -o '^allow id [^ ]* .*name "[^"]*"' "$policy" | sed 's/ serial "[^"]*"//; s/^allow id/ /'
