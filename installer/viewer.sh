#!/bin/sh
# Builds the portal's viewer from kiosk/cloud/portal/viewer into kiosk/cloud/portal/static. Needs Node 20 and npm; the
# built files are part of the package, so only who changes the viewer runs this. With --lock the packages are chosen
# anew from package.json; the lock keeps their digests, not the place they came from.
set -eu
cd "$(dirname "$0")/../kiosk/cloud/portal/viewer"
if [ "${1:-}" = --lock ]; then
    npm install --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund --ignore-scripts
fi
npm ci --no-audit --no-fund --ignore-scripts
npx --no-install tsc --project .
node build.mjs
