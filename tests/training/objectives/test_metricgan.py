"""Training against a learnt metric: true scores, pairs in order, fine-tuning of a model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from speechgen.audio import read
from speechgen.errors import ConfigError
from speechgen.metrics import pesq_wb
from speechgen.models.spectral.enhancer import SpectralEnhancer
from speechgen.models.spectral.metric_discriminator import MetricDiscriminator
from speechgen.store import load_model
from speechgen.training import run
from speechgen.training.loop.metrics_log import read_metrics
from speechgen.training.loop.optimisation import OptimizerSettings
from speechgen.training.objectives.metricgan import MetricGANObjective, _true_scores


class Heard(MetricDiscriminator):
    """Keeps the pairs that it is given."""

    def __init__(self) -> None:
        super().__init__(channels=(2,), bands=10)
        self.pairs: list[Tensor] = []

    def forward(self, pairs: Tensor) -> tuple[list[Tensor], list[list[Tensor]]]:
        self.pairs.append(pairs.detach())
        return super().forward(pairs)


def pairs_of(corpora: Path, count: int) -> dict[str, Tensor]:
    folder = corpora / "paired" / "dns2020_no_reverb_part"
    names = [path.name for path in sorted((folder / "clean").iterdir())[:count]]
    return {
        side: torch.from_numpy(
            np.stack([read(folder / side / name)[0][:, 16000:40000] for name in names])
        )
        for side in ("clean", "noisy")
    }


def objective(**options: object) -> MetricGANObjective:
    network = SpectralEnhancer(
        fft_samples=128, channels=4, blocks=1, groups=2, frame_memory=0, hidden=4, taps=1
    )
    return MetricGANObjective(network, Heard(), optimizer=OptimizerSettings(), **options)


def test_true_scores_are_those_of_pesq_and_silence_has_none(corpora: Path) -> None:
    batch = pairs_of(corpora, 2)
    batch["noisy"][1] = 0.0
    scores = _true_scores(batch["noisy"], batch["clean"])
    true = pesq_wb(batch["clean"][0, 0].numpy(), batch["noisy"][0, 0].numpy(), 16000)
    assert scores[0].item() == pytest.approx((true - 1.0) / 3.64)
    assert scores[1].isnan()


def test_the_discriminator_sees_estimates_beside_targets(
    corpora: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = pairs_of(corpora, 3)
    gan = objective(scored_examples=2)
    losses = []
    monkeypatch.setattr(MetricGANObjective, "_optimizer_of", lambda self, network: None)
    monkeypatch.setattr(
        MetricGANObjective, "_update", lambda self, optimizer, loss: losses.append(loss.detach())
    )
    gan._discriminator_step(batch)
    (heard,) = gan.discriminator.pairs
    with torch.no_grad():
        fake = gan.network(batch["noisy"][:2])
    clean = batch["clean"][:2]
    torch.testing.assert_close(heard[:2], torch.cat([fake, clean], dim=1))
    torch.testing.assert_close(heard[2:], torch.cat([clean, clean], dim=1))
    logits = gan.discriminator(heard)[0][0].detach().sigmoid().flatten()
    wanted = torch.cat([_true_scores(fake, clean), torch.ones(2)])
    torch.testing.assert_close(losses[0], (logits - wanted).square().mean())
    gan._generator_step(batch, adversarial=True)
    torch.testing.assert_close(gan.discriminator.pairs[-1][:, 1:], batch["clean"])


def test_silent_batches_train_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    gan = objective()
    monkeypatch.setattr(MetricGANObjective, "_optimizer_of", lambda self, network: None)
    monkeypatch.setattr(
        MetricGANObjective, "_update", lambda *args: pytest.fail("learned from silence")
    )
    gan._discriminator_step({"clean": torch.zeros(1, 1, 16000), "noisy": torch.ones(1, 1, 16000)})


def test_wrong_settings_are_refused() -> None:
    with pytest.raises(ConfigError, match="scored_examples"):
        objective(scored_examples=0)
    with pytest.raises(ConfigError, match="unknown loss"):
        objective(weights={"l3": 1.0})


def test_losses_are_named_in_the_log(tiny: dict[str, list[str]], tmp_path: Path) -> None:
    run([*tiny["metricgan"], f"output={tmp_path}", "trainer.max_steps=4"])
    rows = read_metrics(tmp_path / "metrics.csv")
    assert {row["name"] for row in rows if row["split"] == "train"} == {
        "adversarial", "compressed", "discriminator", "envelope", "perceptual", "segmental_snr",
        "si_sdr",
    }  # fmt: skip
    assert {"pesq", "si_sdr"} <= {row["name"] for row in rows if row["split"] == "valid"}


def test_a_run_begins_with_the_weights_of_another(
    tiny: dict[str, list[str]], tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    run([*tiny["metricgan"], f"output={first}", "trainer.max_steps=2", "seed=1"])
    still = "objective.optimizer.learning_rate=1e-12"
    run(
        [*tiny["metricgan"], f"output={second}", f"init_from={first}", "trainer.max_steps=1", still]
    )
    before, after = (load_model(folder / "model").model.state_dict() for folder in (first, second))
    for name, value in before.items():
        torch.testing.assert_close(after[name], value, atol=1e-6, rtol=0)
    bad = [*tiny["metricgan"], f"output={tmp_path / 'third'}", f"init_from={first}"]
    with pytest.raises(ConfigError, match="init_from"):
        run([*bad, "model.arguments.channels=4"])
    with pytest.raises(ConfigError, match="wavenet"):
        run([*bad[:-1], "init_from=wavenet-mel"])
