# shellcheck shell=bash disable=SC2034 # for those that source it
# Sourced by demo.sh, test.sh, check.sh and install.sh: system packages and the virtual environment, quick the second time.
#   setup "package …" LOCKFILE

PRODUCT_PACKAGES="python3-venv python3-dev gcc libcups2-dev libcups2 libzbar0 libegl1 libgl1 libxkbcommon0 libfontconfig1
    libdbus-1-3 libglib2.0-0 fonts-noto-cjk fonts-hanazono fonts-dejavu-core opus-tools espeak-ng
    alsa-utils"
SCREEN_PACKAGES="libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-render-util0 libxcb-shape0
    libxcb-xinerama0 libxkbcommon-x11-0 libwayland-client0 libwayland-cursor0 libwayland-egl1"
TEST_PACKAGES="orthanc orthanc-dicomweb cups-daemon cups-client cups-ipp-utils cups-filters ghostscript dbus avahi-daemon
    postgresql mariadb-server rsyslog rsyslog-gnutls minisign zstd dcmtk poppler-utils procps prometheus shellcheck systemd
    xvfb at-spi2-core python3-pyatspi chromium nginx-light"

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

system_packages() {
    local missing=""
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q "ok installed" || missing="$missing $package"
    done
    [ -z "$missing" ] && return 0
    echo "Installing:$missing"
    as_root apt-get update -qq
    # Nothing that is installed for the tests or the demo is to start on its own.
    # shellcheck disable=SC2086 # words
    as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

virtual_environment() {
    local lock="$1" mark=".venv/.installed-$1"
    if [ ! -f "$mark" ] || [ "$lock" -nt "$mark" ] || [ pyproject.toml -nt "$mark" ]; then
        [ -x .venv/bin/python ] || /usr/bin/python3 -m venv .venv
        # -qq: errors only. What pip warns of is this machine's own set-up, or how another project builds.
        .venv/bin/python -m pip install -qq --require-hashes -r requirements-build.lock
        .venv/bin/python -m pip install -qq --require-hashes --no-build-isolation -r "$lock"
        .venv/bin/python -m pip install -qq --no-deps --no-build-isolation --editable .
        touch "$mark"
    fi
}
