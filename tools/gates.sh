#!/usr/bin/env bash
# The gates: what must hold before any test is run. The first that fails ends it, with its remedy.
#
#   bash tools/gates.sh                all of them, in this order: lint format types house tables
#   bash tools/gates.sh lint types     those named
#
# tools/test.sh, continuous integration and .pre-commit-config.yaml all run them from here.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
all=(lint format types house tables)

lint() { .venv/bin/ruff check --quiet .; }
format() { .venv/bin/ruff format --check .; }
types() { .venv/bin/mypy; }
house() { .venv/bin/python tools/check_layers.py; }
tables() {
    .venv/bin/python tools/systems_table.py --check && .venv/bin/python tools/collect_results.py --check
}
remedy() {
    case $1 in
        lint) echo 'see the lines above; .venv/bin/ruff check --fix . mends what it can' ;;
        format) echo 'run .venv/bin/ruff format .' ;;
        types) echo 'mend the annotations named above (.venv/bin/mypy repeats the check)' ;;
        house) echo 'each line above says how' ;;
        tables) echo 'run what the line above says and commit what it writes' ;;
    esac
}

say() { printf 'gate %s\n' "$*" >&2; }
if ! [ -x .venv/bin/python ]; then
    say "none can be run: there is no .venv; run bash tools/setup.sh first"
    exit 1
fi
for gate in "${@:-${all[@]}}"; do
    case " ${all[*]} " in
        *" $gate "*) ;;
        *) say "$gate: no such gate; known are ${all[*]}"; exit 2 ;;
    esac
    began=$SECONDS
    if output=$("$gate" 2>&1); then
        say "$gate: ok ($((SECONDS - began)) s)"
    else
        printf '%s\n' "$output" >&2
        say "$gate: failed; $(remedy "$gate")"
        exit 1
    fi
done
