#!/usr/bin/env python3
"""Writes tools/docs/systems.md: for each system its test, experiments and published results.

    python tools/systems_table.py [--check]

A row is a file tests/systems/test_*.py: the first line of its docstring names the system, and
EXPERIMENTS the configurations it exercises. Results are those of egs/*/RESULTS.md. --check writes
nothing and ends with status 1 where the page is not what it should be.
"""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from pathlib import Path

import yaml

from speechgen.reporting import find_results

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "tools" / "docs" / "systems.md"
HEAD = """# Systems

What speechgen covers, row by row: D rows are models and the laws they obey, F rows applications and
variants. Each row has a test of what its configurations build; `bash tools/test.sh tests/systems`
runs them all.

"""
# what each file tests/systems/test_*.py is the test of; one that is not here is an extra
CODES = {
    "chain_rule": "D1",
    "strict_causality": "D2",
    "pixelrnn": "D3",
    "pixelcnn": "D4",
    "colour_channels": "D5",
    "softmax": "D6",
    "convolution_lengths": "D7",
    "causal_convolution": "D8",
    "receptive_field": "D9",
    "conditioning": "D10",
    "sampling_cost": "D11",
    "exact_likelihood": "D12",
    "autoencoders": "D13",
    "transfer": "D14",
    "evidence_lower_bound": "D15",
    "elbo_identity": "D16",
    "gaussian_kl": "D17",
    "reparameterisation": "D18",
    "gaussian_decoder": "D19",
    "bernoulli_decoder": "D20",
    "variational_em": "D21",
    "rate_and_distortion": "D22",
    "prior_sampling": "D23",
    "latent_manifold": "D24",
    "inverse_graphics": "D25",
    "ring": "D26",
    "minimax": "D27",
    "generator_losses": "D28",
    "least_squares_gan": "D29",
    "wasserstein_gan": "D30",
    "conditional_gan": "D31",
    "infogan": "D32",
    "latent_to_image": "D33",
    "hopfield": "D34",
    "rbm": "D35",
    "joint_model": "D36",
    "speech_enhancement": "F1",
    "speech_synthesis": "F2",
    "image_generation": "F3",
    "adversarial_inpainting": "F4",
    "autoregressive_inpainting": "F4",
    "super_resolution": "F5",
    "dcgan": "F6",
    "pix2pix": "F7",
    "cyclegan": "F8",
    "autoregressive_flow": "F9",
    "dfc_vae": "F10",
    "attribute2image": "F11",
    "conditional_vae": "F12",
    "denoising_and_contractive": "F13",
    "sequence_autoencoders": "F14",
    "deep_belief_network": "F15",
    "latent_visualisation": "F16",
    "progressive_growing": "F17",
    "compression": "F18",
    "samples_across_training": "F20",
    "taxonomy": "F21",
}
OUT_OF_SCOPE = {"F19": "video forecasting by a VAE: out of scope"}


def page() -> str:
    """The page, in Markdown."""
    published = results_by_experiment()
    rows = [*map(_row, tests()), *((row, words, "", (), ()) for row, words in OUT_OF_SCOPE.items())]
    lines = ["| row | system | test | `experiment=` | results |", "|---|---|---|---|---|"]
    for name, words, test, experiments, folders in sorted(rows, key=lambda row: _order(row[0])):
        found = sorted({*folders, *(f for e in experiments for f in published.get(e, ()))})
        links = ", ".join(_link(folder, ROOT / "egs" / folder / "RESULTS.md") for folder in found)
        where = _link(test, ROOT / "tests" / "systems" / test) if test else ""
        names = ", ".join(f"`{experiment}`" for experiment in experiments)
        lines.append(f"| {name} | {words} | {where} | {names} | {links} |")
    return HEAD + "\n".join(lines) + "\n"


def _link(words: str, path: Path) -> str:
    return f"[{words}]({Path(os.path.relpath(path, PAGE.parent)).as_posix()})"


def tests() -> list[Path]:
    """The files of rows."""
    return sorted((ROOT / "tests" / "systems").glob("test_*.py"))


def _row(path: Path) -> tuple[str, str, str, tuple[str, ...], tuple[str, ...]]:
    spec = importlib.util.spec_from_file_location(f"systems_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    words = (module.__doc__ or "").strip().splitlines()[0].rstrip(".")
    name = CODES.get(path.stem.removeprefix("test_"), "also")
    experiments = tuple(dict.fromkeys(getattr(module, "EXPERIMENTS", ())))
    return name, words.replace("|", "\\|"), path.name, experiments, getattr(module, "RESULTS", ())


def _order(row: str) -> tuple[str, int]:
    return (row[0] if row != "also" else "z", int(row[1:]) if row != "also" else 0)


def results_by_experiment() -> dict[str, set[str]]:
    """Folders of egs/ whose published results have a model of an experiment."""
    found: dict[str, set[str]] = {}
    own = {path.stem: path for path in ROOT.glob("egs/*/conf/experiment/*.yaml")}
    for folder in sorted(path for path in (ROOT / "egs").iterdir() if path.is_dir()):
        for _, result in find_results(folder):
            command = (result["context"].get("training") or {}).get("command") or ""
            match = re.search(r"experiment=(\w+)", command)
            name = match.group(1) if match else ""
            while name in own:  # an experiment of the folder's own stands for the packaged one
                found.setdefault(name, set()).add(folder.name)
                name = _parent(own[name])
            if name:
                found.setdefault(name, set()).add(folder.name)
    return found


def _parent(path: Path) -> str:
    defaults = yaml.safe_load(path.read_text(encoding="utf-8"))["defaults"]
    return next(one for one in defaults if isinstance(one, str) and one != "_self_")


def main() -> int:
    """Write, or compare."""
    sys.path.insert(0, str(ROOT))
    wanted = page()
    if "--check" in sys.argv[1:]:
        same = PAGE.is_file() and PAGE.read_text(encoding="utf-8") == wanted
        if not same:
            print(f"{PAGE}: is old; run python tools/systems_table.py", file=sys.stderr)
        return 0 if same else 1
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
