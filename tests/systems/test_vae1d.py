"""VAE of speech: waveforms to latents and back, in the time domain, whole or as it comes."""

from __future__ import annotations

import pytest
import torch

from speechgen.sampling.latent_interpolation import interpolate

EXPERIMENTS = ("vae1d", "vae1d_gan")
SMALL = {"strides": [4, 4], "channels": [8, 8], "latent": 4, "dilations": [1, 2]}


@pytest.mark.parametrize("experiment", EXPERIMENTS)
@torch.no_grad()
def test_any_length_in_is_the_length_out_and_the_stream_is_the_whole(configured, experiment):
    network = configured(experiment, **SMALL).double()
    for time in (1, 15, 16, 333):
        assert network.reconstruct(torch.randn(1, 1, time).double()).shape == (1, 1, time)
    latents, state = torch.randn(2, 4, 9).double(), network.initial_state(2)
    made = []
    for chunk in latents.split([2, 1, 6], dim=2):
        wave, state = network.stream_decode(chunk, state)
        made.append(wave)
    whole = network.decode(latents)
    torch.testing.assert_close(torch.cat(made, dim=2), whole, rtol=0, atol=1e-12)


@torch.no_grad()
def test_ends_of_an_interpolation_are_the_reconstructions(configured):
    network = configured("vae1d", **SMALL)
    first, second = 0.1 * torch.randn(1, 1, 90), 0.1 * torch.randn(1, 1, 200)
    waves = interpolate(network, first, second, 3)
    assert waves[0].equal(network.reconstruct(first))
    assert waves[2].equal(network.reconstruct(second))


def test_it_learns_to_copy_a_wave(configured):
    """Eight tones, a few hundred steps: the distance falls to a small part of the tones' power."""
    network = configured("vae1d", **SMALL)
    time = torch.arange(160) / 16000
    pitch = torch.linspace(200.0, 900.0, 8)[:, None, None]
    tones = 0.1 * torch.sin(2 * torch.pi * pitch * time)
    optimizer = torch.optim.Adam(network.parameters(), lr=5e-3)
    for _ in range(150):
        error = (network.reconstruct(tones) - tones).square().mean() / tones.square().mean()
        optimizer.zero_grad()
        error.backward()
        optimizer.step()
    assert error.item() < 0.1
