#!/usr/bin/env bash
# Makes the two lock files anew from pyproject.toml: versions and hashes, no registry addresses.
#   installer/lock.sh
set -euo pipefail
cd "$(dirname "$0")/.."
lock() {
    .venv/bin/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url \
        --no-emit-find-links --no-emit-trusted-host --no-emit-options --no-annotate --no-header "$@" pyproject.toml
}
lock --extra fleet --output-file requirements.lock
lock --extra fleet --extra dev --constraint requirements.lock --output-file requirements-dev.lock
