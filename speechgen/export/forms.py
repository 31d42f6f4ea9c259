"""Ways in which an exported model is run, each beside PyTorch, and something to run them on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from speechgen.export.session import Session
from speechgen.features.pitch_rows import NUM_ROWS

Opened = Callable[[str], Session]
_SECONDS = 4.0


@dataclass(frozen=True)
class Form:
    """One way of running: a whole file, frame by frame, ...

    Attributes
    ----------
    torch
        What the network gives.
    onnx
        What the exported graphs give, which are opened by their names.
    """

    torch: Callable[[], np.ndarray]
    onnx: Callable[[Opened], np.ndarray]

    def difference(self, opened: Opened) -> float:
        """The largest absolute difference of the two; infinite where one is not finite."""
        with torch.inference_mode():
            ours = self.torch()
        theirs = self.onnx(opened)
        if ours.shape != theirs.shape:
            return float("inf")
        largest = float(np.abs(ours.astype(np.float64) - theirs).max(initial=0.0))
        return largest if np.isfinite(largest) else float("inf")


@dataclass(frozen=True)
class Example:
    """What models are run on.

    Attributes
    ----------
    wave
        (time,) float32, at the model's rate.
    frames
        (feature, frame) float32, the local conditions of models that take frames.
    """

    wave: np.ndarray
    frames: Tensor


def made_up(sample_rate: int, local_features: int = 3, hop_samples: int = 256) -> Example:
    """Four seconds of something like noisy speech, and smooth frames, always the same."""
    rng = np.random.default_rng(0)
    t = np.arange(round(_SECONDS * sample_rate)) / sample_rate
    cycles = np.cumsum(120.0 + 30.0 * np.sin(2 * np.pi * 0.7 * t)) / sample_rate
    buzz = sum(np.sin(2 * np.pi * k * cycles) / k for k in range(1, 20))
    syllables = np.clip(np.sin(2 * np.pi * 3 * t) + 0.3, 0.0, 1.0)
    wave = 0.1 * syllables * buzz + 0.01 * rng.standard_normal(len(t))
    count = -(-len(t) // hop_samples)
    kernel = np.hanning(9) / np.hanning(9).sum()
    noise = rng.standard_normal((local_features, count))
    frames = np.stack([np.convolve(row, kernel, "same") for row in noise])
    frames[-1] = np.clip(0.5 + 3.0 * frames[-1], 0.0, 1.0)  # voicing, if it is that
    assert local_features >= NUM_ROWS
    return Example(wave.astype(np.float32), torch.from_numpy(frames.astype(np.float32)))


def in_pieces(
    session: Session, values: Float[np.ndarray, "frame ..."], name: str, count: int | None
) -> list[dict[str, np.ndarray]]:
    """What a graph gives from its initial state, ``count`` rows of its input ``name`` at a time.

    None for all rows at once.
    """
    session.reset()
    step = count or len(values)
    return [
        session.run(**{name: values[start : start + step]}) for start in range(0, len(values), step)
    ]
