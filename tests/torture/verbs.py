"""The commands that are tortured, and the small sounds, models and data they work on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from speechgen.audio import write
from speechgen.data import write_data_directory

RATE = 16000
LOGS = (".speechgen-enhance.jsonl", "metrics.csv", "status.json", "lightning_logs")


@dataclass(frozen=True)
class Verb:
    """A command by its words, given the folder of its output.

    ``result`` tells whether a file of the output is the same in every undisturbed run; others hold
    times of the clock.
    """

    name: str
    words: Callable[[Path], list[object]]
    result: Callable[[str], bool] = lambda name: not any(log in name for log in LOGS)


@dataclass(frozen=True)
class Material:
    """Where the inputs of the verbs are."""

    folder: Path

    def __truediv__(self, name: str) -> Path:
        return self.folder / name


def buzz(pitch_hz: float, seconds: float, seed: int, rate: int = RATE) -> np.ndarray:
    """(1, time): a voice of sorts, louder and softer, over a little noise."""
    rng = np.random.default_rng(seed)
    time = np.arange(int(seconds * rate)) / rate
    phase = 2 * np.pi * pitch_hz * (time + 0.01 * np.sin(2 * np.pi * 3 * time + seed))
    wave = sum(np.sin(k * phase) / k for k in range(1, 12)) * (0.6 + 0.4 * np.sin(9 * time))
    return (0.2 * wave + 0.01 * rng.standard_normal(time.size)).astype(np.float32)[None]


def make_material(folder: Path) -> Material:
    """Folders ``speech/VOICE``, ``noise``, ``data/{speech,noise}``, ``models`` below ``folder``."""
    rows = []
    for index, name in enumerate(("ann", "ben", "cid")):
        for take in range(3):
            path = folder / "speech" / name / f"{name}-{take}.wav"
            write(path, buzz(90 + 60 * index, 1.0 + 0.1 * take, 10 * index + take), RATE)
            rows.append((path.stem, name, path))
    rng = np.random.default_rng(0)
    noise = folder / "noise" / "hiss"
    for take in range(2):
        hiss = 0.1 * rng.standard_normal((1, RATE)).astype(np.float32)
        write(noise / f"hiss-{take}.wav", hiss, RATE)
    write_data_directory(
        folder / "data" / "speech", {k: p for k, _, p in rows}, {k: s for k, s, _ in rows}
    )
    hisses = {path.stem: path for path in sorted(noise.iterdir())}
    write_data_directory(folder / "data" / "noise", hisses, dict.fromkeys(hisses, "hiss"))
    make_models(folder / "models")
    return Material(folder)


def make_models(folder: Path) -> None:
    """Model directories of tiny untrained models, one for each task."""
    import torch

    from speechgen.features import FeatureSettings
    from speechgen.registry import build
    from speechgen.store import ModelConfig, save_model

    torch.manual_seed(1)
    content = FeatureSettings(kind="content")
    small = {"stacks": 1, "layers_per_stack": 3, "residual_channels": 8, "gate_channels": 16,
             "skip_channels": 8, "local_features": content.num_features,
             "hop_samples": content.hop_samples, "speaker_features": 8,
             "speakers": ["ann", "bob"], "upsampler_channels": 8}  # fmt: skip
    for name, task, arguments, features in (
        ("identity", "enhance", {}, {}),
        ("segan", "enhance", {"channels": [4, 8, 8], "window_samples": 2048}, {}),
        ("speaker_encoder", "embed", {"channels": 16, "embedding_features": 8}, {}),
        ("wavenet", "synthesize", small, content.to_dict()),
    ):
        network = build(name, arguments)
        if name == "wavenet":
            network.speaker_table.normal_()
        save_model(folder / name, network, ModelConfig(name, task, arguments, features), "Tiny.")


def verbs(given: Material) -> dict[str, Verb]:
    """The commands by name."""
    speech, models = given / "speech", given / "models"
    one, other = (speech / name for name in ("ann/ann-0.wav", "ben/ben-0.wav"))
    data, noise = given / "data" / "speech", given / "data" / "noise"
    found = [
        Verb("enhance-file", lambda out: [
            "enhance", one, "--output", out / "clean.wav", "--model", models / "segan"]),
        Verb("enhance-folder", lambda out: [
            "enhance", speech, "--output", out / "clean", "--model", models / "segan"]),
        Verb("enhance-jobs", lambda out: [
            "enhance", speech, "--output", out / "clean", "--model", models / "segan",
            "--jobs", 2]),
        Verb("train", lambda out: train_words(given, out / "run"), is_weight),
        Verb("prepare-auto", lambda out: ["prepare", "auto", speech, "--output", out / "data"]),
        Verb("prepare-split", lambda out: [
            "prepare", "split", data, "--output", out / "data", "--valid", 1, "--test", 1]),
        Verb("prepare-mix", lambda out: [
            "prepare", "mix", data, "--noise", noise, "--output", out / "pairs"]),
        Verb("synthesize", lambda out: [
            "synthesize", "--from", one, "--speaker", other, "--output", out / "said.wav",
            "--model", models / "wavenet", "--encoder", models / "speaker_encoder"]),
        Verb("embed", lambda out: [
            "embed", one, other, "--output", out / "voices.npz",
            "--model", models / "speaker_encoder"]),
        Verb("score", lambda out: [
            "score", "enhancement", "--clean", speech, "--estimate", speech,
            "--json", out / "scores.json", "--jobs", 1]),
    ]  # fmt: skip
    return {verb.name: verb for verb in found}


def train_words(given: Material, run: Path, steps: int = 8) -> list[object]:
    """A short training of a small enhancer on one thread; a checkpoint every second step."""
    data = given / "data"
    return [
        "train", "experiment=segan", f"output={run}", f"data.train={data / 'speech'}",
        f"data.valid={data / 'speech'}", f"data.noise={data / 'noise'}", "data.batch_size=2",
        "model.arguments.channels=[4, 8]", "model.arguments.window_samples=1024",
        "objective.discriminator.arguments={channels: [4, 8], stride: 4, reference_examples: 2}",
        "objective.schedule.warm_up_steps=2", "objective.optimizer.warmup_steps=2",
        "trainer.precision=32", "trainer.accelerator=cpu", "trainer.threads=1",
        f"trainer.max_steps={steps}", "trainer.log_every_steps=1",
        "trainer.checkpoint_every_steps=2", "trainer.validate_every_steps=4",
        "trainer.validation_items=2",
    ]  # fmt: skip


def is_weight(name: str) -> bool:
    """Whether a file of a run folder holds weights."""
    return name.endswith("model.safetensors")
