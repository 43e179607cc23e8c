#!/usr/bin/env bash
# Installs the kiosk on a Debian 12 machine; run it again from a newer checkout to upgrade.
#
#   installer/install.sh                 install or upgrade (as root)
#   installer/install.sh --rollback      back to the release before
#   installer/install.sh --uninstall     remove programs and units; settings and journal stay
#   installer/install.sh --stage DIR     only lay the files out below DIR (for packaging and tests)
#
# Leaves: /opt/cloud-film-kiosk/releases/ID with its virtual environment, and `current` pointing to it · the users
# kiosk and kiosk-display · /etc/kiosk/kiosk.toml (made once, never overwritten) · /var/lib/kiosk (journal, keys) ·
# the systemd units, udev rules, CUPS settings · /usr/local/bin/kiosk, which runs the kiosk's commands as the user kiosk
# with the kiosk's settings. Pages of a visit lie in /run/kiosk, in memory.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
STAGE=""
HOME_DIR=/opt/cloud-film-kiosk
UNITS="kiosk.service kiosk-display.service kiosk-maintenance.service"
APPLIANCE_PACKAGES="cups-daemon cups-client cups-ipp-utils cups-filters cage xwayland seatd alsa-utils ca-certificates"

say() { echo "• $*"; }

need_root() {
    if [ "$(id -u)" != 0 ]; then
        echo "install.sh: run as root" >&2
        exit 2
    fi
}

# What is installed: the checkout without what running it leaves behind.
tree() {
    tar --create --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner \
        --exclude=./.git --exclude=./.venv --exclude='*.egg-info' --exclude=__pycache__ --exclude='./.*_cache' \
        --exclude=./demo-output --exclude=./sample-hospital .
}

users() {
    getent group kiosk >/dev/null || groupadd --system kiosk
    getent passwd kiosk >/dev/null ||
        useradd --system --gid kiosk --home-dir /var/lib/kiosk --no-create-home --shell /usr/sbin/nologin kiosk
    getent passwd kiosk-display >/dev/null ||
        useradd --system --gid kiosk --home-dir /run/kiosk-display --no-create-home --shell /usr/sbin/nologin kiosk-display
    for group in video render audio; do
        if getent group "$group" >/dev/null; then usermod --append --groups "$group" kiosk; fi
    done
    usermod --append --groups video kiosk-display
}

# A release has a name that follows from its content: installing the same again does nothing.
release() {
    local id folder
    id="$(tree | sha256sum | cut -c1-12)"
    folder="$STAGE$HOME_DIR/releases/$id"
    if [ ! -f "$folder/.complete" ]; then
        rm -rf "$folder"
        install -d -m 0755 "$STAGE$HOME_DIR" "$STAGE$HOME_DIR/releases" "$folder"
        tree | tar --extract --directory "$folder" --no-same-owner
        if [ -z "$STAGE" ]; then (cd "$folder" && virtual_environment requirements.lock); fi
        touch "$folder/.complete"
    fi
    local before
    before="$(readlink "$STAGE$HOME_DIR/current" || true)"
    if [ "$before" != "releases/$id" ]; then
        if [ -n "$before" ]; then ln -sfn "$before" "$STAGE$HOME_DIR/previous"; fi
        ln -sfn "releases/$id" "$STAGE$HOME_DIR/current"
    fi
    say "release $id"
}

# Only the present release and the one before are kept.
tidy() {
    local keep folder
    keep="$(readlink "$HOME_DIR/current" || true) $(readlink "$HOME_DIR/previous" || true)"
    for folder in "$HOME_DIR"/releases/*; do
        case " $keep " in *" releases/$(basename "$folder") "*) ;; *) rm -rf "$folder" ;; esac
    done
}

settings() {
    local file="$STAGE/etc/kiosk/kiosk.toml"
    install -d -m 0750 "$STAGE/etc/kiosk"
    install -d -m 0700 "$STAGE/etc/kiosk/secrets"
    if [ ! -e "$file" ]; then
        sed -e 's|^state_dir = .*|state_dir = "/var/lib/kiosk"|' \
            -e 's|^# private_dir = .*|private_dir = "/run/kiosk/visits"|' installer/config/kiosk.toml >"$file.new"
        chmod 0640 "$file.new"
        mv "$file.new" "$file"
        say "settings: edit $file, then: kiosk doctor"
    fi
    [ -n "$STAGE" ] && return 0
    chown root:kiosk /etc/kiosk "$file"
    chown kiosk:kiosk /etc/kiosk/secrets
    # Here and not only by the unit: commands such as `kiosk staff add` run before the first start.
    install -d -m 0700 -o kiosk -g kiosk /var/lib/kiosk
}

units() {
    local folder="$STAGE/etc/systemd/system" unit
    install -d "$folder" "$folder/kiosk.service.d" "$STAGE/etc/udev/rules.d"
    for unit in $UNITS; do install -m 0644 "installer/systemd/$unit" "$folder/$unit"; done
    # The hospital's own addresses: made once, never overwritten.
    [ -e "$folder/kiosk.service.d/network.conf" ] ||
        install -m 0644 installer/systemd/network.conf "$folder/kiosk.service.d/network.conf"
    install -m 0644 installer/udev/70-kiosk.rules "$STAGE/etc/udev/rules.d/70-kiosk.rules"
}

spooler() {
    install -d "$STAGE/etc/cups" "$STAGE/etc/systemd/system/cups.service.d"
    local name
    for name in cupsd.conf cups-files.conf; do
        if [ -e "$STAGE/etc/cups/$name" ] && ! grep -q "CUPS on the kiosk" "$STAGE/etc/cups/$name"; then
            cp -p "$STAGE/etc/cups/$name" "$STAGE/etc/cups/$name.before-kiosk"
        fi
        install -m 0640 "installer/cups/$name" "$STAGE/etc/cups/$name"
    done
    install -m 0644 installer/cups/systemd/cups.service.d-kiosk.conf "$STAGE/etc/systemd/system/cups.service.d/kiosk.conf"
}

command_for_staff() {
    install -d "$STAGE/usr/local/bin"
    cat >"$STAGE/usr/local/bin/kiosk.new" <<'WRAPPER'
#!/bin/sh
# The kiosk's commands, as the user kiosk and with the kiosk's settings: kiosk doctor, kiosk stats R1 …
# --config comes first among the options, so that another one on the command line wins.
set -eu
program=/opt/cloud-film-kiosk/current/.venv/bin/kiosk
case "${1:-}" in
"" | -*) exec "$program" "$@" ;;
esac
command="$1"
shift
set -- "$program" "$command" --config /etc/kiosk/kiosk.toml "$@"
if [ "$(id -un)" = kiosk ]; then exec "$@"; fi
exec runuser -u kiosk -- "$@"
WRAPPER
    chmod 0755 "$STAGE/usr/local/bin/kiosk.new"
    mv "$STAGE/usr/local/bin/kiosk.new" "$STAGE/usr/local/bin/kiosk"
}

start() {
    if ! [ -d /run/systemd/system ]; then
        say "systemd does not run here: units are installed, not started"
        return 0
    fi
    systemctl daemon-reload
    udevadm control --reload
    # Its files are in place already, so that only a foreign configuration is kept as *.before-kiosk, never our last one.
    sh installer/cups/install.sh
    systemctl enable --quiet seatd.service kiosk-display.service kiosk.service
    systemctl start seatd.service
    systemctl restart kiosk-display.service kiosk.service
    say "started; look at: systemctl status kiosk, journalctl -u kiosk"
}

install_all() {
    need_root
    # shellcheck source=installer/setup.sh
    . installer/setup.sh
    # shellcheck disable=SC2086
    system_packages $PRODUCT_PACKAGES $SCREEN_PACKAGES $APPLIANCE_PACKAGES
    users
    release
    settings
    units
    spooler
    command_for_staff
    tidy
    start
}

rollback() {
    need_root
    local before now
    before="$(readlink "$HOME_DIR/previous" || true)"
    now="$(readlink "$HOME_DIR/current" || true)"
    if [ -z "$before" ] || [ ! -f "$HOME_DIR/$before/.complete" ]; then
        echo "install.sh: there is no release to go back to" >&2
        exit 1
    fi
    ln -sfn "$before" "$HOME_DIR/current"
    ln -sfn "$now" "$HOME_DIR/previous"
    start
    say "back at $before"
}

uninstall() {
    need_root
    local unit name
    for unit in $UNITS; do
        if [ -d /run/systemd/system ]; then systemctl disable --now --quiet "$unit" || true; fi
        rm -f "/etc/systemd/system/$unit"
    done
    rm -rf "$HOME_DIR" /etc/systemd/system/kiosk.service.d /etc/systemd/system/cups.service.d/kiosk.conf
    rm -f /etc/udev/rules.d/70-kiosk.rules /usr/local/bin/kiosk
    for name in cupsd.conf cups-files.conf; do
        if [ -e "/etc/cups/$name.before-kiosk" ]; then mv "/etc/cups/$name.before-kiosk" "/etc/cups/$name"; fi
    done
    if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
    say "removed; kept: /etc/kiosk (settings, secrets), /var/lib/kiosk (journal, keys), the users"
}

stage() {
    STAGE="$(readlink -m "$1")"
    release
    settings
    units
    spooler
    command_for_staff
}

case "${1:-}" in
"") install_all ;;
--rollback) rollback ;;
--uninstall) uninstall ;;
--stage) stage "${2:?--stage needs a folder}" ;;
*)
    sed -n '2,8p' "$0" >&2
    exit 2
    ;;
esac
