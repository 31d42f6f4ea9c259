"""What helps a small WaveNet: each change alone, as many steps of training, measures of copies.

    python tools/bench_ablation.py DATA... --output exp/ablation       half an hour a voice and seed
    python tools/bench_ablation.py slt bdl --seeds 0,1 --steps 600 --arms base,noise_low

DATA is the speech of one voice each: a folder with the data directories train, valid and test, as
``speechgen prepare split`` writes them. Every arm is ``speechgen train`` for that many steps on one
thread (steps, not seconds, so that a busy machine favours none; the seconds are a column), then
copies of held-out sentences by ``speechgen synthesize``, and ``speechgen score synthesis``, with
``--measure dnsmos`` where the extra ``eval`` is installed. What is there already is kept, so that
an interrupted run goes on. The table has means over voices and seeds, and after them by how much
seeds deviate (root mean square over voices). Bits are those of held-out speech; with pre-emphasis
they are another signal's. A step of fine-tuning ``wavenet-mel`` takes six times as long, so there
are a sixth as many.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SMALL = [
    "model.arguments.layers_per_stack=7", "model.arguments.kernel_size=3",
    "model.arguments.residual_channels=32", "model.arguments.gate_channels=64",
    "model.arguments.skip_channels=64", "data.batch_size=4", "data.crop_seconds=0.25",
    "trainer.precision=auto",
]  # fmt: skip
MEASURES = {
    "seconds": ".0f", "bits": ".3f", "voicing error": ".3f", "F0 RMSE": ".0f",
    "median F0 RMSE": ".0f", "P.808": ".2f", "MCD": ".2f",
}  # fmt: skip


@dataclass(frozen=True)
class Arm:
    """One row: overrides of the base's training, or the arm whose model it draws from, and how."""

    title: str
    training: tuple[str, ...] = ()
    model_of: str = ""
    drawing: tuple[str, ...] = ()


ARMS = {
    "base": Arm("base: the samples a pitch period ago"),
    "no_pitch_period": Arm("without them", ("model.arguments.pitch_lag_taps=0",)),
    "noise_low": Arm("noise of .004 on the history", ("objective.history_noise=0.004",)),
    "noise_high": Arm("noise of .016 on the history", ("objective.history_noise=0.016",)),
    "preemphasis": Arm("pre-emphasis .85", ("model.arguments.preemphasis=0.85",)),
    "logistics": Arm(
        "mixture of logistics", ("model.arguments.output=logistic_mixture",)
    ),
    "ema_short": Arm("average over 10 steps, not over a tenth of all", ("trainer.ema_decay=0.9",)),
    "temperature": Arm("base, temperature .8", (), "base", ("--temperature", "0.8")),
    "postfilter": Arm(
        "base, temperature .8, 8 passes of the post-filter", (), "base",
        ("--temperature", "0.8", "--postfilter", "8"),
    ),
    "all_voices": Arm("wavenet-mel, shipped", (), "wavenet-mel"),
    "tuned": Arm("wavenet-mel, fine-tuned to the voice", ("init_from=wavenet-mel",)),
}  # fmt: skip


def main() -> None:
    """Train, copy and score what is missing; print a Markdown table."""
    options = parse(sys.argv[1:])
    scores: dict[str, list[list[dict[str, Any]]]] = {arm: [] for arm in options.arms}
    for voice in options.data:
        for arm in options.arms:
            output = options.output.resolve() / voice.name
            seeds = [
                run(arm, voice.resolve(), output / f"seed_{seed}", seed, options)
                for seed in options.seeds
            ]
            scores[arm].append(seeds)
    print(table(scores))


def parse(words: list[str]) -> argparse.Namespace:
    """Command-line options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("data", nargs="+", type=Path, help="with train, valid and test")
    parser.add_argument("--output", type=Path, default=Path("exp/ablation"))
    parser.add_argument("--steps", type=int, default=600, help="of training, each arm")
    parser.add_argument("--utterances", type=int, default=8, help="held out, to copy")
    parser.add_argument("--seeds", type=integers, default=[0, 1])
    parser.add_argument("--arms", type=arms, default=list(ARMS), help=", ".join(ARMS))
    return parser.parse_args(words)


def integers(text: str) -> list[int]:
    """``0,1`` -> [0, 1]."""
    return [int(part) for part in text.split(",")]


def arms(text: str) -> list[str]:
    """``base,no_ema`` -> their names, or an error that names what there is."""
    names = text.split(",")
    if unknown := [name for name in names if name not in ARMS]:
        raise argparse.ArgumentTypeError(f"no arm {unknown[0]!r}; there are {', '.join(ARMS)}")
    return names


def speechgen(*words: str | Path, log: Path) -> None:
    """One command, in one thread; its output goes to ``log``."""
    command = [sys.executable, "-m", "speechgen", *map(str, words)]
    with log.open("ab") as file:
        done = subprocess.run(
            command,
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            check=False,
        )
    if done.returncode:
        sys.exit(f"bench_ablation: {' '.join(command[2:])} failed; see {log}")


def run(
    name: str, data: Path, output: Path, seed: int, options: argparse.Namespace
) -> dict[str, Any]:
    """The scores of one arm, voice and seed."""
    arm, result = ARMS[name], output / f"{name}.json"
    output.mkdir(parents=True, exist_ok=True)
    log, model = output / f"{name}.log", arm.model_of
    if not model or model in ARMS:
        model = train(model or name, data, output, seed, options)
    if not result.exists():
        print(f"{name}, {data.name}, seed {seed}", file=sys.stderr, flush=True)
        copies = output / "copies" / name
        speechgen(
            "synthesize", "--data", data / "test", "--limit", str(options.utterances),
            "--model", model, "--seed", str(seed), "--output", copies, "--overwrite",
            *arm.drawing, log=log,
        )  # fmt: skip
        more = ["--measure", "dnsmos"] if importlib.util.find_spec("speechmos") else []
        speechgen(
            "score", "synthesis", "--reference", data / "test", "--estimate", copies,
            "--jobs", "1", *more, "--json", result, log=log,
        )  # fmt: skip
    scores: dict[str, Any] = json.loads(result.read_text())["mean"]
    return scores | of_training(output / "runs" / (arm.model_of or name))


def train(name: str, data: Path, output: Path, seed: int, options: argparse.Namespace) -> str:
    """The model of an arm, trained unless it is there."""
    training = ARMS[name].training
    run_folder = output / "runs" / name
    if not (run_folder / "model" / "model.safetensors").exists():
        tuned = any(word.startswith("init_from") for word in training)
        size, steps = (tuned_size(), options.steps // 6) if tuned else (SMALL, options.steps)
        speechgen(
            "train", "experiment=wavenet_mel_pitch", *size, *training,
            f"data.train={data / 'train'}", f"data.valid={data / 'valid'}", f"seed={seed}",
            f"trainer.max_steps={steps}", "trainer.threads=1",
            f"output={run_folder}", log=output / f"{name}.log",
        )  # fmt: skip
    return str(run_folder / "model")


def tuned_size() -> list[str]:
    """The arguments of the shipped model, which a network that begins with it must have."""
    from speechgen.store import locate, read_config

    arguments = read_config(locate("wavenet-mel")).arguments
    kept = ("stacks", "layers_per_stack", "kernel_size", "residual_channels", "gate_channels",
            "skip_channels", "preemphasis", "pitch_lag_taps")  # fmt: skip
    return [
        *(f"model.arguments.{key}={arguments[key]}" for key in kept),
        "objective.optimizer.learning_rate=0.0004", "data.batch_size=4", "data.crop_seconds=0.384",
        "trainer.precision=auto",
    ]  # fmt: skip


def of_training(run_folder: Path) -> dict[str, Any]:
    """Bits of the last validation, and seconds, of a run; nothing of a shipped model."""
    path = run_folder / "status.json"
    if not path.exists():
        return {}
    status = json.loads(path.read_text())
    return {"bits": status["validation"].get("bits"), "seconds": status["seconds"]}


def table(scores: dict[str, list[list[dict[str, Any]]]]) -> str:
    """Means over voices and seeds of every arm, and between seeds."""
    from speechgen.reporting.table import Table

    rows = []
    for arm, voices in scores.items():
        row = [ARMS[arm].title]
        for measure, form in MEASURES.items():
            values = [[seed.get(measure) for seed in voice] for voice in voices]
            if any(value is None for voice in values for value in voice):
                row.append("-")
                continue
            mean = statistics.mean(value for voice in values for value in voice)
            spread = statistics.mean(statistics.pvariance(voice) for voice in values) ** 0.5
            row.append(f"{mean:{form}} ± {spread:{form}}")
        rows.append(row)
    head = ["arm", *MEASURES]
    return Table(head, rows).markdown()


if __name__ == "__main__":
    main()
