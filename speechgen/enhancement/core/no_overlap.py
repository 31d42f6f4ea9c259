"""Windows side by side, each on its own and simply put in a row: how SEGAN's paper cleans a file.

arXiv:1703.09452, section 4.2: at test time the window slides without overlap and the results are
concatenated. It is here to measure what that costs at the seams, against :mod:`.overlap_add`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from speechgen.enhancement.core.protocols import as_enhancer
from speechgen.store import settle

if TYPE_CHECKING:
    from torch import nn


def enhance_no_overlap(
    model: nn.Module, wave: np.ndarray, *, window_batch: int = 16, device: str = "cpu"
) -> np.ndarray:
    """Enhance (channel, time) at the model's own rate, window after window without overlap.

    The last window is filled up with zeros. No other rate is resampled here.

    Parameters
    ----------
    model
        An enhancer; it is moved to ``device`` and put into evaluation mode.
    wave
        (channel, time), float, in [-1, 1].
    window_batch
        Windows in one forward pass.

    Raises
    ------
    ModelError
        The model is no enhancer.
    """
    settle(model, device)
    enhancer = as_enhancer(model)
    channels, num_samples = wave.shape
    size = enhancer.window_samples
    whole = np.pad(wave.astype(np.float32, copy=False), ((0, 0), (0, -num_samples % size)))
    windows = torch.from_numpy(whole.reshape(-1, 1, size))  # (channel * window, 1, time)
    with torch.inference_mode():
        clean = [enhancer.enhance(part.to(device)).cpu() for part in windows.split(window_batch)]
    return torch.cat(clean).numpy().reshape(channels, -1)[:, :num_samples].astype(wave.dtype)
