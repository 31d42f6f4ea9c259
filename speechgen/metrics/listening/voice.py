"""Speaker vectors of an encoder that is not ours: Resemblyzer.

L. Wan et al., "Generalized end-to-end loss for speaker verification", ICASSP 2018.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from speechgen.metrics.listening.packages import load_package


class ResemblyzerEncoder:
    """Waves (batch, time) at 16 kHz to unit vectors (batch, 256), on the CPU."""

    sample_rate = 16000

    def __init__(self) -> None:
        self._package = load_package("resemblyzer")
        self._network: Any = self._package.VoiceEncoder(device="cpu", verbose=False)

    def __call__(self, wave: Tensor) -> Tensor:
        """Pauses are cut out as the package does; where it finds no speech, nothing is."""
        vectors = []
        for row in wave.cpu().numpy():
            speech = self._package.preprocess_wav(row)
            vectors.append(self._network.embed_utterance(speech if len(speech) else row))
        return torch.from_numpy(np.stack(vectors).astype(np.float32))

    def parameters(self) -> Iterator[Tensor]:
        """The network's weights."""
        return self._network.parameters()
