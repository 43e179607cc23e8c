#!/usr/bin/env bash
# The kiosk's image in a virtual machine: boots, serves, withstands. Started by hand.
#   installer/image/test.sh --smoke [OUT]            boots, first settings, attract screen, doctor (4 min on two quiet cores)
#   installer/image/test.sh [--cuts N] [OUT]         the whole: visits, keys, sticks, crashes, power cuts, updates
# OUT: the folder of installer/image/build.sh (default: build/image); what is not built there is built first, as root.
# Leaves OUT/proof/proof.md (the table of docs/appliance.md) and pictures. Needs no KVM; with KIOSK_ACCEL=kvm it is faster.
set -euo pipefail
HERE="$(dirname "$(readlink -f "$0")")"
SOURCE="$(dirname "$(dirname "$HERE")")"
options=()
out="$SOURCE/build/image"
while [ $# -gt 0 ]; do
    case "$1" in
    --smoke) options+=("$1") ;;
    --cuts | --seed)
        options+=("$1" "${2:?a number}")
        shift
        ;;
    -*)
        sed -n '2,6p' "$0" >&2
        exit 2
        ;;
    *) out="$1" ;;
    esac
    shift
done
cd "$SOURCE"
# shellcheck source=installer/setup.sh
. installer/setup.sh
system_packages qemu-system-x86 qemu-utils dosfstools mtools ovmf minisign zstd e2fsprogs
virtual_environment requirements-dev.lock
if [ ! -e "$out/kiosk-test.qcow2" ]; then as_root "$HERE/build.sh" --test "$out"; fi
rm -rf "$out/proof"
mkdir -p "$out/proof"
PYTHONPATH="$HERE" .venv/bin/python "$HERE/prove.py" "$out" "$out/proof" "${options[@]}"
