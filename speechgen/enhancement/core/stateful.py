"""A model that carries its own state over a stream: no windows, no seams, the latency taken out.

Chunks of any length are cut into whole hops, what is left over waits for the next chunk::

    given       |---- chunk ----|- chunk -|------- chunk -------|last
    streamed    |hop|hop|hop|   hop|hop|  hop|hop|hop|hop|hop|hop|hop|   zeros behind the last
    given back      |<-latency->|n samples from the first, as many as were given
"""

from __future__ import annotations

import numpy as np
import torch

from speechgen.enhancement.core.protocols import StreamingEnhancer
from speechgen.enhancement.core.sample_queue import SampleQueue
from speechgen.errors import ModelError

_MOST_SAMPLES = 1 << 17  # of all channels in one pass: 8 s of one channel at 16 kHz


class StatefulModel:
    """``model.stream`` over chunks of any length, without delay: the twin of ``OverlapAddModel``.

    Parameters
    ----------
    model
        Has ``hop_samples``, ``latency_samples``, ``initial_state`` and ``stream``.
    channels
        Signals side by side; the model sees each on its own, with a state of its own.
    device
        Where the model is.
    """

    def __init__(self, model: StreamingEnhancer, channels: int, *, device: str = "cpu") -> None:
        self._model, self._channels, self._device = model, channels, device
        self._hop = model.hop_samples
        self._latency_left = model.latency_samples  # samples of output that precede the signal
        self._queue = SampleQueue(channels)
        self._taken = self._given = 0
        with torch.inference_mode():
            self._state = model.initial_state(channels)

    def process(self, chunk: np.ndarray, *, last: bool = False) -> np.ndarray:
        """Take the next (channel, time); give what is certain, from where the last call ended.

        With ``last`` everything that is left comes out: in all, as much as went in.
        """
        self._queue.push(chunk.astype(np.float32, copy=False))
        self._taken += chunk.shape[1]
        out = self._run(len(self._queue) // self._hop)
        if last and self._given < self._taken:  # zeros push out what is still inside the model
            needed = self._taken - self._given + self._latency_left
            hops = -(-needed // self._hop)
            short = hops * self._hop - len(self._queue)
            self._queue.push(np.zeros((self._channels, short), np.float32))
            out += self._run(hops)
        whole = np.concatenate(out, axis=1) if out else np.zeros((self._channels, 0), np.float32)
        extra = max(0, self._given - self._taken)
        self._given -= extra
        return whole[:, : whole.shape[1] - extra]

    def _run(self, hops: int) -> list[np.ndarray]:
        """The next ``hops`` hops of the queue through the model, less what precedes the signal."""
        at_once = max(1, _MOST_SAMPLES // (self._channels * self._hop))
        out = []
        while hops > 0:
            count = min(hops, at_once)
            hops -= count
            clean = self._pass(self._queue.take(count * self._hop))
            early = min(self._latency_left, clean.shape[1])
            self._latency_left -= early
            self._given += clean.shape[1] - early
            out.append(clean[:, early:])
        return out

    def _pass(self, signal: np.ndarray) -> np.ndarray:
        """(channel, k * hop) through the model, whose state moves on."""
        with torch.inference_mode():
            noisy = torch.from_numpy(np.array(signal[:, None], order="C")).to(self._device)
            clean, self._state = self._model.stream(noisy, self._state)
        if clean.shape != noisy.shape:
            raise ModelError(f"the model turned {tuple(noisy.shape)} into {tuple(clean.shape)}")
        return clean.float().cpu().numpy()[:, 0]
