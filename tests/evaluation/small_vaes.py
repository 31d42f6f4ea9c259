"""Small autoencoders of waveforms, and vectors of the speakers that they decode in."""

from __future__ import annotations

import numpy as np
import torch

from speechgen.data import DataDirectory, SpeakerVectors
from speechgen.models.vae1d.vae import VAE1d


def network(**arguments) -> VAE1d:
    torch.manual_seed(0)
    model = VAE1d(strides=(5, 8), channels=(4, 6), latent=3, dilations=(1,), **arguments).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return model


def vectors_of(data: DataDirectory) -> SpeakerVectors:
    table = dict(zip(data.speaker_names, np.eye(3, dtype=np.float32), strict=True))
    names = tuple(data.ids)
    speakers = tuple(data.speakers[name] for name in names)
    return SpeakerVectors(names, speakers, np.stack([table[who] for who in speakers]))
