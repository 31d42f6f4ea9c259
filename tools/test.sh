#!/usr/bin/env bash
# Sets up once, passes the gates of tools/gates.sh (lint, format, types, house, tables), then runs
# the tests on two cores.
#
#   bash tools/test.sh                      everything but the markers slow, gpu, torture
#   bash tools/test.sh tests/store -k card  what pytest takes may follow
#   bash tools/test.sh -m gpu -n 0          a later -m or -n replaces the one below
#
# Tests on real recordings look for them under $SPEECHGEN_CORPORA and are skipped without it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bash tools/setup.sh
export OMP_NUM_THREADS=1
bash tools/gates.sh
exec .venv/bin/python -m pytest -n 2 --dist=worksteal -m 'not slow and not gpu and not torture' "$@"
