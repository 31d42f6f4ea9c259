"""A first-in, first-out line of samples, so that streams with different lags can be added."""

from __future__ import annotations

import numpy as np


class SampleQueue:
    """Samples of shape (channel, time), pushed at the end in chunks, taken from the front.

    ``start`` is the position, in the whole stream, of the sample that comes out next.
    """

    def __init__(self, channels: int) -> None:
        self._channels = channels
        self._chunks: list[np.ndarray] = []
        self._held = 0
        self.start = 0

    def __len__(self) -> int:
        return self._held

    def push(self, chunk: np.ndarray) -> None:
        """Add (channel, time) at the end."""
        if chunk.shape[1]:
            self._chunks.append(chunk)
            self._held += chunk.shape[1]

    def peek(self, num_samples: int) -> np.ndarray:
        """The next ``num_samples``, left where they are; fewer if there are fewer."""
        if len(self._chunks) != 1:
            held = np.concatenate(self._chunks, axis=1) if self._chunks else self._nothing()
            self._chunks = [held]
        return self._chunks[0][:, :num_samples]

    def take(self, num_samples: int) -> np.ndarray:
        """The next ``num_samples``, removed; fewer if there are fewer."""
        taken = self.peek(num_samples)
        self._chunks[0] = self._chunks[0][:, taken.shape[1] :]
        self._held -= taken.shape[1]
        self.start += taken.shape[1]
        return taken

    def _nothing(self) -> np.ndarray:
        return np.zeros((self._channels, 0), dtype=np.float32)
