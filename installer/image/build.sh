#!/usr/bin/env bash
# Makes a disk that boots into the kiosk: a Debian of its own with the kiosk installed by installer/install.sh of this checkout.
#   installer/image/build.sh [--test] [OUT]      as root, on Debian 12; OUT: a folder (default: build/image in the checkout)
#
# --test also makes the disk for installer/image/test.sh: the same, and a guest agent and the sample hospital in it. Such a
# disk obeys whoever owns the virtual machine: never give it to a kiosk.
#
# Leaves in OUT: kiosk.raw (for a machine's disk: EFI), vmlinuz and initrd (to boot it directly), cmdline, packages (what is
# in it), RELEASE.tar.zst (the kiosk alone, for `kiosk fleet release sign`), times; with --test: kiosk-test.qcow2.
# Packages come from where this machine's apt and pip get theirs; KIOSK_APT_SOURCES names another sources file.
#
# The disk: 1 EFI system partition · 2 root, never written (a layer in memory lies over it) · 3 state: settings and
# units (/etc), the ledger (/var/lib/kiosk), later releases (/opt/cloud-film-kiosk), the journal.
set -euo pipefail
shopt -s inherit_errexit
HERE="$(dirname "$(readlink -f "$0")")"
SOURCE="$(dirname "$(dirname "$HERE")")"
TEST=""
if [ "${1:-}" = --test ]; then
    TEST=1
    shift
fi
case "${1:-}" in -*)
    sed -n '3,14p' "$0" >&2
    exit 2
    ;;
esac
OUT="$(readlink -m "${1:-$SOURCE/build/image}")"
ROOT="$OUT/root"
STATE_MIB="${KIOSK_STATE_MIB:-4096}"
BUILD_PACKAGES="qemu-utils mmdebstrap e2fsprogs dosfstools mtools fdisk zstd"
# No compiler on a public machine: these are only needed to install.
MAKERS="gcc g++ cpp make git python3-dev libcups2-dev"
BASE="linux-image-amd64,initramfs-tools,zstd,systemd-sysv,systemd-boot-efi,systemd-resolved,systemd-timesyncd,udev,dbus,kmod,e2fsprogs,ca-certificates,passwd,util-linux,procps,iproute2,python3,minisign"
CMDLINE="root=PARTLABEL=kiosk-root ro quiet loglevel=3 systemd.show_status=false vt.global_cursor_default=0 consoleblank=0 panic=10"

mark() { echo "$(date +%s) $*" | tee -a "$OUT/times"; }

unbind() {
    local place
    awk -v root="$ROOT/" 'index($2, root) == 1 { print $2 }' /proc/mounts | sort -r |
        while read -r place; do umount -l "$place"; done
}

in_root() {
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
        PIP_CERT=/mnt/ca.crt PIP_FIND_LINKS="${PIP_FIND_LINKS:-}" \
        PIP_DISABLE_PIP_VERSION_CHECK=1 chroot "$ROOT" "$@"
}

apt_sources() {
    if [ -n "${KIOSK_APT_SOURCES:-}" ]; then
        echo "$KIOSK_APT_SOURCES"
    elif grep -qs '^deb ' /etc/apt/sources.list; then
        echo /etc/apt/sources.list
    else
        echo /etc/apt/sources.list.d/debian.sources
    fi
}

# Debian alone is kept for the next build; for newer packages remove base.tar.
base() {
    clear
    if [ ! -e "$OUT/base.tar" ]; then
        mmdebstrap --quiet --variant=minbase --mode=root --include="$BASE" bookworm "$OUT/base.new" "$(apt_sources)" --format=tar
        mv "$OUT/base.new" "$OUT/base.tar"
    fi
    mkdir -p "$ROOT"
    tar --extract --numeric-owner --xattrs --directory "$ROOT" --file "$OUT/base.tar"
}

# Never across a mount: what was lent is this machine's own.
clear() {
    unbind
    if grep -q " $ROOT/" /proc/mounts; then
        echo "build.sh: something is still mounted below $ROOT" >&2
        exit 1
    fi
    rm -rf --one-file-system "$ROOT"
}

# A file or folder of this machine, at the same place in the image while it is made.
lend() {
    if [ -d "$1" ]; then mkdir -p "$ROOT$1"; else install -D /dev/null "$ROOT$1"; fi
    mount --bind -o ro "$1" "$ROOT$1"
    lent+=("$1")
}

# /run stays the image's own: without /run/systemd/system the installer knows that systemd does not run there.
bind() {
    local file folder
    mount -t proc proc "$ROOT/proc"
    mount -t sysfs -o ro sys "$ROOT/sys"
    mount --bind /dev "$ROOT/dev"
    : >"$ROOT/mnt/ca.crt"
    mount --bind -o ro /etc/ssl/certs/ca-certificates.crt "$ROOT/mnt/ca.crt"
    lent=()
    rm -f "$ROOT/etc/resolv.conf"
    for file in /etc/resolv.conf /etc/pip.conf /root/.config/pip/pip.conf; do
        if [ -e "$file" ]; then lend "$file"; fi
    done
    # Where pip is told to look into folders of this machine.
    for folder in $( (env | grep '^PIP_'; cat /etc/pip.conf /root/.config/pip/pip.conf) 2>/dev/null | grep -o '/[^ "=]*' | sort -u); do
        folder="$(sed 's|^.*//||; s|^/*|/|' <<<"$folder" | cut -d/ -f1-3)"
        case "$folder" in /etc* | /root* | /usr*) continue ;; esac
        if [ -d "$folder" ] && ! mountpoint -q "$ROOT$folder"; then lend "$folder"; fi
    done
}

kiosk() {
    rm -rf "$ROOT/usr/src/kiosk"
    mkdir -p "$ROOT/usr/src/kiosk"
    git -C "$SOURCE" archive HEAD | tar --extract --directory "$ROOT/usr/src/kiosk"
    in_root /usr/src/kiosk/installer/install.sh
    rm -rf "$ROOT/usr/src/kiosk"
}

# The parts of the machine that are not the kiosk's: who mounts what, who takes the first settings, no way in.
appliance() {
    cp -r --no-preserve=ownership "$HERE/files/." "$ROOT"
    chown -R root:root "$ROOT/usr/local/lib/kiosk-image" "$ROOT/etc/initramfs-tools"
    in_root systemctl enable --quiet kiosk-setup.service systemd-networkd.service systemd-resolved.service systemd-timesyncd.service
    in_root systemctl mask --quiet emergency.service rescue.service debug-shell.service systemd-firstboot.service \
        serial-getty@.service getty.target console-getty.service apt-daily.timer apt-daily-upgrade.timer \
        dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service
    in_root passwd --quiet --lock root
    echo kiosk-new >"$ROOT/etc/hostname"
    printf '127.0.0.1 localhost\n::1 localhost\n' >"$ROOT/etc/hosts"
    : >"$ROOT/etc/fstab"
    in_root update-initramfs -u -k all
}

trim() {
    local one
    # shellcheck disable=SC2086
    in_root apt-get purge -y -qq $MAKERS >/dev/null
    in_root apt-get autoremove --purge -y -qq >/dev/null
    in_root apt-get clean
    unbind
    for one in "${lent[@]}"; do
        if [ -d "$ROOT$one" ]; then rmdir -p --ignore-fail-on-non-empty "$ROOT$one"; else rm -f "$ROOT$one"; fi
    done
    rm -rf "$ROOT"/var/lib/apt/lists/* "$ROOT/root/.cache" "$ROOT/root/.config" "$ROOT/mnt/ca.crt"
    ln -sf /run/systemd/resolve/stub-resolv.conf "$ROOT/etc/resolv.conf"
    : >"$ROOT/etc/machine-id"
    in_root dpkg-query -W >"$OUT/packages"
}

# The kiosk alone, as it was installed here: what a running kiosk can take as an update.
release() {
    local id
    id="$(basename "$(readlink "$ROOT/opt/cloud-film-kiosk/current")")"
    rm -f "$OUT"/*.tar.zst
    tar --create --sort=name --owner=0 --group=0 --numeric-owner --directory "$ROOT/opt/cloud-film-kiosk/releases" "$id" |
        zstd -q -T0 -6 -o "$OUT/$id.tar.zst"
}

boot_partition() {
    local esp="$OUT/esp.raw"
    truncate -s 256M "$esp"
    mkfs.vfat -n KIOSKBOOT "$esp" >/dev/null
    printf 'default kiosk\ntimeout 0\neditor no\nconsole-mode keep\n' >"$OUT/loader.conf"
    printf 'title Cloud Film Kiosk\nlinux /vmlinuz\ninitrd /initrd\noptions %s\n' "$CMDLINE" >"$OUT/kiosk.conf"
    mmd -i "$esp" ::/EFI ::/EFI/BOOT ::/loader ::/loader/entries
    mcopy -i "$esp" "$ROOT/usr/lib/systemd/boot/efi/systemd-bootx64.efi" ::/EFI/BOOT/BOOTX64.EFI
    mcopy -i "$esp" "$OUT/loader.conf" ::/loader/loader.conf
    mcopy -i "$esp" "$OUT/kiosk.conf" ::/loader/entries/kiosk.conf
    mcopy -i "$esp" "$OUT/vmlinuz" "$OUT/initrd" ::/
    rm "$OUT/loader.conf" "$OUT/kiosk.conf"
}

# disk FILE: the three partitions of what stands in ROOT now.
disk() {
    local mib=$(($(du -sxm "$ROOT" | cut -f1) * 112 / 100 + 128))
    truncate -s "${mib}M" "$OUT/root.raw"
    mkfs.ext4 -q -m 0 -O ^has_journal -L kiosk-root -d "$ROOT" "$OUT/root.raw"
    truncate -s "${STATE_MIB}M" "$OUT/state.raw"
    mkfs.ext4 -q -m 1 -L kiosk-state "$OUT/state.raw"
    rm -f "$1"
    truncate -s "$((1 + 256 + mib + STATE_MIB + 1))M" "$1"
    sfdisk --quiet "$1" <<END
label: gpt
start=1MiB, size=256MiB, type=uefi, name=kiosk-boot
size=${mib}MiB, type=4f68bce3-e8cd-4db1-96e7-fbcaf984b709, name=kiosk-root
size=${STATE_MIB}MiB, type=linux, name=kiosk-state
END
    dd if="$OUT/esp.raw" of="$1" bs=1M seek=1 conv=notrunc,sparse status=none
    dd if="$OUT/root.raw" of="$1" bs=1M seek=257 conv=notrunc,sparse status=none
    dd if="$OUT/state.raw" of="$1" bs=1M seek="$((257 + mib))" conv=notrunc,sparse status=none
    rm "$OUT/root.raw" "$OUT/state.raw"
}

# What a test needs to look in from outside, and a hospital to visit.
instruments() {
    bind
    in_root apt-get update -qq
    in_root apt-get install -y -qq --no-install-recommends qemu-guest-agent >/dev/null
    in_root systemctl enable --quiet qemu-guest-agent.service
    install -d "$ROOT/srv/kiosk-test"
    # Without hardware acceleration the first picture takes minutes, and the loop of the screens may stand for long.
    printf '[Service]\nTimeoutStartSec=900\nWatchdogSec=120\n' >"$ROOT/etc/systemd/system/kiosk.service.d/slow.conf"
    in_root env -C /opt/cloud-film-kiosk/current PYTHONDONTWRITEBYTECODE=1 HOME=/tmp .venv/bin/python -c '
from pathlib import Path
from kiosk import sample
made = sample._script().make(Path("/srv/kiosk-test/hospital"))
for card in sample.cards(Path("/srv/kiosk-test/hospital")):
    print(card.code, card.question, card.answer, sep="\t")
' >"$OUT/slips"
    chmod -R a+rX "$ROOT/srv/kiosk-test"
    rm -rf "$ROOT"/var/lib/apt/lists/*
    in_root apt-get clean
    unbind
    rm -f "$ROOT/etc/resolv.conf" "$ROOT/mnt/ca.crt"
    ln -sf /run/systemd/resolve/stub-resolv.conf "$ROOT/etc/resolv.conf"
}

if [ "$(id -u)" != 0 ]; then
    echo "build.sh: run as root" >&2
    exit 2
fi
# What is lent to the image is mounted for this program alone, and gone with it, however it ends.
if [ -z "${KIOSK_BUILD_APART:-}" ]; then
    KIOSK_BUILD_APART=1 exec unshare --mount --propagation private "$HERE/build.sh" ${TEST:+--test} "$OUT"
fi
# shellcheck source=installer/setup.sh
. "$SOURCE/installer/setup.sh"
# shellcheck disable=SC2086
system_packages $BUILD_PACKAGES
mkdir -p "$OUT"
: >"$OUT/times"
trap unbind EXIT
mark base
base
mark install
bind
kiosk
mark appliance
appliance
mark trim
trim
mark release
release
mark disk
cp "$ROOT"/boot/vmlinuz-* "$OUT/vmlinuz"
cp "$ROOT"/boot/initrd.img-* "$OUT/initrd"
echo "$CMDLINE" >"$OUT/cmdline"
boot_partition
disk "$OUT/kiosk.raw"
if [ -n "$TEST" ]; then
    mark test
    instruments
    disk "$OUT/test.raw"
    qemu-img convert -O qcow2 "$OUT/test.raw" "$OUT/kiosk-test.qcow2"
    rm "$OUT/test.raw"
fi
# The next build starts anew: half a root is none.
clear
rm "$OUT/esp.raw"
mark "done"
