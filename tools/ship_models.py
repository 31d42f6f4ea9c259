"""Copy the models of an experiment into the package, in few bytes a weight, with their cards.

    .venv/bin/python tools/ship_models.py --exp exp/real --credits egs/vctk/local/credits.md
    .venv/bin/python tools/ship_models.py --exp exp --credits egs/librispeech/local/credits.md \
        --model spectral-small
    .venv/bin/python tools/ship_models.py --exp exp/release --credits egs/arctic/local/credits.md

A card is the one that training wrote, with its sections on data and licence replaced by those of
``--credits`` and a section of the scores found in the experiment's result files.
"""

from __future__ import annotations

import argparse
import re
from dataclasses import replace
from pathlib import Path

from speechgen.reporting import find_results
from speechgen.store import load_model, save_model
from speechgen.store.shipped import SHIPPED

# name of the shipped model: its task, and where an experiment has it
PLACES = {
    "segan-small": ("enhance", "enhance/segan"),
    "converter-small": ("synthesize", "converter_run"),
    "speaker-ecapa": ("embed", "ecapa_run"),
    "spectral-small": ("enhance", "enhance/causal"),
    "spectral-tiny": ("enhance", "enhance/tiny"),
    "wavenet-mel": ("synthesize", "wavenet_run"),
    "vocoder-small": ("synthesize", "vocoder_run"),
    "text-small": ("say", "text_run"),
    "vae-digits": ("generate", "vae/digits"),
    "vae-speech": ("generate", "vae/speech"),
}
KINDS = {
    "enhance": ("enhancement",),
    "synthesize": ("likelihood", "synthesis"),
    "embed": ("speakers",),
    "say": (),
    "generate": (),
}
# of the weights, by the name of the network, where it is not float16
PRECISIONS = {
    "wavenet": "bfloat16",  # the compiled engine holds such weights as they are and is the faster
    "voice_converter": "int8",
    "harmonic_vocoder": "int8",
    "text_model": "int8",
    "vae": "int8",
    "vae1d": "int8",
}
LARGEST_BYTES = 8_000_000


def scores(exp: Path, task: str) -> str:
    """The means of the experiment's results of the kinds that fit ``task``, as Markdown."""
    lines: list[str] = []
    for path, result in find_results(exp):
        context = result["context"]
        if context.get("kind") not in KINDS[task] or not isinstance(result.get("mean"), dict):
            continue
        means = ", ".join(
            f"{name} {value:.3f}"
            for name, value in result["mean"].items()
            if isinstance(value, int | float)
        )
        lines.append(f"- {path.stem} ({context.get('system', 'model')}): {means}")
    return "\n".join(["## Scores", "", *lines]) + "\n" if lines else ""


def section(card: str, title: str, text: str) -> str:
    """``card`` with the section ``## title`` holding ``text``; a new one comes last."""
    if f"\n## {title}\n" not in card:
        card = f"{card.rstrip()}\n\n## {title}\n"
    pattern = rf"(?ms)^## {re.escape(title)}\n.*?(?=^## |\Z)"
    return re.sub(pattern, lambda _: f"## {title}\n\n{text.strip()}\n\n", card, count=1)


def parts(credits: str) -> dict[str, str]:
    """The sections of a Markdown file by title."""
    pieces = re.split(r"(?m)^## (.+)\n", credits)
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))


def ship(exp: Path, credits: Path, name: str) -> None:
    """Copy one model."""
    task, place = PLACES[name]
    source, here = exp / place / "model", f"{Path.cwd()}/"
    target = SHIPPED / name
    loaded = load_model(source)
    card = (source / "README.md").read_text(encoding="utf-8").replace(here, "")
    for title, text in parts(credits.read_text(encoding="utf-8")).items():
        heading, _, of_task = title.partition(", ")
        if of_task in ("", task, name):
            card = section(card, heading, text)
    precision = PRECISIONS.get(loaded.config.name, "float16")
    results = exp / Path(place).parts[0]
    text = card + "\n" + scores(results, task)
    command = str(loaded.config.training.get("command", "")).replace(here, "")
    config = replace(loaded.config, training={**loaded.config.training, "command": command})
    save_model(target, loaded.model, config, text, precision=precision)
    size = sum(file.stat().st_size for file in target.iterdir())
    if size > LARGEST_BYTES:
        raise SystemExit(f"{target}: {size} bytes; at most {LARGEST_BYTES} are shipped")
    print(f"{target}: {size} bytes")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--exp", type=Path, required=True, help="folder of the experiment")
    parser.add_argument("--credits", type=Path, required=True, help="data and licence, Markdown")
    parser.add_argument("--model", choices=sorted(PLACES), action="append", help="(all there are)")
    options = parser.parse_args()
    found = [
        name for name, (_, place) in PLACES.items() if (options.exp / place / "model").is_dir()
    ]
    for name in options.model or found:
        ship(options.exp, options.credits, name)


if __name__ == "__main__":
    main()
