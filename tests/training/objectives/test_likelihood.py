"""Maximum likelihood: noise on the past, never on what is learnt."""

from __future__ import annotations

import pytest
import torch

from speechgen.errors import ConfigError
from speechgen.models.wavenet.wavenet import WaveNet
from speechgen.training.loop.optimisation import OptimizerSettings
from speechgen.training.objectives.likelihood import LikelihoodObjective

SMALL = {"stacks": 1, "layers_per_stack": 3, "residual_channels": 8, "gate_channels": 16,
         "skip_channels": 8}  # fmt: skip


def objective(output: str = "mu_law", history_noise: float = 0.0) -> LikelihoodObjective:
    torch.manual_seed(0)
    network = WaveNet(output=output, mixtures=2, **SMALL)
    return LikelihoodObjective(network, optimizer=OptimizerSettings(), history_noise=history_noise)


def batch() -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    return {"wave": 0.3 * torch.randn(2, 4000, generator=generator).clamp(-1, 1)}


@pytest.mark.parametrize("output", ["mu_law", "logistic_mixture", "gaussian_mixture"])
def test_noise_disturbs_training_alone(output: str) -> None:
    plain, noisy = objective(output), objective(output, history_noise=0.1)
    assert torch.equal(
        plain.validation_values(batch())["bits"], noisy.validation_values(batch())["bits"]
    )
    step = [one.nll_nats(batch(), one.history_noise) for one in (plain, noisy)]
    assert not torch.equal(*step)
    assert all(values.isfinite().all() for values in step)


def test_what_is_learnt_is_without_noise() -> None:
    """A network that does not look at the past cannot tell whether it was disturbed."""
    one = objective(history_noise=0.5)
    with torch.no_grad():
        for weight in one.network.embedding.parameters():
            weight.zero_()
    assert torch.equal(one.nll_nats(batch(), 0.5), one.nll_nats(batch()))


def test_noise_is_as_strong_as_told_and_stays_in_range() -> None:
    one = objective()
    middle = torch.full((1, 20000), 128)
    moved = one._disturbed(middle, 0.05) - middle
    assert moved.dtype == torch.int64
    assert float(moved.double().std()) == pytest.approx(0.05 * 128, rel=0.05)
    ends = one._disturbed(torch.tensor([[0, 255] * 100]), 0.2)
    assert ends.min() == 0 and ends.max() == 255
    values = objective("gaussian")
    wave = torch.zeros(1, 20000)
    assert float(values._disturbed(wave, 0.05).std()) == pytest.approx(0.05, rel=0.05)


@pytest.mark.parametrize("deviation", [-0.1, 1.0, float("nan")])
def test_noise_out_of_range_is_refused(deviation: float) -> None:
    with pytest.raises(ConfigError, match="history_noise"):
        objective(history_noise=deviation)
