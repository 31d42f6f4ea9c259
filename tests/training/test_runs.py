"""What a run leaves behind, and that it learns."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from speechgen.store import load_model
from speechgen.training import run
from speechgen.training.loop.checkpoint import checkpoint_path
from speechgen.training.loop.metrics_log import read_metrics


def values(folder: Path, split: str, name: str) -> list[float]:
    rows = read_metrics(folder / "metrics.csv")
    return [float(r["value"]) for r in rows if r["split"] == split and r["name"] == name]


# what would hide the fall of a loss in so few steps
CALM = {
    "metricgan": [
        "data.gain_db=[0, 0]",
        "data.snr_db=[5, 5]",
        "objective.schedule.warm_up_steps=100",
    ],
    "segan": ["data.gain_db=[0, 0]", "data.snr_db=[5, 5]"],
    "vocoder": ["objective.schedule.warm_up_steps=100"],
    "conversion": ["objective.schedule.warm_up_steps=100"],
}


@pytest.mark.parametrize(
    ("objective", "name", "steps", "ratio"),
    [
        ("likelihood", "nats", 60, 0.97),
        ("segan", "l1", 40, 0.97),
        ("metricgan", "compressed", 40, 0.9),
        ("vocoder", "stft", 40, 0.9),
        ("conversion", "mel", 40, 0.7),
        ("speaker", "loss", 60, 0.5),
        ("ctc", "loss", 40, 0.8),
        ("text", "content", 40, 0.9),
    ],
)
def test_loss_falls(
    objective: str, name: str, steps: int, ratio: float, tiny: dict[str, list[str]], tmp_path: Path
) -> None:
    run(
        [
            *tiny[objective],
            f"output={tmp_path}",
            f"trainer.max_steps={steps}",
            "trainer.validate_every_steps=1000",
            "trainer.checkpoint_every_steps=1000",
            "objective.optimizer.learning_rate=5e-3",
            *CALM.get(objective, []),
        ]
    )
    found = values(tmp_path, "train", name)
    assert sum(found[-10:]) < ratio * sum(found[:10])


@pytest.mark.parametrize(
    "output",
    [{"classes": 1024}, {"output": "logistic_mixture", "mixtures": 3}, {"output": "gaussian"}],
    ids=str,
)
def test_every_output_is_trained_validated_and_sampled(
    output: dict[str, Any], tiny: dict[str, list[str]], tmp_path: Path
) -> None:
    chosen = [f"model.arguments.{key}={value}" for key, value in output.items()]
    model = run([*tiny["likelihood"], *chosen, f"output={tmp_path}", "trainer.max_steps=40"])
    nats = values(tmp_path, "train", "nats")
    assert sum(nats[-5:]) < sum(nats[:5])
    assert len(values(tmp_path, "valid", "bits")) == 7
    assert output.items() <= load_model(model).config.arguments.items()


def test_run_folder(tiny: dict[str, list[str]], data: Path, tmp_path: Path) -> None:
    model = run([*tiny["likelihood"], f"output={tmp_path}", "trainer.max_steps=6"])
    assert model == tmp_path / "model"
    text = (tmp_path / "config.yaml").read_text(encoding="utf-8")
    assert text.startswith("# speechgen train experiment=wavenet_content ")
    assert yaml.safe_load(text)["model"]["arguments"]["stacks"] == 1
    assert list((tmp_path / "tensorboard").glob("events.*"))

    loaded = load_model(model)
    assert loaded.config.task == "synthesize"
    assert loaded.config.features["num_cepstra"] == 6
    assert loaded.config.training["steps"] == 6
    assert loaded.config.training["data"]["speakers"] == 3
    assert "bits" in loaded.config.training["validation"]
    assert loaded.model.speakers == ["ann", "ben", "cid"]
    assert loaded.model.speaker_table.equal(torch.eye(3))
    assert "Held-out values" in (model / "README.md").read_text(encoding="utf-8")


def test_a_content_model_with_pitch_knows_how_high_its_voices_speak(
    tiny: dict[str, list[str]], tmp_path: Path
) -> None:
    others = [word for word in tiny["likelihood"] if not word.startswith(("experiment", "data.fe"))]
    shapes = {"hop_samples": 80, "window_samples": 200, "fft_samples": 256, "num_mels": 20}
    command = ["experiment=wavenet_content_pitch", *others, f"output={tmp_path}"]
    command += [f"+data.features.{name}={value}" for name, value in shapes.items()]
    run([*command, "trainer.max_steps=6"])
    model = run([*command, "trainer.max_steps=8"])  # the run goes on: its arguments are the same
    loaded = load_model(model)
    assert loaded.config.training["steps"] == 8
    assert loaded.config.features["absolute_pitch"] is True
    assert loaded.model.lagged is not None and loaded.model.lagged.kernel_size == 3
    heights = [loaded.model.f0_of(name) for name in ("ann", "ben", "cid")]
    assert heights == pytest.approx([90, 150, 210], rel=0.05)


def test_model_directory_holds_the_average(tiny: dict[str, list[str]], tmp_path: Path) -> None:
    model = run([*tiny["segan"], f"output={tmp_path}", "trainer.max_steps=4"])
    kept = torch.load(checkpoint_path(tmp_path), weights_only=True)
    average = kept["callbacks"]["moving_average"]["average"]
    saved = load_model(model).model.state_dict()
    for name, value in average.items():
        assert saved[name].equal(value), name
    raw = kept["state_dict"]
    assert any(not raw[f"network.{name}"].equal(value) for name, value in average.items())


def test_a_share_of_the_pretrained_weights_is_left_behind(
    tiny: dict[str, list[str]], data: Path, tmp_path: Path
) -> None:
    """Stopped and gone on with, too, though the pretrained model is not read a second time."""
    pretrained = tmp_path / "pretrained"
    words = [*tiny["text"], "trainer.ema_decay=0", "trainer.checkpoint_every_steps=1"]
    run([*words, "trainer.max_steps=1", f"output={pretrained}"])
    words += [f"init_from={pretrained / 'model'}", "seed=1"]
    weights = [load_model(pretrained / "model").model.state_dict()]
    for share in (0.0, 0.25):
        folder = tmp_path / str(share)
        for steps in (1, 2):
            run([*words, f"trainer.max_steps={steps}", f"init_share={share}", f"output={folder}"])
        weights.append(load_model(folder / "model").model.state_dict())
    first, tuned, shared = weights
    assert any(not tuned[name].equal(first[name]) for name in tuned)
    for name, value in shared.items():
        assert torch.allclose(value, torch.lerp(tuned[name], first[name], 0.25), atol=1e-6), name
    assert "0.25 of the weights" in (tmp_path / "0.25" / "model" / "README.md").read_text()


def test_time_limit_ends_a_run_and_it_is_finished(
    tiny: dict[str, list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [
        *tiny["speaker"], f"output={tmp_path}", "trainer.max_steps=100000",
        "trainer.max_seconds=0.5",
    ]  # fmt: skip
    model = run(command)
    steps = load_model(model).config.training["steps"]
    assert 0 < steps < 100000
    assert "time is up" in capsys.readouterr().err
    run(command)
    assert "nothing to do" in capsys.readouterr().err
    assert load_model(model).config.training["steps"] == steps


INTERRUPTED = """
import os, signal, sys
import torch
torch.set_num_threads(1)
from speechgen.training import run
from speechgen.training.objectives.base import Objective
honest = Objective.set_learning_rate
def interrupting(self, progress):
    if self.steps_done == 3:
        os.kill(os.getpid(), signal.SIGINT)
    return honest(self, progress)
Objective.set_learning_rate = interrupting
try:
    run(sys.argv[1:])
except KeyboardInterrupt:
    sys.exit(130)
"""


def test_interrupt_saves_the_step(tiny: dict[str, list[str]], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, *tiny["speaker"], f"output={tmp_path}"],
        capture_output=True, text=True, timeout=300, check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 128 + signal.SIGINT, done.stderr
    assert "stopped at step 4; the same command goes on" in done.stderr
    assert "Lightning" not in done.stderr + done.stdout
    assert "Tip" not in done.stderr + done.stdout
    kept = torch.load(checkpoint_path(tmp_path), weights_only=True)
    assert kept["speechgen"]["steps_done"] == 4
