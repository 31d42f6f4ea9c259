"""A model over a stream of any length: overlapping windows, batched, joined without a seam.

Each window gives up ``context`` samples at either end, where the model misses its surroundings;
neighbours are cross-faded over ``fade`` samples::

    window k      |context|fade|        body        |fade|context|
    window k+1                               |context|fade|        body      ...
                          |<--------- hop ---------->|

The fade is ``a + r * (b - a)``: its two weights sum to exactly one, and where both windows say the
same, exactly that comes out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from speechgen.enhancement.core.protocols import Enhancer
from speechgen.enhancement.core.sample_queue import SampleQueue
from speechgen.errors import ModelError

if TYPE_CHECKING:
    from jaxtyping import Float

_SHORTEST_WINDOW = 64


def fade_in(num_samples: int) -> Float[np.ndarray, " time"]:
    """A raised-cosine ramp strictly between 0 and 1, the mirror image of one minus itself."""
    place = (np.arange(num_samples) + 0.5) / num_samples
    return (0.5 - 0.5 * np.cos(np.pi * place)).astype(np.float32)


def cross_fade(old: np.ndarray, new: np.ndarray, ramp: np.ndarray) -> np.ndarray:
    """Go from ``old`` to ``new`` (channel, time) with weights ``1 - ramp`` and ``ramp``."""
    return old + ramp * (new - old)


class OverlapAddModel:
    """``model.enhance`` over a stream of chunks, without delay.

    Parameters
    ----------
    model
        Has ``window_samples`` and ``enhance``, (batch, 1, time) to the same.
    channels
        Signals side by side; the model sees each on its own.
    window_batch
        Windows in one forward pass, over all channels.
    device
        Where the model is.
    """

    def __init__(
        self, model: Enhancer, channels: int, *, window_batch: int = 16, device: str = "cpu"
    ) -> None:
        self.window_samples = model.window_samples
        if self.window_samples < _SHORTEST_WINDOW:
            raise ModelError(f"a window of {self.window_samples} samples is too short to be joined")
        self.context_samples = self.window_samples // 8
        self.fade_samples = self.window_samples // 16
        self.hop_samples = self.window_samples - 2 * self.context_samples - self.fade_samples
        self._model, self._channels, self._device = model, channels, device
        self._windows_at_once = max(1, window_batch // channels)
        self._ramp = fade_in(self.fade_samples)
        self._queue = SampleQueue(channels)
        self._queue.push(np.zeros((channels, self.context_samples), np.float32))
        self._tail: np.ndarray | None = None  # what the last window says about the next fade
        self._taken = self._windows_done = 0

    def process(self, chunk: np.ndarray, *, last: bool = False) -> np.ndarray:
        """Take the next (channel, time); give what is certain, from where the last call ended.

        With ``last`` everything that is left comes out: in all, as much as went in.
        """
        self._queue.push(chunk.astype(np.float32, copy=False))
        self._taken += chunk.shape[1]
        out: list[np.ndarray] = []
        while count := self._count_windows(last):
            out.extend(self._join(window) for window in self._run(count))
            self._windows_done += count
        if last and self._tail is not None:
            out.append(self._tail)
        whole = np.concatenate(out, axis=1) if out else np.zeros((self._channels, 0), np.float32)
        if not last or self._tail is None:
            return whole
        covered = self._windows_done * self.hop_samples + self.fade_samples
        return whole[:, : whole.shape[1] - (covered - self._taken)]

    def _count_windows(self, last: bool) -> int:
        """How many windows to run now: a full batch, or at the end as many as are still needed."""
        if not last:
            needed = self.window_samples + (self._windows_at_once - 1) * self.hop_samples
            return self._windows_at_once if len(self._queue) >= needed else 0
        if self._taken == 0:
            return 0
        total = max(1, -(-(self._taken - self.fade_samples) // self.hop_samples))
        return min(self._windows_at_once, total - self._windows_done)

    def _run(self, count: int) -> np.ndarray:
        """The next ``count`` windows through the model: (window, channel, time) without context."""
        span = self.window_samples + (count - 1) * self.hop_samples
        signal = self._queue.peek(span)
        signal = np.pad(signal, ((0, 0), (0, span - signal.shape[1])))
        view = np.lib.stride_tricks.sliding_window_view(signal, self.window_samples, axis=1)
        windows = view[:, :: self.hop_samples].swapaxes(0, 1)  # (window, channel, time)
        batch = np.array(windows, order="C").reshape(-1, 1, self.window_samples)
        with torch.inference_mode():
            noisy = torch.from_numpy(batch).to(self._device)
            clean = self._model.enhance(noisy)
        if clean.shape != noisy.shape:
            raise ModelError(f"the model turned {tuple(noisy.shape)} into {tuple(clean.shape)}")
        self._queue.take(count * self.hop_samples)
        whole = clean.float().cpu().numpy().reshape(count, self._channels, self.window_samples)
        return whole[:, :, self.context_samples : self.window_samples - self.context_samples]

    def _join(self, window: np.ndarray) -> np.ndarray:
        """Fade from the window before into this one; keep its end for the next."""
        if self._tail is not None:
            head = cross_fade(self._tail, window[:, : self.fade_samples], self._ramp)
            window = np.concatenate([head, window[:, self.fade_samples :]], axis=1)
        self._tail = window[:, self.hop_samples :]
        return window[:, : self.hop_samples]
