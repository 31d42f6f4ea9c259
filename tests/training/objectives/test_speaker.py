"""The speaker objective: margin that grows, angular margin, several centres, ECAPA as network."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from speechgen.errors import ConfigError
from speechgen.models.speaker.ecapa import EcapaEncoder
from speechgen.store import load_model
from speechgen.training import run
from speechgen.training.loop.metrics_log import read_metrics
from speechgen.training.loop.optimisation import OptimizerSettings
from speechgen.training.objectives.speaker import SpeakerObjective

SMALL = {"channels": 16, "pooled_channels": 16, "attention_channels": 8, "embedding_features": 8}


def objective(**options) -> SpeakerObjective:
    torch.manual_seed(0)
    network = EcapaEncoder(sample_rate=8000, num_mels=20, masked_bands=2, **SMALL)
    return SpeakerObjective(network, num_speakers=3, optimizer=OptimizerSettings(), **options)


def batch() -> dict[str, torch.Tensor]:
    waves = torch.randn(6, 4000, generator=torch.Generator().manual_seed(1))
    return {"wave": waves, "speaker_id": torch.tensor([0, 0, 1, 1, 2, 2])}


@pytest.mark.parametrize("loss", ["additive_margin", "additive_angular_margin"])
def test_the_margin_grows(loss: str) -> None:
    module, losses = objective(loss=loss, margin_steps=9), []
    for step in (0, 4, 9, 20):
        module.steps_done = step
        torch.manual_seed(3)  # the same masks
        losses.append(module.training_step(batch(), 0).item())
    assert losses[0] < losses[1] < losses[2]
    assert losses[3] == pytest.approx(losses[2], rel=1e-5)


def test_several_centres_of_a_speaker_all_learn_but_one_counts() -> None:
    module = objective(centres=2)
    assert module.prototypes.shape == (6, 8)
    module.training_step(batch(), 0).backward()
    assert module.prototypes.grad is not None and module.prototypes.grad.isfinite().all()
    with pytest.raises(ConfigError, match="objective.centres"):
        objective(centres=0)


def test_loss_of_the_packaged_experiment_falls(data: Path, tmp_path: Path) -> None:
    run(
        [
            "experiment=speaker_ecapa",
            f"output={tmp_path}",
            f"data.train={data / 'speech'}",
            f"data.valid={data / 'speech'}",
            f"data.noise={data / 'noise'}",
            "data.crop_seconds=0.4",
            "data.speakers_per_batch=9",
            "model.arguments={sample_rate: 8000, num_mels: 20, channels: 16, pooled_channels: 16, "
            "attention_channels: 8, embedding_features: 8}",
            "objective.margin_steps=60",
            "objective.optimizer.warmup_steps=2",
            "objective.optimizer.learning_rate=5e-3",
            "trainer.max_steps=40",
            "trainer.log_every_steps=4",
            "trainer.validate_every_steps=40",
            "trainer.precision=32",
        ]
    )
    rows = read_metrics(tmp_path / "metrics.csv")
    losses = [float(r["value"]) for r in rows if (r["split"], r["name"]) == ("train", "loss")]
    assert losses[-1] < 0.6 * losses[0]
    assert any(r["name"] == "eer" for r in rows)
    encoder = load_model(tmp_path / "model").model
    assert encoder(torch.randn(2, 4000)).shape == (2, 8)


def test_validation_is_in_full_precision_under_autocast() -> None:
    module = objective()
    module.network.eval()
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        values = module.validation_values(batch())
    assert {value.dtype for value in values.values()} == {torch.float32}
    assert 0 <= float(values["eer"]) <= 1
