#!/usr/bin/env bash
# Builds the wheel, installs it into an environment of its own, and uses the command from there, away
# from the checkout. The packages that it needs are those of tools/setup.sh.
#
#   bash tools/wheel.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bash tools/setup.sh
python=$PWD/.venv/bin/python
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
say() { printf 'wheel: %s\n' "$*" >&2; }

say "building"
mkdir "$folder/source"
cp -R speechgen pyproject.toml README.md "$folder/source"  # so that no build folder is left here
"$python" -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir "$folder" "$folder/source"

wheel=$(echo "$folder"/speechgen-*.whl)
say "installing $(basename "$wheel"), $(du --apparent-size --block-size=MB "$wheel" | cut -f1)"
"$python" -m venv "$folder/env"
needed=$("$python" -c 'import numpy, pathlib; print(pathlib.Path(numpy.__file__).parents[1])')
site=$("$folder/env/bin/python" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')
printf '%s\n' "$needed" >"$site/needed.pth"
"$folder/env/bin/python" -m pip install --quiet --no-deps "$wheel"

say "using it"
cd "$folder"
env/bin/python -c "
import speechgen
assert speechgen.__file__.startswith('$folder/env'), speechgen.__file__
import numpy, soundfile
soundfile.write('noisy.wav', numpy.random.default_rng(0).normal(size=16000) * 0.1, 16000)"
env/bin/speechgen --help >/dev/null
env/bin/speechgen models >/dev/null
env/bin/speechgen enhance noisy.wav --output clean.wav
env/bin/speechgen info clean.wav
say "good"
