"""Training a text model along with its alignment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from speechgen.errors import ConfigError
from speechgen.layers.convnext import mask_of
from speechgen.models.text.monotonic import forward_sum, static_prior
from speechgen.models.text.text_model import TextModel
from speechgen.training.loop.optimisation import OptimizerSettings, build_optimizer
from speechgen.training.objectives.base import (
    Objective,
    ObjectiveKind,
    Panels,
    check_weights,
    options_of,
)
from speechgen.training.objectives.teacher_forced import TeacherForced, teacher_forced


@dataclass(frozen=True)
class TextSettings:
    """See :class:`TextObjective`."""

    kind: str = "text"
    weights: dict[str, float] = field(default_factory=dict)
    prior_steps: int = 400
    optimizer: OptimizerSettings = field(
        default_factory=lambda: OptimizerSettings(
            name="adamw", learning_rate=1.5e-3, warmup_steps=100, schedule="cosine",
            weight_decay=1e-2, betas=(0.9, 0.98),
        )
    )  # fmt: skip


class TextObjective(Objective):
    """Losses of durations, melody and frames, on alignments that are learnt with them.

    Batches are those of
    :meth:`speechgen.data.datasets.spoken_text.SpokenTextDataset.collate`. The losses are

    - "forward_sum", of all alignments, in nats a frame (arXiv:2108.10447, equation 4);
    - "prosody", of durations, pitch and loudness of symbols, in nats a symbol;
    - "content", the mean absolute difference, and "content_square", the mean square;
    - "pitch" and "loudness", mean absolute differences, and "voicing", in nats a frame.

    Parameters
    ----------
    network
        A :class:`speechgen.models.text.text_model.TextModel`.
    weights
        Of losses, where they differ from ``known_weights``.
    prior_steps
        Until which the static prior of alignments fades.
    """

    likes_bf16_on_cpu = True
    known_weights: ClassVar = {
        "forward_sum": 1.0,
        "prosody": 0.2,
        "content": 5.0,
        "content_square": 5.0,
        "pitch": 2.0,
        "voicing": 0.5,
        "loudness": 4.0,
    }

    def __init__(
        self,
        network: Any,
        *,
        weights: dict[str, float] | None = None,
        prior_steps: int = 400,
        **common: Any,
    ) -> None:
        super().__init__(network, **common)
        if prior_steps < 0:
            raise ConfigError(f"objective.prior_steps must be 0 or more, not {prior_steps}")
        self.weights = check_weights(weights or {}, self.known_weights)
        self.prior_steps = prior_steps

    def training_step(self, batch: dict[str, Tensor], batch_index: int) -> Tensor:
        """The weighted sum of the losses."""
        losses, _ = self._losses(batch)
        self.record(**losses)
        return torch.stack([self.weights[name] * loss for name, loss in losses.items()]).sum()

    def configure_optimizers(self) -> Any:
        """One optimiser over the network."""
        return build_optimizer(self.optimizer_settings, self.network.parameters())

    def validation_values(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """The losses; how much content moves, as a part of what it should; how sure alignments are.

        "sureness" is the mean probability of the best alignment's symbol.
        """
        losses, made = self._losses(batch)
        kept = mask_of(batch["num_frames"], batch["content"].shape[2]) > 0.5
        spread = [
            one.float().transpose(1, 2)[kept[:, 0]].std(dim=0).mean()
            for one in (made.content, batch["content"])
        ]
        best = made.scores.gather(2, made.path[:, :, None])[:, :, 0].exp()
        return losses | {
            "deviation": spread[0] / spread[1],
            "sureness": best[kept[:, 0]].mean(),
        }

    def panels(self, batch: dict[str, Tensor]) -> Panels:
        """Pictures of the first example's alignment and content, and of what is made of it."""
        _, made = self._losses(batch)
        frames, symbols = (int(batch[name][0]) for name in ("num_frames", "num_symbols"))
        hard = F.one_hot(made.path[0, :frames], batch["symbols"].shape[1])[:, :symbols]
        soft = made.scores[0, :frames, :symbols].exp()
        pictures = {
            "alignment": torch.cat([soft.T.flip(0), hard.T.flip(0).to(soft)]),
            "recording": 0.5 + 0.5 * batch["content"][0, :, :frames].float(),
            "content": 0.5 + 0.5 * made.content[0, :, :frames],
        }
        return [(name, picture[None]) for name, picture in pictures.items()]

    def _losses(self, batch: dict[str, Tensor]) -> tuple[dict[str, Tensor], TeacherForced]:
        """The unweighted losses, and what they come from."""
        network: TextModel = self.network
        symbols, frames = batch["num_symbols"], batch["num_frames"]
        made = teacher_forced(network, batch, self._prior(batch))
        skippable = network.skippable[batch["symbols"]]
        log_f0, voicing = batch["pitch"].float().split(1, dim=1)
        count, total = skippable.shape[1], made.mask.sum()
        error = made.content - batch["content"].float()
        pitch, loud, logit = made.rest.split(1, dim=1)
        binary = F.binary_cross_entropy_with_logits(logit, voicing, reduction="none")
        whole = made.durations[:, None].float().clamp_min(1.0).log()
        nll = network.prosody.loss(
            made.encoded.float(), torch.cat([whole, made.values], dim=1), made.durations > 0,
            skippable,
        )  # fmt: skip
        losses = {
            "forward_sum": -(
                forward_sum(made.scores, frames, symbols, skippable).sum()
                + (made.evidence * made.mask[:, 0]).sum()
            )
            / total,
            "prosody": (nll * mask_of(symbols, count)[:, 0]).sum() / symbols.sum(),
            "content": (error.abs() * made.mask).sum() / total / error.shape[1],
            "content_square": (error**2 * made.mask).sum() / total / error.shape[1],
            "pitch": ((pitch - log_f0).abs() * made.voiced).sum() / made.voiced.sum(),
            "voicing": (binary * made.mask).sum() / total,
            "loudness": ((loud - made.loudness).abs() * made.mask).sum() / total,
        }
        return losses, made

    def _prior(self, batch: dict[str, Tensor]) -> Tensor | None:
        """The static prior, as strong as it still is."""
        strength = 1.0 - self.steps_done / max(self.prior_steps, 1)
        if strength <= 0 or not self.training:
            return None
        shape = (batch["content"].shape[2], batch["symbols"].shape[1])
        prior = static_prior(batch["num_frames"], batch["num_symbols"], shape)
        return strength * prior.clamp_min(-100.0)


def _build(settings: Any, network: Any, data: Any, **common: Any) -> Objective:
    return TextObjective(network, **options_of(settings), **common)


OBJECTIVE = ObjectiveKind(TextSettings, _build, ("spoken",), "say")
