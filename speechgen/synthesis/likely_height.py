"""How high a voice speaks of which only the vector is known."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

_NEIGHBOURS = 5
_USUAL_HZ = 150.0


def likely_height(vector: np.ndarray, network: Any) -> float:
    """The mean F0 (Hz) of a voice that is only a vector: of the known voices most like it."""
    heights = {name: network.f0_of(name) for name in network.speakers}
    known = [name for name, height in heights.items() if height]
    if not known:
        return _USUAL_HZ
    table = np.stack([network.speaker_vector(name).detach().cpu().numpy() for name in known])
    cosines = table @ vector / (np.linalg.norm(table, axis=1) * np.linalg.norm(vector))
    near = np.argsort(-cosines)[:_NEIGHBOURS]
    return math.exp(float(np.mean([math.log(heights[known[place]]) for place in near])))
