"""Conditions of a batch being sampled, projected a few frames at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from speechgen.causal import num_frames
from speechgen.models.wavenet.conditions import Conditions
from speechgen.models.wavenet.prepared_conditions import PreparedConditions, batch_prepared
from speechgen.models.wavenet.wavenet import WaveNet

BLOCK_FRAMES = 16


class ConditionWindow:
    """The result of :meth:`WaveNet.prepare_conditions`, a few frames at a time.

    Projected to all layers, a second of speech takes megabytes; only the frames asked for, and some
    that follow them, are held. Every utterance is prepared by itself, so that nothing depends on
    the rest of the batch; after its end it has zero frames.

    Parameters
    ----------
    model
        A WaveNet.
    parts
        Conditions of the utterances, each of batch 1.
    lengths
        Samples of each utterance.

    Attributes
    ----------
    lengths
        As given.

    Raises
    ------
    ModelError
        The conditions are not those the model was built for, or do not cover the samples.
    """

    def __init__(self, model: WaveNet, parts: Sequence[Conditions], lengths: Sequence[int]) -> None:
        self.network = model.conditioning
        self.lengths = list(lengths)
        device = next(model.parameters()).device
        self.parts = []
        for part, length in zip(parts, lengths, strict=True):
            part = part.to(device)
            self.network.check(part, length)
            if part.local is not None:
                frames = num_frames(length, model.hop_samples)
                part = Conditions(part.local[:, :, :frames], part.speaker)
            self.parts.append(part)
        changing = any(part.local is not None for part in self.parts)
        self.hop_samples = model.hop_samples if changing else None
        self._first = self._last = 0
        self._block: PreparedConditions | None = None

    @property
    def batch(self) -> int:
        """Utterances."""
        return len(self.parts)

    def frames(self, first: int, last: int) -> PreparedConditions:
        """Those of frames ``first`` to ``last`` (not included), which may lie beyond the end.

        Where no condition changes in time, they hold for all samples and the numbers mean nothing.
        """
        if self.hop_samples is None:
            if self._block is None:
                self._block = self._prepared(0, 1)
            return self._block
        if self._block is None or first < self._first or last > self._last:
            self._first, self._last = first, max(last, first + BLOCK_FRAMES)
            self._block = self._prepared(self._first, self._last)
        return self._block.frames(first - self._first, last - self._first)

    @torch.inference_mode()
    def _prepared(self, first: int, last: int) -> PreparedConditions:
        parts = [_window(self.network, part, first, last) for part in self.parts]
        return batch_prepared(parts)


def _window(network: Any, part: Conditions, first: int, last: int) -> PreparedConditions:
    """Frames of one utterance, followed by zeros where it has ended."""
    if part.local is None:
        return network.window(part, first, last)
    count = part.local.shape[2]
    there: PreparedConditions = network.window(part, min(first, count - 1), min(last, count))
    return (there if first < count else there.frames(0, 0)).padded(last - first)
