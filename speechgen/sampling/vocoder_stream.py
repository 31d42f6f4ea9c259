"""Waveforms of a vocoder as their frames come, a stated delay behind them.

::

    pushed     frame 0   frame 1   frame 2   frame 3 ...     a look-ahead of two frames
    returned                       samples   samples ...     up to one and a half short hops before
                                                             the end of frame 0, 1, ...
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from speechgen.causal import num_frames
from speechgen.errors import ModelError
from speechgen.models.vocoders.harmonic_vocoder import HarmonicVocoder
from speechgen.models.wavenet.conditions import Conditions
from speechgen.sampling.parallel import CHUNK_SAMPLES, NoiseField, check_lengths


class VocoderStream:
    """One utterance, of any length, in memory that does not grow with it.

    The pieces, whatever their lengths, together are what the model's ``forward`` gives.

    Parameters
    ----------
    model
        In evaluation mode.
    noise
        Input of the generator.

    Examples
    --------
    >>> stream = VocoderStream(HarmonicVocoder().eval(), NoiseField(0))
    >>> len(stream.push(torch.zeros(82, 2))), len(stream.push(torch.zeros(82, 1)))
    (0, 64)
    >>> len(stream.finish())
    704
    """

    def __init__(self, model: HarmonicVocoder, noise: NoiseField) -> None:
        self._model, self._noise = model, noise
        self._device = next(model.parameters()).device
        self._state = model.initial_state(1)
        self._last: Tensor | None = None
        self._frames = 0  # given to the network, copies of the first and the last among them
        self._returned = 0
        self._finished = False

    @property
    def delay_samples(self) -> int:
        """Samples between the end of the frames pushed so far and that of what was returned."""
        return self._model.delay_samples

    @torch.inference_mode()
    def push(self, frames: Tensor) -> Tensor:
        """The samples (time,) that are final with these frames, (feature, frame); none at first.

        Raises
        ------
        ModelError
            The frames have another number of rows, or the stream was finished.
        """
        model = self._model
        if frames.dim() != 2 or frames.shape[0] != model.local_features or self._finished:
            what = "after finish()" if self._finished else f"of shape {tuple(frames.shape)}"
            raise ModelError(f"frames must be ({model.local_features}, frame), not {what}")
        frames = frames.to(self._device, torch.float32)
        if not frames.shape[1]:
            return frames.new_zeros(0)
        before = model.frames_before if self._last is None else 0
        self._last = frames[:, -1:]
        return self._advance(F.pad(frames[None], (before, 0), mode="replicate"))

    @torch.inference_mode()
    def finish(self) -> Tensor:
        """The last samples (time,), up to the end of the last frame."""
        if self._last is None or self._finished:
            self._finished = True
            return torch.zeros(0, device=self._device)
        model, self._finished = self._model, True
        real = self._frames - model.frames_before
        after = self._last[None].expand(-1, -1, model.frames_after)
        missing = real * model.hop_samples - self._returned
        return self._advance(after)[:missing]

    def _advance(self, frames: Tensor) -> Tensor:
        hop, count = self._model.hop_samples, frames.shape[2]
        first = self._frames * hop
        noise = self._noise.window(first, first + count * hop).to(self._device)
        wave, self._state = self._model.stream(frames, noise[None], self._state)
        self._frames += count
        begin = self._model.frames_before * hop + self._model.delay_samples  # that of the utterance
        wave = wave[0, max(0, begin - first) :]
        self._returned += len(wave)
        return wave


def generate_streamed(
    model: HarmonicVocoder,
    conditions: Conditions,
    *,
    num_samples: int,
    noise: NoiseField,
    chunk_samples: int = CHUNK_SAMPLES,
) -> Iterator[Tensor]:
    """One utterance, chunk by chunk, as :func:`speechgen.sampling.parallel.generate_parallel`.

    Yields
    ------
    Tensor
        (time,) float32 on the model's device.

    Raises
    ------
    ConfigError, ModelError
        There is nothing to generate, or the conditions do not fit.
    """
    check_lengths(num_samples, chunk_samples)
    model.check(conditions, num_samples)
    assert conditions.local is not None  # checked just now
    stream, hop = VocoderStream(model, noise), model.hop_samples
    frames = conditions.local[0, :, : num_frames(num_samples, hop)]
    missing = num_samples
    for part in frames.split(num_frames(chunk_samples, hop), dim=1):
        wave = stream.push(part)[:missing]
        missing -= len(wave)
        if len(wave):
            yield wave
    if missing:
        yield stream.finish()[:missing]
