"""Training a vocoder: its losses, its rates, the discriminator after the warm-up."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from speechgen.adversarial import GANSchedule
from speechgen.errors import ConfigError
from speechgen.losses import multi_resolution_stft
from speechgen.models.vocoders.parallel_wavegan import ParallelWaveGAN
from speechgen.models.vocoders.parallel_wavegan_discriminator import ParallelWaveGANDiscriminator
from speechgen.models.wavenet.conditions import Conditions
from speechgen.store import load_model
from speechgen.training import run
from speechgen.training.loop.metrics_log import read_metrics
from speechgen.training.loop.optimisation import OptimizerSettings
from speechgen.training.objectives.gan import GANObjective
from speechgen.training.objectives.vocoder import VocoderObjective


def network() -> ParallelWaveGAN:
    return ParallelWaveGAN(
        stacks=1, layers_per_stack=2, residual_channels=4, gate_channels=4, skip_channels=4,
        local_features=3, hop_samples=16, upsampler_channels=4, preemphasis=0.85, fold=2,
    )  # fmt: skip


def objective(**options: object) -> VocoderObjective:
    discriminator = ParallelWaveGANDiscriminator(layers=3, channels=4)
    return VocoderObjective(network(), discriminator, optimizer=OptimizerSettings(), **options)


def test_the_spectral_loss_compares_with_the_pre_emphasised_recording() -> None:
    gan = objective()
    batch = {"wave": 0.1 * torch.randn(2, 4096), "local": torch.randn(2, 3, 256)}
    noise = torch.randn(2, 1, 4096, generator=torch.Generator().manual_seed(0))
    made = gan.network(noise, Conditions(batch["local"]))
    wave = batch["wave"]
    wanted = torch.cat([wave[:, :1], wave[:, 1:] - 0.85 * wave[:, :-1]], dim=1)[:, None]
    value = gan.validation_values(batch)["stft"]
    torch.testing.assert_close(value, multi_resolution_stft(made, wanted))
    name, panel = gan.panels(batch)[1]
    assert name == "generated"
    torch.testing.assert_close(panel, gan.network.from_domain(made)[0, 0])


def test_the_discriminator_joins_after_the_warm_up_and_at_its_own_rate(
    tiny: dict[str, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates = []
    honest = GANObjective._update

    def watched(self: GANObjective, optimizer: torch.optim.Optimizer, loss: torch.Tensor) -> None:
        network = "G" if optimizer is self.optimizers()[0] else "D"
        rates.append((network, optimizer.param_groups[0]["lr"]))
        honest(self, optimizer, loss)

    monkeypatch.setattr(GANObjective, "_update", watched)
    settings = ["trainer.max_steps=3", "objective.optimizer.warmup_steps=0",
                "objective.optimizer.schedule=constant", "objective.discriminator_rate=0.25",
                "objective.optimizer.learning_rate=1e-3"]  # fmt: skip
    model = run([*tiny["vocoder"], f"output={tmp_path}", *settings])
    assert "".join(network for network, _ in rates) == "GGDG"
    assert {rate for network, rate in rates if network == "G"} == {1e-3}
    assert {rate for network, rate in rates if network == "D"} == {0.25e-3}
    names = {row["name"] for row in read_metrics(tmp_path / "metrics.csv")}
    assert {"stft", "adversarial", "discriminator"} <= names
    loaded = load_model(model)
    assert (loaded.config.name, loaded.config.task) == ("parallel_wavegan", "synthesize")
    assert loaded.config.features["kind"] == "mel"
    assert loaded.model.hop_samples == 80
    assert loaded.model.local_features == 20


def test_the_harmonic_vocoder_trains_against_periods_and_spectra(
    tiny: dict[str, list[str]], tmp_path: Path
) -> None:
    model = run([*tiny["harmonic_vocoder"], f"output={tmp_path}", "trainer.max_steps=4"])
    names = {row["name"] for row in read_metrics(tmp_path / "metrics.csv")}
    assert {"stft", "mel", "adversarial", "feature_matching", "discriminator"} <= names
    loaded = load_model(model)
    assert (loaded.config.name, loaded.config.task) == ("harmonic_vocoder", "synthesize")
    assert loaded.config.features["absolute_pitch"] is True
    assert loaded.model.local_features == 22


def test_feature_matching_reaches_the_generator_only() -> None:
    gan = objective(weights={"stft": 0.0, "adversarial": 0.0, "feature_matching": 1.0})
    batch = {"wave": 0.1 * torch.randn(2, 4096), "local": torch.randn(2, 3, 256)}
    losses: list[torch.Tensor] = []
    gan._optimizer_of = lambda network: None
    gan._update = lambda optimizer, loss: losses.append(loss)
    gan.record = lambda **values: None
    gan._generator_step(batch, True)
    losses[0].backward()
    assert any(p.grad is not None and p.grad.abs().sum() > 0 for p in gan.network.parameters())
    assert all(p.grad is None for p in gan.discriminator.parameters())


def test_weights_name_known_losses_and_default_to_the_papers() -> None:
    of_the_paper = {"stft": 1.0, "adversarial": 8.0}
    others = dict.fromkeys(("mel", "periodicity", "feature_matching"), 0.0)
    assert objective().weights == of_the_paper | others
    for weights in ({"l1": 1.0}, {"stft": -1.0}, {"adversarial": True}):
        with pytest.raises(ConfigError, match="objective.weights"):
            objective(weights=weights)
    with pytest.raises(ConfigError, match="discriminator_rate"):
        objective(discriminator_rate=0.0)


def test_without_weight_the_discriminator_is_never_used() -> None:
    gan = objective(weights={"adversarial": 0.0}, schedule=GANSchedule())
    steps: list[bool] = []
    gan._generator_step = lambda batch, adversarial: steps.append(adversarial)
    gan.training_step({}, 0)
    assert steps == [False]


def test_speaker_vectors_are_refused_in_one_line(
    tiny: dict[str, list[str]], data: Path, tmp_path: Path
) -> None:
    vectors = f"data.speaker_vectors={data / 'vectors.npz'}"
    with pytest.raises(ConfigError, match="unknown argument 'speaker_features'"):
        run([*tiny["vocoder"], f"output={tmp_path}", vectors])
