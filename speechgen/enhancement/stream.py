"""Enhancing a stream at any rate as a difference, so that nothing else about it changes.

With ``down`` and ``up`` the resampling to the model's rate and back::

    out = in + wet * ( up(model(down(in)) - down(in))  +  (gain - 1) * (in - up(down(in))) )

The second part is what resampling keeps from the model: the band above its Nyquist frequency in
files of higher rates, the slope of the filters in those of lower ones. Its gain follows the top of
the band that the model does hear (:mod:`.topband`). A model that changes nothing makes both parts
exactly zero, whatever the resampling does.
"""

from __future__ import annotations

import numpy as np
from torch import nn

from speechgen.audio import StreamResampler
from speechgen.enhancement.contract import as_enhancer
from speechgen.enhancement.queues import SampleQueue
from speechgen.enhancement.topband import TopBandGain
from speechgen.enhancement.windows import WindowedModel
from speechgen.errors import ConfigError


class StreamEnhancer:
    """Takes chunks of a signal and gives it back enhanced, sample for sample at the same place.

    Parameters
    ----------
    model
        An enhancer: ``sample_rate``, ``window_samples`` and ``enhance``, (batch, 1, time) to the
        same. It is moved to ``device`` and put into evaluation mode.
    sample_rate
        Of the stream, in Hz.
    channels
        Of the stream; each is enhanced on its own.
    wet
        Share of the change that is applied, 0 to 1.
    window_batch
        Windows in one forward pass.

    Raises
    ------
    ConfigError
        ``wet`` is outside [0, 1].
    ModelError
        The model is no enhancer.
    """

    def __init__(
        self,
        model: nn.Module,
        sample_rate: int,
        channels: int,
        *,
        wet: float = 1.0,
        window_batch: int = 16,
        device: str = "cpu",
    ) -> None:
        if not 0.0 <= wet <= 1.0:
            raise ConfigError(f"wet is {wet}; it must lie between 0 and 1")
        model.to(device).eval()
        enhancer = as_enhancer(model)
        inner = enhancer.sample_rate
        self._wet = wet
        self._channels = channels
        self._windows = WindowedModel(enhancer, channels, window_batch=window_batch, device=device)
        self._down = StreamResampler(sample_rate, inner, channels)
        self._original = SampleQueue(channels)
        self._noisy = SampleQueue(channels)  # at the model's rate, until its clean twin is there
        self._gain = TopBandGain(channels, sample_rate / inner) if sample_rate != inner else None
        signals = channels if self._gain is None else 2 * channels
        self._up = StreamResampler(inner, sample_rate, signals)
        self._lifted = SampleQueue(signals)  # the change and, under a gain, the model's whole input

    def process(self, chunk: np.ndarray, *, last: bool = False) -> np.ndarray:
        """Take the next (channel, time) in [-1, 1]; give what is certain, in the same precision.

        With ``last`` the rest comes out: in all, as much as went in.
        """
        if self._wet == 0.0:
            return chunk
        self._original.push(chunk)
        noisy = self._down.process(chunk, last=last)
        self._noisy.push(noisy)
        clean = self._windows.process(noisy, last=last)
        noisy = self._noisy.take(clean.shape[1])
        change = clean - noisy
        if self._gain is not None:
            self._gain.process(noisy, clean, last=last)
            change = np.concatenate([change, noisy])
        self._lifted.push(self._up.process(change, last=last))
        ready = len(self._original)
        if not last:
            ready = min(ready, len(self._lifted))
            if self._gain is not None:
                certain = self._gain.ready_samples - self._original.start
                ready = max(0, min(ready, int(certain)))
        return self._mix(ready)

    def _mix(self, num_samples: int) -> np.ndarray:
        start = self._original.start
        original = self._original.take(num_samples)
        lifted = self._lifted.take(num_samples)
        change = lifted[: self._channels]
        if self._gain is not None and num_samples:
            above = original - lifted[self._channels :]
            change = change + (self._gain.take(start, num_samples) - 1.0) * above
        return (original + self._wet * change).astype(original.dtype, copy=False)
