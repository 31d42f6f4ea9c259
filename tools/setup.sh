#!/usr/bin/env bash
# Makes .venv at the root of the checkout: once, in a minute or two; later calls return at once.
#
#   bash tools/setup.sh        PYTHON=/path/to/python3.12 bash tools/setup.sh
#
# Needs Python 3.11 to 3.13 with its headers and a C compiler (pesq is compiled). Without an NVIDIA
# GPU a CPU-only torch is installed and torchaudio made importable beside it; with one, the normal
# builds. A second call at the same time waits for the first; a killed one is begun anew.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

torch_version=2.13.0
torchaudio_version=2.11.0
triton_version=3.7.1              # torch for GPUs brings its own
stamp=.venv/.speechgen-ready      # written last: the hash of everything the set-up depends on
unfinished=.venv/.speechgen-unfinished

say() { printf 'setup: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

wanted_stamp() {
    { pwd -P; cat pyproject.toml tools/constraints.txt tools/setup.sh; } | cksum_of_stdin
}
cksum_of_stdin() {
    if command -v sha256sum >/dev/null; then sha256sum | cut -d' ' -f1
    else shasum -a 256 | cut -d' ' -f1; fi
}
is_ready() {
    [ -x .venv/bin/python ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(wanted_stamp)" ]
}

find_python() {
    local candidate
    for candidate in ${PYTHON:+"$PYTHON"} python3.11 python3.12 python3.13 python3 python; do
        if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
            >/dev/null 2>&1; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    die "no Python 3.11, 3.12 or 3.13 found; install one (python3.11 python3.11-venv" \
        "python3.11-dev) or name it: PYTHON=/path/to/python bash tools/setup.sh"
}
check_python() {
    "$1" -c 'import ensurepip, venv' >/dev/null 2>&1 ||
        die "$1 cannot make virtual environments; install its venv package (python3-venv)"
    "$1" -c 'import os, sys, sysconfig
sys.exit(not os.path.exists(os.path.join(sysconfig.get_paths()["include"], "Python.h")))' ||
        die "the headers of $1 are missing; install its development package (python3-dev)"
}
check_compiler() {
    local candidate
    for candidate in ${CC:+"${CC%% *}"} cc gcc clang; do
        if command -v "$candidate" >/dev/null; then return; fi
    done
    die "no C compiler found (the package pesq is compiled); install gcc or clang"
}
has_gpu() { command -v nvidia-smi >/dev/null && nvidia-smi -L 2>/dev/null | grep -q '^GPU'; }

pip() {
    .venv/bin/python -m pip --disable-pip-version-check install -qq --no-input \
        --constraint tools/constraints.txt "$@"
}
install_torch() {
    local cpu=torch==$torch_version+cpu index=https://download.pytorch.org/whl/cpu
    if has_gpu; then
        say "installing torch $torch_version (a large download)"
        pip "torch==$torch_version"
        return
    fi
    say "installing torch $torch_version for the CPU"
    # The CPU build: from what pip is configured with, from PyTorch's own index, or, where neither
    # has it, the build every platform has.
    pip "$cpu" 2>/dev/null ||
        pip --retries 1 --timeout 15 --extra-index-url "$index" "$cpu" 2>/dev/null ||
        pip "torch==$torch_version"
}
# torchaudio's wheel brings extensions that need CUDA's libraries. Beside a CPU-only torch they keep
# it from being imported; without them it does the same in plain PyTorch.
install_torchaudio() {
    local lib
    say "installing torchaudio $torchaudio_version"
    pip --no-deps "torchaudio==$torchaudio_version"
    if .venv/bin/python -c 'import torchaudio' >/dev/null 2>&1; then return; fi
    if .venv/bin/python -c 'import sys, torch; sys.exit(torch.version.cuda is not None)'; then
        lib=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_paths()["platlib"])')
        rm -f "$lib"/torchaudio/lib/{_torchaudio,libtorchaudio,torchaudio_prefixctc}*.so
    fi
    .venv/bin/python -c 'import torchaudio' ||
        die "torchaudio $torchaudio_version cannot be imported beside this torch (see above)"
}
# Beside a CPU-only torch Triton serves the tests alone: they interpret our GPU kernel with it and
# compile it, and are skipped where it is missing.
install_triton() {
    if [ "$(uname -sm)" != "Linux x86_64" ]; then return; fi
    if .venv/bin/python -c 'import sys, torch; sys.exit(torch.version.cuda is None)'; then return; fi
    say "installing triton $triton_version, for the tests"
    pip --no-deps "triton==$triton_version" || say "there is no triton; its tests will be skipped"
}

if is_ready; then
    rm -f "$unfinished"  # of a set-up that was killed after its stamp
    exit 0
fi
exec 9<.
if command -v flock >/dev/null && ! flock --nonblock 9; then
    say "another set-up is at work here; waiting for it"
    flock 9
    if is_ready; then exit 0; fi
fi
began=$SECONDS
if [ -e "$unfinished" ]; then
    say "the last set-up was interrupted; beginning anew"
    rm -rf .venv
fi
python=$(find_python)
if [ -x .venv/bin/python ]; then python=.venv/bin/python; fi
check_python "$python"
check_compiler
mkdir -p .venv
rm -f "$stamp"
touch "$unfinished"
# A set-up that fails (no network, say) leaves what it found; one that is killed leaves the mark.
trap 'exit 130' INT TERM
trap 'code=$?; if [ $code -ne 0 ] && [ $code -ne 130 ]; then rm -f "$unfinished"; fi' EXIT
if ! [ -x .venv/bin/python ]; then
    say "making .venv with $("$python" --version)"
    "$python" -m venv .venv
fi
pip setuptools numpy
install_torch
install_torchaudio
install_triton
say "installing speechgen and what it needs (pesq is compiled)"
pip --editable '.[demo,export,hub,mini,serve,slurm,test,text,wyoming]'
wanted_stamp >"$stamp.part"
mv "$stamp.part" "$stamp"
rm -f "$unfinished"
say "done in $((SECONDS - began)) s"
