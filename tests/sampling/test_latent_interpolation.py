"""Interpolation of waveforms in latent space: exact ends, lengths and mixtures in between."""

from __future__ import annotations

import pytest
import torch

from speechgen.errors import ConfigError
from speechgen.models.vae1d.vae import VAE1d
from speechgen.sampling.latent_interpolation import interpolate, mix_latents, stretch


def network(**arguments) -> VAE1d:
    torch.manual_seed(0)
    return VAE1d(strides=(2, 4), channels=(4, 6), latent=3, dilations=(1,), **arguments).eval()


@pytest.mark.parametrize("lengths", [(40, 100), (96, 96), (101, 7)])
def test_the_ends_are_the_reconstructions_to_the_bit(lengths):
    model = network(speaker_features=2)
    first, second = (0.1 * torch.randn(1, 1, length) for length in lengths)
    voices = torch.randn(1, 2), torch.randn(1, 2)
    with torch.no_grad():
        model.decoder.stages[0].voice.affine.weight.normal_()
        waves = interpolate(model, first, second, 5, speaker_vectors=voices)
        assert waves[0].equal(model.reconstruct(first, voices[0]))
        assert waves[-1].equal(model.reconstruct(second, voices[1]))
        if lengths[0] == lengths[1]:
            middle = 0.5 * (model.latents(first) + model.latents(second))
            made = model.decode(middle, 0.5 * (voices[0] + voices[1]))
            torch.testing.assert_close(waves[2], made[..., : lengths[0]])
    counts = [wave.shape[2] for wave in waves]
    assert counts == sorted(counts, reverse=lengths[0] > lengths[1])
    assert abs(counts[2] - sum(lengths) / 2) <= 8


def test_stretching_keeps_the_ends_and_straight_lines():
    line = torch.linspace(0.0, 6.0, 4).expand(1, 2, 4)
    torch.testing.assert_close(stretch(line, 7), torch.arange(7.0).expand(1, 2, 7))
    assert stretch(line, 4) is line
    long = torch.linspace(0.0, 6.0, 10).expand(1, 2, 10)
    mixed = mix_latents(line, long, 0.5)  # one line, said twice as slowly by one
    torch.testing.assert_close(mixed, torch.linspace(0.0, 6.0, 7).expand(1, 2, 7))


def test_an_interpolation_has_two_ends():
    with pytest.raises(ConfigError, match="2 or more"):
        interpolate(network(), torch.zeros(1, 1, 8), torch.zeros(1, 1, 8), 1)
