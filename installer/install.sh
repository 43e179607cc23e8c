#!/usr/bin/env bash
# Installs the kiosk on a Debian 12 machine; run it again from a newer checkout to upgrade.
#
#   installer/install.sh                 install or upgrade (as root); also in the chroot of an image
#   installer/install.sh --rollback      back to the release before, with its units and settings of the machine
#   installer/install.sh --switch ID     use a release that lies below /opt/cloud-film-kiosk/releases (kiosk fleet update)
#   installer/install.sh --uninstall     remove programs and units; settings and journal stay
#   installer/install.sh --stage DIR     only lay the files out below DIR (for packaging and tests); --rollback or --switch ID may follow
#
# Leaves: /opt/cloud-film-kiosk/releases/ID with its virtual environment, and `current` pointing to it · the users
# kiosk and kiosk-display · /etc/kiosk/kiosk.toml (made once, never overwritten) · /var/lib/kiosk (journal, keys) ·
# the systemd units, udev rules, CUPS settings · no login prompt on the screen · /usr/local/bin/kiosk, which runs the
# kiosk's commands as the user kiosk with the kiosk's settings. Pages of a visit lie in /run/kiosk, in memory.
#
# Power may go at any time: a file is written beside its place, flushed and renamed; a release counts only once all of
# it is on the disk, and is compared with what was installed before it is trusted again.
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$(readlink -f "$0")")/.."
STAGE=""
HOME_DIR=/opt/cloud-film-kiosk
SYSTEMD=/etc/systemd/system
APPLIANCE_PACKAGES="cups-daemon cups-client cups-ipp-utils cups-filters cage xwayland seatd alsa-utils ca-certificates
    minisign zstd"
# Longer than a visit takes: a visit ends by itself after a minute without a touch.
WAIT_S="${KIOSK_WAIT_S:-1200}"
# Nobody logs in at the screen of a public machine, and no keyboard restarts it.
MASKED="getty@tty1.service autovt@.service ctrl-alt-del.target"
# Mode, file of the release, place. A release that is older than one of them leaves what is there.
PLACES="0644 installer/udev/70-kiosk.rules /etc/udev/rules.d/70-kiosk.rules
0644 installer/sysctl/90-kiosk.conf /etc/sysctl.d/90-kiosk.conf
0644 installer/systemd/logind-kiosk.conf /etc/systemd/logind.conf.d/kiosk.conf
0644 installer/systemd/seatd.service.d-kiosk.conf $SYSTEMD/seatd.service.d/kiosk.conf
0644 installer/cups/systemd/cups.service.d-kiosk.conf $SYSTEMD/cups.service.d/kiosk.conf
0755 installer/session/kiosk-command.sh /usr/local/bin/kiosk"

say() { echo "• $*"; }

running() { [ -z "$STAGE" ] && [ -d /run/systemd/system ]; }

need_root() {
    if [ "$(id -u)" != 0 ]; then
        echo "install.sh: run as root" >&2
        exit 2
    fi
}

# The file is there whole or as it was, also after a power cut: place MODE SOURCE TARGET [GROUP]
place() {
    install -D -m "$1" "$2" "$3.new"
    if [ -n "${4:-}" ] && [ -z "$STAGE" ]; then chgrp "$4" "$3.new"; fi
    sync "$3.new"
    mv -T "$3.new" "$3"
}

# The same for a link: point TARGET LINK
point() {
    rm -f "$2.new"
    ln -s "$1" "$2.new"
    mv -T "$2.new" "$2"
}

flush() { sync --file-system "$STAGE/etc" "$STAGE$HOME_DIR"; }

# What is installed: the checkout without what running it leaves behind.
tree() {
    tar --create --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner \
        --exclude=./.git --exclude=./.venv --exclude='*.egg-info' --exclude=__pycache__ --exclude='./.*_cache' \
        --exclude=./demo-output --exclude=./sample-hospital .
}

# Every file and link of a release in one number; bytecode comes and goes.
contents() {
    (
        cd "$1"
        {
            find . -name __pycache__ -prune -o -type f ! -path ./.complete -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
            find . -type l -printf '%p -> %l\n' | LC_ALL=C sort
        } | sha256sum | cut -d' ' -f1
    )
}

# Whether a release is what was installed: a power cut can leave empty files behind.
whole() { [ -s "$1/.complete" ] && [ "$(cat "$1/.complete")" = "$(contents "$1")" ]; }

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

# A release has a name that follows from its content: installing the same again does nothing. Prints the name.
release() {
    local id folder sum
    id="$(tree | sha256sum | cut -c1-12)"
    folder="$STAGE$HOME_DIR/releases/$id"
    if ! whole "$folder"; then
        rm -rf "$folder"
        install -d -m 0755 "$STAGE$HOME_DIR" "$STAGE$HOME_DIR/releases" "$folder"
        tree | tar --extract --directory "$folder" --no-same-owner
        if [ -z "$STAGE" ]; then programs "$folder"; fi
        sum="$(contents "$folder")"
        sync --file-system "$folder"
        echo "$sum" >"$folder/.complete"
        sync "$folder/.complete" "$folder"
    fi
    echo "$id"
}

programs() (
    cd "$1"
    virtual_environment requirements.lock >&2
    # Nobody may write here later: without bytecode every command would translate the program anew.
    .venv/bin/python -m compileall -q kiosk ui assets
)

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
    if [ ! -s "$file" ]; then
        sed -e 's|^state_dir = .*|state_dir = "/var/lib/kiosk"|' \
            -e 's|^# private_dir = .*|private_dir = "/run/kiosk/visits"|' installer/config/kiosk.toml >"$file.made"
        place 0640 "$file.made" "$file"
        rm "$file.made"
        say "settings: edit $file, then: kiosk doctor"
    fi
    [ -n "$STAGE" ] && return 0
    chown root:kiosk /etc/kiosk "$file"
    chown kiosk:kiosk /etc/kiosk/secrets
    # Here and not only by the unit: commands such as `kiosk staff add` run before the first start.
    install -d -m 0700 -o kiosk -g kiosk /var/lib/kiosk
}

# The files of the machine, as the release in FOLDER wants them: lay_out FOLDER
lay_out() {
    local mode file target unit
    while read -r mode file target; do
        if [ -e "$1/$file" ]; then place "$mode" "$1/$file" "$STAGE$target"; fi
    done <<<"$PLACES"
    for unit in "$1"/installer/systemd/*.service "$1"/installer/systemd/*.timer; do
        if [ -e "$unit" ]; then place 0644 "$unit" "$STAGE$SYSTEMD/$(basename "$unit")"; fi
    done
    # The hospital's own addresses, for the kiosk and for CUPS: made once, never overwritten.
    if [ ! -s "$STAGE$SYSTEMD/kiosk.service.d/network.conf" ]; then
        place 0644 "$1/installer/systemd/network.conf" "$STAGE$SYSTEMD/kiosk.service.d/network.conf"
    fi
    for unit in cups kiosk-update; do
        install -d "$STAGE$SYSTEMD/$unit.service.d"
        point ../kiosk.service.d/network.conf "$STAGE$SYSTEMD/$unit.service.d/network.conf"
    done
    for unit in $MASKED; do point /dev/null "$STAGE$SYSTEMD/$unit"; done
    spooler "$1"
}

# Only a foreign configuration is kept as *.before-kiosk, never our last one.
spooler() {
    local name
    for name in cupsd.conf cups-files.conf; do
        if [ -e "$STAGE/etc/cups/$name" ] && ! grep -q "CUPS on the kiosk" "$STAGE/etc/cups/$name"; then
            cp -p "$STAGE/etc/cups/$name" "$STAGE/etc/cups/$name.before-kiosk"
        fi
        place 0640 "$1/installer/cups/$name" "$STAGE/etc/cups/$name" lp
    done
}

# Units that only the release which is left has.
drop_units() {
    local unit name
    for unit in "$1"/installer/systemd/*.service "$1"/installer/systemd/*.timer; do
        name="$(basename "$unit")"
        if [ -e "$2/installer/systemd/$name" ] || [ ! -e "$unit" ]; then continue; fi
        if [ -z "$STAGE" ]; then systemctl disable --quiet "$name" || true; fi
        rm -f "$STAGE$SYSTEMD/$name"
    done
}

# From here on the machine is the release ID's: switch_to ID
switch_to() {
    local home="$STAGE$HOME_DIR" before
    before="$(readlink "$home/current" || true)"
    lay_out "$home/releases/$1"
    if [ -n "$before" ] && [ "$before" != "releases/$1" ]; then
        drop_units "$home/$before" "$home/releases/$1"
        point "$before" "$home/previous"
    fi
    point "releases/$1" "$home/current"
    flush
    say "release $1"
}

# Nobody loses a visit to an upgrade.
when_nobody_is_there() {
    running || return 0
    if ! installer/session/wait-for-attract.sh "$WAIT_S"; then
        echo "install.sh: somebody is still at the kiosk; nothing was changed, run it again" >&2
        exit 3
    fi
    systemctl stop kiosk.service 2>/dev/null || true
}

# Works in the chroot of an image too.
enable() {
    local unit
    systemctl enable --quiet cups.service seatd.service kiosk-display.service kiosk.service
    # A release that is older than the updater has none.
    if [ -e "$SYSTEMD/kiosk-update.timer" ]; then systemctl enable --quiet kiosk-update.timer; fi
    # cups-browsed would add the neighbours' printers; the path is for a scheduler that comes and goes. (The socket is
    # pulled in by the scheduler itself.)
    for unit in cups-browsed.service cups.path cups.socket; do
        systemctl disable --quiet "$unit" 2>/dev/null || true
    done
}

start() {
    if ! running; then
        say "systemd does not run here: enabled, not started"
        return 0
    fi
    systemctl daemon-reload
    udevadm control --reload
    /usr/lib/systemd/systemd-sysctl /etc/sysctl.d/90-kiosk.conf
    systemctl kill --signal=HUP systemd-logind.service || true
    systemctl stop cups-browsed.service cups.path getty@tty1.service 2>/dev/null || true
    systemctl reset-failed kiosk.service kiosk-display.service cups.service 2>/dev/null || true
    cupsd -t
    systemctl restart cups.service seatd.service kiosk-display.service
    # shellcheck disable=SC2086
    systemctl start ${1:-} kiosk.service
    if [ -e "$SYSTEMD/kiosk-update.timer" ]; then systemctl start kiosk-update.timer; fi
    say "started; look at: systemctl status kiosk, journalctl -u kiosk"
}

install_all() {
    local id
    need_root
    # shellcheck source=installer/setup.sh
    . installer/setup.sh
    # shellcheck disable=SC2086
    system_packages $PRODUCT_PACKAGES $SCREEN_PACKAGES $APPLIANCE_PACKAGES
    users
    id="$(release)"
    when_nobody_is_there
    settings
    switch_to "$id"
    enable
    flush
    tidy
    start
}

rollback() {
    local before
    [ -n "$STAGE" ] || need_root
    before="$(readlink "$STAGE$HOME_DIR/previous" || true)"
    if [ -z "$before" ] || ! whole "$STAGE$HOME_DIR/$before"; then
        echo "install.sh: there is no release to go back to" >&2
        exit 1
    fi
    when_nobody_is_there
    switch_to "${before#releases/}"
    [ -z "$STAGE" ] || return 0
    enable
    flush
    start
}

# A release that was laid there whole; its first picture is for the caller to wait for.
switch() {
    [ -n "$STAGE" ] || need_root
    if ! whole "$STAGE$HOME_DIR/releases/$1"; then
        echo "install.sh: release $1 is not there whole" >&2
        exit 1
    fi
    when_nobody_is_there
    switch_to "$1"
    [ -z "$STAGE" ] || return 0
    enable
    flush
    tidy
    start --no-block
}

uninstall() {
    need_root
    local unit name target
    for unit in "$HOME_DIR"/current/installer/systemd/*.{service,timer}; do
        name="$(basename "$unit")"
        systemctl disable --quiet "$name" || true
        if running; then systemctl stop "$name" || true; fi
        rm -f "$SYSTEMD/$name"
    done
    while read -r _ _ target; do rm -f "$target"; done <<<"$PLACES"
    for unit in $MASKED; do rm -f "$SYSTEMD/$unit"; done
    rm -rf "$HOME_DIR" "$SYSTEMD/kiosk.service.d" "$SYSTEMD/kiosk-update.service.d" "$SYSTEMD/cups.service.d/network.conf"
    for name in cupsd.conf cups-files.conf; do
        if [ -e "/etc/cups/$name.before-kiosk" ]; then mv "/etc/cups/$name.before-kiosk" "/etc/cups/$name"; fi
    done
    if running; then systemctl daemon-reload; fi
    say "removed; kept: /etc/kiosk (settings, secrets), /var/lib/kiosk (journal, keys), the users"
}

stage() {
    STAGE="$(readlink -m "$1")"
    case "${2:-}" in
    "") ;;
    --rollback)
        rollback
        return
        ;;
    --switch)
        switch "${3:?--switch needs a release}"
        return
        ;;
    *) usage ;;
    esac
    local id
    id="$(release)"
    settings
    switch_to "$id"
}

usage() {
    sed -n '2,8p' "$0" >&2
    exit 2
}

case "${1:-}" in
"") install_all ;;
--rollback) rollback ;;
--uninstall) uninstall ;;
--switch) switch "${2:?--switch needs a release}" ;;
--stage) stage "${2:?--stage needs a folder}" "${@:3}" ;;
*) usage ;;
esac
