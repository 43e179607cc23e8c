#!/usr/bin/env bash
# Makes the three lock files anew from pyproject.toml: versions and hashes, no registry addresses.
#   installer/lock.sh
set -euo pipefail
cd "$(dirname "$0")/.."
lock() {
    .venv/bin/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url \
        --no-emit-find-links --no-emit-trusted-host --no-emit-options --no-annotate --no-header "$@"
}
printf 'setuptools>=77\nwheel\n' | lock --output-file requirements-build.lock -
# What the tests' own packages do not take yet, so that both locks hold the same versions.
bounds=$(mktemp)
trap 'rm -f "$bounds"' EXIT
echo 'python-dateutil<3' > "$bounds"
lock --extra fleet --extra cloud --extra desk --extra connectors --constraint requirements-build.lock --constraint "$bounds" --output-file requirements.lock pyproject.toml
lock --extra fleet --extra cloud --extra desk --extra connectors --extra dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml
