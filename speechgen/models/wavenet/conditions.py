"""Conditions of a generative network: local features and a speaker vector."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from speechgen.errors import ConfigError


@dataclass(frozen=True)
class Conditions:
    """Conditions of a batch.

    Attributes
    ----------
    local
        (batch, feature, frame) at the hop that the network states, or None.
    speaker
        (batch, feature), one vector for each utterance, or None.
    match
        (batch, 2, mel), factor and offset for each band of a mel that a converter makes, or None.
    warp
        (batch, mel, mel), by which the formants of that mel are moved after it, or None.
    """

    local: Tensor | None = None
    speaker: Tensor | None = None
    match: Tensor | None = None
    warp: Tensor | None = None

    def __post_init__(self) -> None:
        for name, value, axes in (
            ("local", self.local, 3),
            ("speaker", self.speaker, 2),
            ("match", self.match, 3),
            ("warp", self.warp, 3),
        ):
            if value is not None and value.dim() != axes:
                raise ConfigError(
                    f"condition {name} must have {axes} axes, not shape {tuple(value.shape)}"
                )

    def to(self, device: torch.device | str) -> Conditions:
        """The same on another device."""
        return self._each(lambda value: value.to(device))

    def select(self, indices: slice | Sequence[int] | Tensor) -> Conditions:
        """Those of some utterances of the batch."""
        chosen = indices if isinstance(indices, slice | Tensor) else list(indices)
        return self._each(lambda value: value[chosen])

    def _each(self, change: Callable[[Tensor], Tensor]) -> Conditions:
        values = (self.local, self.speaker, self.match, self.warp)
        return Conditions(*(None if value is None else change(value) for value in values))

    @property
    def batch_size(self) -> int | None:
        """Utterances described; None if there is no condition at all."""
        for value in (self.local, self.speaker):
            if value is not None:
                return value.shape[0]
        return None


def batch_conditions(parts: Sequence[Conditions]) -> Conditions:
    """Join conditions along the batch; shorter local ones are padded with zero frames at the end.

    A network that looks ahead over frames sees that padding. Where an utterance must not
    depend on the others in the batch, give a sampler the list itself.
    """
    if not parts:
        raise ConfigError("no conditions to batch")
    return Conditions(
        _joined([part.local for part in parts], pad=True),
        _joined([part.speaker for part in parts], pad=False),
        _joined([part.match for part in parts], pad=False),
        _joined([part.warp for part in parts], pad=False),
    )


def _joined(values: list[Tensor | None], *, pad: bool) -> Tensor | None:
    given = [value for value in values if value is not None]
    if not given:
        return None
    if len(given) < len(values):
        raise ConfigError("some utterances of a batch have a condition that others lack")
    if pad:
        longest = max(value.shape[-1] for value in given)
        padding = [(0, longest - value.shape[-1]) for value in given]
        given = [torch.nn.functional.pad(v, p) for v, p in zip(given, padding, strict=True)]
    return torch.cat(given)
