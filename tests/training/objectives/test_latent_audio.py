"""Both phases of the waveform autoencoder: what is counted, who learns, what stays as it was."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from speechgen.adversarial.feature_matching import feature_matching
from speechgen.errors import ConfigError
from speechgen.models.vae1d.discriminator import WaveDiscriminator
from speechgen.models.vae1d.vae import VAE1d
from speechgen.store import load_model
from speechgen.training import run
from speechgen.training.loop.metrics_log import read_metrics
from speechgen.training.loop.optimisation import OptimizerSettings
from speechgen.training.objectives.gan import GANObjective
from speechgen.training.objectives.latent_audio import LatentAudioObjective, bits_per_second
from speechgen.training.objectives.latent_audio_gan import LatentAudioGANObjective
from speechgen.variational import DiagonalGaussian

WINDOWS = (32, 64)


def network(**arguments: Any) -> VAE1d:
    torch.manual_seed(0)
    sizes = {"strides": (4, 4), "channels": (6, 8), "latent": 3, "dilations": (1,)}
    return VAE1d(sample_rate=8000, **{**sizes, **arguments})


def phase_one(**options: Any) -> LatentAudioObjective:
    return LatentAudioObjective(
        network(), optimizer=OptimizerSettings(), windows=WINDOWS, **options
    )


def phase_two(**options: Any) -> LatentAudioGANObjective:
    discriminator = WaveDiscriminator(windows=(32,), periods=(2,), channels=4)
    return LatentAudioGANObjective(
        network(), discriminator, optimizer=OptimizerSettings(), windows=WINDOWS, **options
    )


def batch() -> dict[str, Tensor]:
    return {"wave": 0.1 * torch.randn(2, 400, generator=torch.Generator().manual_seed(1))}


def noise_of(posterior: DiagonalGaussian) -> Tensor:
    return torch.randn(posterior.mean.shape, generator=torch.Generator().manual_seed(0))


@torch.no_grad()
def test_rate_and_distortion_are_counted_by_hand() -> None:
    objective, wave = phase_one(weights={"stft": 2.0, "l1": 3.0}), batch()
    posterior = objective.network.posterior(wave["wave"][:, None])
    mean, variance = posterior.mean, posterior.log_variance.exp()
    kl = 0.5 * (variance + mean**2 - 1.0 - variance.log()).sum() / (2 * 400)  # 25 whole frames
    values = objective.validation_values(wave)
    torch.testing.assert_close(values["rate_bits_per_second"], kl / math.log(2.0) * 8000)
    made = objective.network.decode(posterior.sample(noise_of(posterior)))
    torch.testing.assert_close(
        values["l1"], (made[:, 0] - wave["wave"]).abs().mean() / objective.network.level
    )
    weights = {"stft": 2.0, "mel": 1.0, "l1": 3.0, "si_sdr": 0.03}
    total = sum(weight * values[name] for name, weight in weights.items())
    torch.testing.assert_close(values["distortion"], total)
    assert set(values) == {*weights, "distortion", "rate_bits_per_second"}


def test_the_free_rate_costs_nothing_and_what_exceeds_it_costs_its_weight() -> None:
    wave = batch()
    whole = float(bits_per_second(network(), phase_one().losses(wave)[1].detach()))
    for free, left in ((0.0, whole), (0.25 * whole, 0.75 * whole), (2.0 * whole, 0.0)):
        objective = phase_one(free_bits_per_second=free, weights={"kl": 7.0})
        torch.manual_seed(5)
        loss = objective.training_step(wave, 0)
        assert float(bits_per_second(objective.network, objective.values["kl"])) == pytest.approx(
            left, rel=1e-4, abs=1e-6
        )
        assert float(objective.values["rate_bits_per_second"]) == pytest.approx(whole, rel=1e-4)
        known = {"stft": 1.0, "mel": 1.0, "l1": 0.5, "si_sdr": 0.03, "kl": 7.0}
        total = sum(weight * float(objective.values[name]) for name, weight in known.items())
        assert float(loss.detach()) == pytest.approx(total, rel=1e-5)


def test_validation_is_always_the_same_and_panels_are_waves() -> None:
    for objective in (phase_one(), phase_two()):
        first, again = (objective.validation_values(batch()) for _ in range(2))
        assert all(first[name].equal(again[name]) for name in first)
        panels = dict(objective.panels(batch()))
        assert list(panels) == ["recording", "reconstruction", "from the prior"]
        assert all(wave.shape == (400,) for wave in panels.values())


def test_both_phases_measure_the_same_network_alike() -> None:
    one, two = phase_one().validation_values(batch()), phase_two().validation_values(batch())
    for name in one:
        torch.testing.assert_close(one[name], two[name])


def test_features_are_matched_relative_to_the_real_ones() -> None:
    real = [[torch.full((1, 2), 2.0)], [torch.full((3,), 4.0)]]
    fake = [[torch.full((1, 2), 3.0)], [torch.full((3,), 4.0, requires_grad=True)]]
    value = feature_matching(real, fake).detach()
    assert float(value) == pytest.approx(0.5 * (1.0 / 2.0 + 0.0), abs=1e-5)
    assert float(feature_matching(real, real)) == 0.0
    real[0][0].requires_grad_()
    assert feature_matching(real, fake).requires_grad
    assert torch.autograd.grad(
        feature_matching(real, fake), real[0][0], allow_unused=True
    ) == (None,)  # fmt: skip
    for wrong in ([], [[]]):
        with pytest.raises(ValueError, match="no feature maps"):
            feature_matching(wrong, wrong)


def test_weights_and_windows_are_checked() -> None:
    from speechgen.training.objectives.latent_audio import LatentAudioSettings

    with pytest.raises(ConfigError, match="unknown loss 'adversarial'"):
        phase_one(weights={"adversarial": 1.0})
    with pytest.raises(ConfigError, match=r"objective\.windows"):
        LatentAudioSettings(windows=(30,))
    with pytest.raises(ConfigError, match="free_bits_per_second"):
        LatentAudioSettings(free_bits_per_second=-1.0)


@pytest.fixture(scope="module")
def tiny_latent(data: Path) -> list[str]:
    """Overrides for both phases, with voices."""
    return [
        f"data.train={data / 'speech'}", f"data.valid={data / 'speech'}",
        f"data.speaker_vectors={data / 'vectors.npz'}",
        "data.crop_seconds=0.1", "data.batch_size=2",
        "model.arguments={sample_rate: 8000, strides: [4, 4], channels: [6, 8], latent: 3, "
        "dilations: [1]}",
        "objective.windows=[32, 64]", "objective.optimizer.warmup_steps=0",
        "trainer.max_steps=4", "trainer.log_every_steps=1", "trainer.checkpoint_every_steps=4",
        "trainer.validate_every_steps=4", "trainer.validation_items=2", "trainer.precision=32",
        "trainer.ema_decay=0",
    ]  # fmt: skip


DISCRIMINATOR = "objective.discriminator.arguments={windows: [32], periods: [2], channels: 4}"


@pytest.fixture(scope="module")
def first_model(tiny_latent: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("phase one")
    return run(["experiment=vae1d", f"output={folder}", *tiny_latent])


def test_phase_one_trains_and_knows_its_voices(first_model: Path) -> None:
    loaded = load_model(first_model)
    assert (loaded.config.name, loaded.config.task) == ("vae1d", "generate")
    assert loaded.model.speakers == ["ann", "ben", "cid"]
    assert loaded.model.speaker_table.equal(torch.eye(3))
    names = {row["name"] for row in read_metrics(first_model.parent / "metrics.csv")}
    assert {"stft", "mel", "l1", "si_sdr", "kl", "rate_bits_per_second", "distortion"} <= names


@pytest.mark.parametrize("frozen", [True, False])
def test_turns_route_gradients(
    frozen: bool,
    first_model: Path,
    tiny_latent: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps: list[str] = []

    def watched(gan: Any, optimizer: Any, loss: Tensor) -> None:
        networks = {
            "encoder": gan.network.encoder,
            "decoder": gan.network.decoder,
            "discriminator": gan.discriminator,
        }
        mine = {id(p) for group in optimizer.param_groups for p in group["params"]}
        learns = {n for n, part in networks.items() if {id(p) for p in part.parameters()} <= mine}
        before = {n: {k: v.clone() for k, v in p.state_dict().items()} for n, p in networks.items()}
        assert all(p.grad is None for part in networks.values() for p in part.parameters())
        optimizer.zero_grad(set_to_none=True)
        gan.manual_backward(loss)
        for name, part in networks.items():
            has = any(p.grad is not None and p.grad.any() for p in part.parameters())
            assert has == (name in learns), f"{name} in the step of {learns}"
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        for name, part in networks.items():
            moved = any(not v.equal(before[name][k]) for k, v in part.state_dict().items())
            assert moved == (name in learns), f"{name} in the step of {learns}"
        steps.append("D" if "discriminator" in learns else "G")
        assert ("encoder" in learns) == (steps[-1] == "G" and not frozen)

    monkeypatch.setattr(GANObjective, "_update", watched)
    words = [f"init_from={first_model}", f"objective.frozen_encoder={frozen}", DISCRIMINATOR]
    words += ["objective.schedule={discriminator_steps: 2, warm_up_steps: 1}"]
    model = run(["experiment=vae1d_gan", f"output={tmp_path}", *tiny_latent, *words])
    assert "".join(steps) == "G" + "DDG" * 3
    first, second = (load_model(path).model.state_dict() for path in (first_model, model))
    same = {name.split(".")[0] for name in first if first[name].equal(second[name])}
    assert ("encoder" in same) == frozen
    names = {row["name"] for row in read_metrics(tmp_path / "metrics.csv")}
    assert {"adversarial", "feature", "discriminator", "rate_bits_per_second"} <= names
    assert ("kl" in names) == (not frozen)


def test_without_weight_the_discriminator_is_never_used(
    first_model: Path, tiny_latent: list[str], tmp_path: Path
) -> None:
    words = [
        f"init_from={first_model}",
        DISCRIMINATOR,
        "objective.weights={adversarial: 0, feature: 0}",
    ]
    run(["experiment=vae1d_gan", f"output={tmp_path}", *tiny_latent, *words])
    names = {row["name"] for row in read_metrics(tmp_path / "metrics.csv")}
    assert "stft" in names and not names & {"adversarial", "feature", "discriminator"}
