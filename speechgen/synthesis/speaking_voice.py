"""What speaking needs to know of a voice: its vector, its height, its average spectrum."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from speechgen.store import LoadedModel
from speechgen.synthesis.melody import Melodies
from speechgen.synthesis.voice_spectrum import voice_match
from speechgen.synthesis.voices import Voice, loaded_encoder, needs_encoder, speaker_vector

_NEIGHBOURS = 5
_USUAL_HZ = 150.0


@dataclass(frozen=True)
class SpeakingVoice:
    """A voice.

    Attributes
    ----------
    vector
        (feature,) float32.
    f0_hz
        Mean F0.
    match
        (1, 2, mel): what takes a converter's mel to the average spectrum of recordings; or None.
    """

    vector: np.ndarray
    f0_hz: float
    match: Tensor | None = None


def voice_to_speak(
    voice: Voice, loaded: LoadedModel, encoder: Path | str | nn.Module | None, device: str
) -> SpeakingVoice:
    """``voice``, as :func:`speechgen.synthesis.speaker_vector` takes it, for a converter."""
    network, settings = loaded.model, loaded.config.feature_settings()
    listener = loaded_encoder(encoder, device) if needs_encoder(voice, network) else None
    vector = speaker_vector(voice, network, listener)
    height = Melodies(network, settings).height_of(voice)
    match = voice_match(voice, torch.from_numpy(vector)[None], network, settings)
    return SpeakingVoice(vector, height or likely_height(vector, network), match)


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
