"""Maximum likelihood: a network that gives p(sample | past samples, conditions) learns the data.

Section 2 of A. van den Oord et al., arXiv:1609.03499: the product of conditionals is maximised,
here as the mean negative log-probability of a sample in nats, or log-density where the output is
continuous (it may then be negative).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from speechgen.errors import ConfigError
from speechgen.likelihood import MuLawCategorical, nats_to_bits
from speechgen.models.wavenet.conditions import Conditions
from speechgen.training.loop.optimisation import OptimizerSettings, build_optimizer
from speechgen.training.objectives.base import Objective, ObjectiveKind, Panels, options_of


@dataclass(frozen=True)
class LikelihoodSettings:
    """See :class:`LikelihoodObjective`."""

    kind: str = "likelihood"
    history_noise: float = 0.0
    optimizer: OptimizerSettings = field(
        default_factory=lambda: OptimizerSettings(learning_rate=2e-3, warmup_steps=100)
    )


class LikelihoodObjective(Objective):
    """Trains a WaveNet-like network: ``encode``, ``forward(symbols, conditions)``, ``likelihood``.

    Batches hold "wave" (batch, time) and, where the data has them, "local" (batch, feature, frame)
    and "speaker" (batch, feature).

    Parameters
    ----------
    network
        See above.
    optimizer
        Kind and course of the optimiser.
    history_noise
        Standard deviation of noise that is added to the past samples in training, not to the sample
        that is learnt: a part of full scale, after the compression of classes (Z. Jin et al.,
        "FFTNet", ICASSP 2018, section 2.3.3). A network that draws its own past meets such errors.
    """

    likes_bf16_on_cpu = True

    def __init__(
        self,
        network: nn.Module,
        *,
        optimizer: OptimizerSettings,
        history_noise: float = 0.0,
        gradient_clip_norm: float | None = None,
    ) -> None:
        if not 0.0 <= history_noise < 1.0:
            raise ConfigError(f"objective.history_noise must be in [0, 1), not {history_noise}")
        super().__init__(network, optimizer=optimizer, gradient_clip_norm=gradient_clip_norm)
        self.history_noise = history_noise

    def nll_nats(self, batch: dict[str, Tensor], history_noise: float = 0.0) -> Tensor:
        """Negative log-probability (batch, time) in nats; the network may run in bfloat16."""
        symbols = self.network.encode(batch["wave"])
        seen = self._disturbed(symbols, history_noise) if history_noise else symbols
        params = self.network(seen, batch_conditions_of(batch))
        with torch.autocast(params.device.type, enabled=False):
            return -self.network.likelihood.log_prob(params.float(), symbols)

    def _disturbed(self, symbols: Tensor, deviation: float) -> Tensor:
        """``symbols`` with noise, within their range."""
        likelihood = self.network.likelihood
        if not isinstance(likelihood, MuLawCategorical):
            values = likelihood.decode(symbols)
            return likelihood.encode(values + deviation * torch.randn_like(values))
        noise = torch.randn(symbols.shape, device=symbols.device)
        noise *= 0.5 * likelihood.classes * deviation
        moved = symbols + noise.round().to(symbols)
        return moved.clamp(0, likelihood.classes - 1)

    def training_step(self, batch: dict[str, Tensor], batch_index: int) -> Tensor:
        """Mean nats per sample, in the units of the output distribution."""
        loss = self.nll_nats(batch, self.history_noise).mean()
        self.record(nats=loss, bits=nats_to_bits(loss))
        return loss

    def configure_optimizers(self) -> Any:
        """One optimiser over the whole network."""
        return build_optimizer(self.optimizer_settings, self.network.parameters())

    def validation_values(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Bits per sample of held-out crops."""
        return {"bits": nats_to_bits(self.nll_nats(batch).mean())}

    def panels(self, batch: dict[str, Tensor]) -> Panels:
        """The first crop, and what the network draws for each sample given the true past."""
        one = {key: value[:1] for key, value in batch.items()}
        symbols = self.network.encode(one["wave"])
        params = self.network(symbols, batch_conditions_of(one)).float()
        generator = torch.Generator().manual_seed(0)
        size = self.network.likelihood.noise_size
        shape = (params.shape[2],) if size == 1 else (params.shape[2], size)
        noise = torch.rand(shape, generator=generator).to(params.device)
        drawn = self.network.likelihood.sample(params[0].T, noise)
        return [
            ("recording", one["wave"][0].float()),
            ("drawn given the true past", self.network.decode(drawn[None])[0].float()),
        ]


def batch_conditions_of(batch: dict[str, Tensor]) -> Conditions:
    """The conditions of a collated batch."""
    return Conditions(local=batch.get("local"), speaker=batch.get("speaker"))


def _build(settings: Any, network: nn.Module, data: Any, **common: Any) -> Objective:
    return LikelihoodObjective(network, **options_of(settings), **common)


OBJECTIVE = ObjectiveKind(LikelihoodSettings, _build, ("conditioned",), "synthesize")
