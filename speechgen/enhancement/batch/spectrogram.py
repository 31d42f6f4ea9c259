"""Spectrograms before | after, drawn from a stream: a file of any length makes a small picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from speechgen.enhancement.core.sample_queue import SampleQueue
from speechgen.files import atomic_path

_WINDOW_SECONDS = 0.032
_MOST_COLUMNS, _MOST_ROWS = 800, 400
_RANGE_DB = 80.0


class Chart:
    """Collects the energies of a signal before and after over a grid of time and frequency.

    Parameters
    ----------
    num_samples
        Length of the signal.
    sample_rate
        In Hz.
    channels
        Of both; their energies are averaged.
    """

    def __init__(self, num_samples: int, sample_rate: int, channels: int) -> None:
        self._num_samples, self._rate, self._channels = num_samples, sample_rate, channels
        wanted = max(2, round(_WINDOW_SECONDS * sample_rate))
        self._window = np.hanning((1 << (wanted - 1).bit_length()) + 1)[:-1].astype(np.float32)
        self._hop = len(self._window) // 2
        self._frames = num_samples // self._hop + 1  # centred on the multiples of the hop
        self._columns = min(self._frames, _MOST_COLUMNS)
        self._group = max(1, self._hop // _MOST_ROWS)  # bins that share a row
        self._rows = self._hop // self._group
        self._energies = np.zeros((2, self._columns, self._rows))
        self._counts = np.zeros(self._columns)
        self._done = 0
        self._queue = SampleQueue(2 * channels)
        self._queue.push(np.zeros((2 * channels, self._hop), np.float32))

    def process(self, before: np.ndarray, after: np.ndarray) -> None:
        """Take the next (channel, time) of both, sample by sample alike."""
        self._queue.push(np.concatenate([before, after]).astype(np.float32, copy=False))
        size = len(self._window)
        count = (len(self._queue) - size) // self._hop + 1
        if count <= 0:
            return
        signal = self._queue.peek(size + (count - 1) * self._hop)
        for number in range(count):
            start = number * self._hop
            spectrum = np.fft.rfft(signal[:, start : start + size] * self._window)
            self._add(spectrum.real**2 + spectrum.imag**2)
        self._queue.take(count * self._hop)

    def _add(self, energies: np.ndarray) -> None:
        """Enter one frame: (before and after of each channel, bin), without the mean."""
        column = min(self._done * self._columns // self._frames, self._columns - 1)
        kept = energies[:, 1 : 1 + self._rows * self._group]
        rows = kept.reshape(2, self._channels, self._rows, self._group).mean(axis=(1, 3))
        self._energies[:, column] += rows
        self._counts[column] += 1
        self._done += 1

    def levels_db(self) -> np.ndarray:
        """(before and after, column, row) in dB; a full-scale sine is at 0 in its row."""
        if self._done < self._frames:  # the last frames reach beyond the end
            missing = (self._frames - self._done) * self._hop + len(self._window)
            self.process(*np.zeros((2, self._channels, missing), np.float32))
        means = self._energies / np.maximum(self._counts, 1.0)[:, None]
        return 10 * np.log10(np.maximum(means / (len(self._window) / 4) ** 2, 1e-12))

    def save(self, path: str | Path, *, overwrite: bool = False) -> None:
        """Draw both beside each other on one scale, as PNG.

        Raises
        ------
        OutputError
            The picture exists and ``overwrite`` is false, or it cannot be written.
        """
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        levels = self.levels_db()
        figure = Figure(figsize=(10.4, 3.4), dpi=100, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(1, 2, sharey=True)
        top = float(levels.max())
        extent = (0.0, self._num_samples / self._rate, 0.0, self._rate / 2000)
        for axis, level, title in zip(axes, levels, ("noisy", "enhanced"), strict=True):
            image = axis.imshow(
                level.T, origin="lower", aspect="auto", interpolation="nearest", cmap="magma",
                vmin=top - _RANGE_DB, vmax=top, extent=extent,
            )  # fmt: skip
            axis.set_title(title)
            axis.set_xlabel("time (s)")
        axes[0].set_ylabel("frequency (kHz)")
        figure.colorbar(image, ax=list(axes), label="level (dB re full scale)", pad=0.01)
        with atomic_path(path, overwrite=overwrite) as temporary:
            figure.savefig(temporary, format="png")
