#!/bin/sh
# Set up one queue for the kiosk. Run as root on the kiosk, printer switched on and loaded.
#
#   add-queue.sh NAME ipp://ADDRESS/ipp/print [MEDIA]
#
# NAME goes into printers.report.queue or printers.film.queue of kiosk.toml; MEDIA is the PWG name of what is loaded,
# e.g. iso_a4_210x297mm or na_14x17_14x17in. IPP Everywhere printers, and film imagers that speak IPP, need no driver.
set -eu

usage() { sed -n 's/^# \{0,1\}//p' "$0" | sed -n '2,7p' >&2; exit 2; }
[ $# -ge 2 ] || usage
name=$1 uri=$2 media=${3:-}

case $name in *[!A-Za-z0-9_.-]*) echo "a queue name has letters, digits, _ . - only" >&2; exit 2 ;; esac
case $uri in ipp://* | ipps://*) ;; *) echo "an IPP address is wanted: ipp://printer/ipp/print" >&2; exit 2 ;; esac
for tool in lpadmin lpstat ipptool openssl; do
  command -v "$tool" >/dev/null || { echo "$tool is missing: apt install cups-client cups-ipp-utils" >&2; exit 1; }
done

# ipptool also fails on small sins against the standard; an answer is what counts.
said=$(ipptool -tv "$uri" get-printer-attributes.test 2>&1) || true
case $said in *printer-state-reasons*) ;; *) echo "no answer from $uri" >&2; exit 1 ;; esac
told() { printf '%s\n' "$said" | grep -Eq "^ *$1 .*[ =,]$2(,|\$)"; }
told document-format-supported 'application/pdf' ||
  echo "note: $name takes no PDF, so CUPS makes raster pages of it: slower, and the geometry depends on a filter" >&2
told print-scaling-supported none ||
  echo "note: $name does not know print-scaling=none; print the test page and measure it" >&2
if [ -n "$media" ]; then
  told media-supported "$media" || { echo "$name does not take $media" >&2; exit 1; }
  told media-ready "$media" || echo "note: $media is not loaded now" >&2
fi

# Abort, never retry: what is printed again is for the kiosk's journal to decide. No banner pages, not shared.
lpadmin -p "$name" -E -v "$uri" -m everywhere \
  -o printer-error-policy=abort-job -o printer-is-shared=false -o job-sheets-default=none,none \
  -o print-scaling-default=none ${media:+-o media-default="$media"} -o printer-op-policy=kiosk
cupsaccept "$name"
cupsenable "$name"
lpstat -p "$name"

# IPP Everywhere printers sign their certificates themselves. CUPS keeps the first one it meets where only itself can
# read it; the kiosk asks the printer too, and trusts what the person at this set-up has seen.
case $uri in
  ipps://*)
    address=${uri#ipps://} address=${address%%/*}
    case $address in *:*) ;; *) address=$address:631 ;; esac
    folder=${KIOSK_CERTIFICATES:-/etc/kiosk/printers}
    mkdir -p "$folder"
    openssl s_client -connect "$address" </dev/null 2>/dev/null | openssl x509 >"$folder/$name.pem"
    chmod 0644 "$folder/$name.pem"
    openssl x509 -in "$folder/$name.pem" -noout -fingerprint -sha256
    echo "compare this with the printer's own page, then set ca_file = \"$folder/$name.pem\" in its section of kiosk.toml"
    ;;
esac
