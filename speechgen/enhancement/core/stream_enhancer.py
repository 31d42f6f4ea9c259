"""Enhancing a stream at any rate as a difference, so that nothing else about it changes.

With ``down`` and ``up`` the resampling to the model's rate and back, and ``share`` the wet share::

    out = in + share * ( up(model(down(in)) - down(in))  +  (gain - 1) * (in - up(down(in))) )

The second part is what resampling keeps from the model: the band above its Nyquist frequency in
files of higher rates, the slope of the filters in those of lower ones. Its gain follows the top of
the band that the model does hear (:mod:`.high_band`). A model that changes nothing makes both parts
exactly zero, whatever the resampling does.

A limit of the attenuation bounds ``share``: ``out = g * in + (1 - g) * enhanced`` with
``g = 10 ** (-limit / 20)``, the mixture that DeepFilterNet (arXiv:2110.05588) has as its limit.
Where a model scales a band by a gain of 0 to 1, the gain becomes one of g to 1, everywhere and at
every moment, and what the model leaves alone stays as it was. The input needs no alignment for
this: the difference is taken sample by sample.

An offset (DC) of the input does not reach the model (:mod:`.offset`). It counts as changed by it:
the output is without, or has what ``share`` leaves of it.
"""

from __future__ import annotations

import numpy as np
from torch import nn

from speechgen.audio import StreamResampler, check_chunk, check_rate
from speechgen.audio.prompt_resampling import PromptResampler
from speechgen.enhancement.core.high_band import HighBandGain
from speechgen.enhancement.core.offset import OffsetRemover
from speechgen.enhancement.core.overlap_add import OverlapAddModel
from speechgen.enhancement.core.protocols import as_enhancer, as_streaming
from speechgen.enhancement.core.sample_queue import SampleQueue
from speechgen.enhancement.core.stateful import StatefulModel
from speechgen.enhancement.options import DEFAULTS, EnhanceOptions
from speechgen.store import settle


class StreamEnhancer:
    """Takes chunks of a signal and gives it back enhanced, sample for sample at the same place.

    Parameters
    ----------
    model
        An enhancer: ``sample_rate``, ``window_samples`` and ``enhance``, (batch, 1, time) to the
        same. One that streams carries its state from chunk to chunk; any other works in windows.
        It is moved to the device of the options and put into evaluation mode.
    sample_rate
        Of the stream, in Hz.
    channels
        Of the stream; each is enhanced on its own.
    options
        How much of the change is applied, where the model runs, windows in one forward pass.

    Raises
    ------
    ModelError
        The model is no enhancer.
    """

    def __init__(
        self,
        model: nn.Module,
        sample_rate: int,
        channels: int,
        options: EnhanceOptions = DEFAULTS,
    ) -> None:
        self._share, device = options.share, options.device
        sample_rate = check_rate(sample_rate)
        settle(model, device)
        enhancer = as_enhancer(model)
        inner = enhancer.sample_rate
        self._channels = channels
        self._model: StatefulModel | OverlapAddModel
        self._offset = OffsetRemover(channels, inner, getattr(enhancer, "hop_samples", None))
        if (streaming := as_streaming(model)) is not None:
            self._model = StatefulModel(streaming, channels, device=device)
        else:
            self._model = OverlapAddModel(
                enhancer, channels, window_batch=options.window_batch, device=device
            )
        resampler = PromptResampler if options.low_delay else StreamResampler
        self._down = resampler(sample_rate, inner, channels)
        self._original = SampleQueue(channels)
        self._noisy = SampleQueue(channels)  # at the model's rate, until its clean twin is there
        self._gain: HighBandGain | None = None
        if sample_rate != inner:
            ahead = not options.low_delay
            self._gain = HighBandGain(channels, sample_rate / inner, look_ahead=ahead)
        signals = channels if self._gain is None else 2 * channels
        self._up = resampler(inner, sample_rate, signals)
        self._lifted = SampleQueue(signals)  # the change and, under a gain, the model's whole input

    def process(self, chunk: np.ndarray, *, last: bool = False) -> np.ndarray:
        """Take the next (channel, time) in [-1, 1]; give what is certain, in the same precision.

        With ``last`` the rest comes out: in all, as much as went in.

        Raises
        ------
        ArrayError
            The chunk has another shape, is of no floats, or holds NaN or infinity.
        """
        chunk = check_chunk(chunk, self._channels)
        if self._share == 0.0:
            return chunk
        self._original.push(chunk)
        noisy = self._down.process(chunk, last=last)
        self._noisy.push(noisy)
        clean = self._model.process(self._offset.process(noisy, last=last), last=last)
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
        return (original + self._share * change).astype(original.dtype, copy=False)
