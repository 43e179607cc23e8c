#!/bin/sh
# Starts the compositor: display.sh COMMAND …   (the command is the page that stands behind the kiosk)
# Where the graphics have no 3D engine the compositor's usual renderer ends at once, though a device is there; whether it
# works only the compositor can tell. So it is tried with a program that ends by itself, unless WLR_RENDERER is given.
set -eu
# CAGE_OPTIONS are words.
if [ -z "${WLR_RENDERER:-}" ]; then
    # shellcheck disable=SC2086
    if ! timeout --foreground 20 cage ${CAGE_OPTIONS:-} -- true >/dev/null 2>&1; then
        echo "no 3D graphics: drawing with the processor (pixman)"
        export WLR_RENDERER=pixman
    fi
fi
# shellcheck disable=SC2086
exec cage -d ${CAGE_OPTIONS:-} -- "$@"
