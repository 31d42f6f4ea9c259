#!/usr/bin/env python3
"""Gathers what egs/*/RESULTS.md publish, a line for each model, for ``speechgen models``.

    python tools/collect_results.py [--check]

Reads the JSON files behind the published results and writes speechgen/registry/results.json.
--check writes nothing and ends with status 1 where that file is not what it should be.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from speechgen.reporting import find_results
from speechgen.training.catalogue import model_of
from speechgen.training.composition import experiments

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "speechgen" / "registry" / "results.json"
# (metric, words) by kind of result, the first that is there
HEADLINES = {
    "images": [
        ("nll_nats", "{:.2f} nats"),
        ("frechet_distance", "Fréchet distance {:.3g}"),
        ("psnr_db", "PSNR {:.1f} dB"),
        ("accuracy", "accuracy {:.1%}"),
        ("compressed_bits_per_pixel", "{:.2f} bits per pixel"),
        ("translation_mae", "mean absolute error {:.3f}"),
        ("reconstruction_mse", "squared error {:.2f}"),
    ],
    "enhancement": [("PESQ", "PESQ {:.2f}")],
    "likelihood": [("bits_16bit", "{:.3f} bits per 16-bit sample"), ("right", "{:.3f} bits")],
    "synthesis": [("MCD", "mel-cepstral distortion {:.2f} dB")],
    "speakers": [("EER", "equal error rate {:.1%}")],
    "latent_audio": [("SI-SDR", "SI-SDR {:.1f} dB")],
}


def lines() -> dict[str, list[str]]:
    """For each registered model a line for every experiment folder and data set that has it."""
    known = set(experiments())
    parents = {name: _parent(path) for name, path in _own_experiments()}
    found: dict[str, list[str]] = {}
    for folder in sorted(path for path in (ROOT / "egs").iterdir() if path.is_dir()):
        for _, result in find_results(folder):
            context = result["context"]
            command = (context.get("training") or {}).get("command") or ""
            match = re.search(r"experiment=(\w+)", command)
            words = _words(context.get("kind", ""), result.get("mean") or {})
            if match is None or words is None or "untrained" in context.get("system", ""):
                continue
            experiment = match.group(1)
            while experiment not in known and experiment in parents:
                experiment = parents[experiment]
            if experiment not in known:
                continue
            how = context.get("binarisation")
            where = f"egs/{folder.name}, {context.get('split')}"
            if how and how != "none":
                where += f", {how}"
            line = f"{context.get('system') or experiment}: {words} ({where})"
            names = found.setdefault(model_of(experiment), [])
            if line not in names:
                names.append(line)
    return {name: found[name] for name in sorted(found)}


def _words(kind: str, mean: dict[str, Any]) -> str | None:
    for metric, form in HEADLINES.get(kind, []):
        value = mean.get(metric)
        if isinstance(value, int | float):
            return form.format(value)
    return None


def _own_experiments() -> list[tuple[str, Path]]:
    return [(path.stem, path) for path in sorted(ROOT.glob("egs/*/conf/experiment/*.yaml"))]


def _parent(path: Path) -> str:
    import yaml

    defaults = yaml.safe_load(path.read_text(encoding="utf-8"))["defaults"]
    return next(one for one in defaults if isinstance(one, str) and one != "_self_")


def main() -> int:
    """Write, or compare."""
    text = json.dumps(lines(), indent=1, ensure_ascii=False) + "\n"
    if "--check" in sys.argv[1:]:
        same = TARGET.read_text(encoding="utf-8") == text
        if not same:
            print(f"{TARGET}: is old; run python tools/collect_results.py", file=sys.stderr)
        return 0 if same else 1
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
