#!/usr/bin/env bash
# Builds the documentation as a site, exp/site; no network is needed but for the first set-up. The
# notebooks are executed where their outputs, exp/notebooks, are not of the code as it is.
#
#   bash tools/site.sh                        then open exp/site/index.html
#   bash tools/site.sh --serve [HOST:PORT]    builds, serves at 127.0.0.1:8001, Ctrl-C ends it
#
# What mkdocs needs (the extra `docs`) is installed into .venv when it is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if ! .venv/bin/python -c 'import ipykernel, material, mkdocstrings_handlers.python, nbclient' 2>/dev/null; then
    bash tools/setup.sh
    .venv/bin/python -m pip --disable-pip-version-check install -qq --no-input \
        --constraint tools/constraints.txt --editable '.[docs]'
fi
export NO_MKDOCS_2_WARNING=1 DISABLE_MKDOCS_2_WARNING=true
case ${1:-} in '' | --serve) .venv/bin/python tools/docsite/notebooks.py ;; esac
case ${1:-} in
    '') exec .venv/bin/python -m mkdocs build --strict --config-file tools/mkdocs.yml ;;
    --serve)
        .venv/bin/python -m mkdocs build --strict --config-file tools/mkdocs.yml
        address=${2:-127.0.0.1:8001}
        exec .venv/bin/python -m http.server --directory exp/site \
            --bind "${address%:*}" "${address##*:}" ;;
    *) printf 'site: %s: no such option; take none, or --serve [HOST:PORT]\n' "$1" >&2; exit 2 ;;
esac
