"""Ways in which an exported model is run, each beside PyTorch, and something to run them on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from speechgen.export.session import Session
from speechgen.features import FeatureSettings, log_mel
from speechgen.features.extraction import MEL_CENTRE, MEL_SCALE
from speechgen.features.pitch_rows import pitch_rows

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
        (feature, frame) float32, the local conditions of models that take frames: a mel, log-F0
        and voicing.
    """

    wave: np.ndarray
    frames: Tensor


def made_up(sample_rate: int, num_mels: int = 0, hop_samples: int = 256) -> Example:
    """Four seconds of something like noisy speech, always the same; its frames if there are any."""
    rng = np.random.default_rng(0)
    t = np.arange(round(_SECONDS * sample_rate)) / sample_rate
    f0_hz = 120.0 + 30.0 * np.sin(2 * np.pi * 0.7 * t)
    cycles = np.cumsum(f0_hz) / sample_rate
    buzz = sum(np.sin(2 * np.pi * k * cycles) / k for k in range(1, 20))
    syllables = np.clip(np.sin(2 * np.pi * 3 * t) + 0.3, 0.0, 1.0)
    wave = (0.1 * syllables * buzz + 0.01 * rng.standard_normal(len(t))).astype(np.float32)
    if not num_mels:
        return Example(wave, torch.zeros(0, 0))
    settings = FeatureSettings(
        "mel",
        sample_rate=sample_rate,
        hop_samples=hop_samples,
        window_samples=4 * hop_samples,
        fft_samples=4 * hop_samples,
        num_mels=num_mels,
        num_cepstra=1,
    )
    mel = (log_mel(torch.from_numpy(wave), settings) - MEL_CENTRE) / MEL_SCALE
    rows = pitch_rows(f0_hz[::hop_samples], syllables[::hop_samples] > 0.0)
    return Example(wave, torch.cat([mel, torch.from_numpy(rows)]))


def in_pieces(
    session: Session,
    values: Float[np.ndarray, "frame ..."],
    name: str,
    count: int | None,
    **others: np.ndarray,
) -> list[dict[str, np.ndarray]]:
    """What a graph gives from its initial state, ``count`` rows of its input ``name`` at a time.

    None for all rows at once; ``others`` are its other inputs, the same every time.
    """
    session.reset()
    step = count or len(values)
    return [
        session.run(**{name: values[start : start + step]}, **others)
        for start in range(0, len(values), step)
    ]
