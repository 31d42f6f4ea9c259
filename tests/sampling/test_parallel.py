"""Windows give what the whole gives; noise belongs to its place."""

from __future__ import annotations

import pytest
import torch

from speechgen.errors import ConfigError, ModelError
from speechgen.models.vocoders.parallel_wavegan import ParallelWaveGAN
from speechgen.models.wavenet.conditions import Conditions
from speechgen.sampling.parallel import NoiseField, generate_parallel


def generator(**arguments):
    sizes = {
        "stacks": 2,
        "layers_per_stack": 3,
        "residual_channels": 6,
        "gate_channels": 8,
        "skip_channels": 8,
        "local_features": 3,
        "hop_samples": 8,
        "upsampler_channels": 8,
    }
    return ParallelWaveGAN(**{**sizes, **arguments}).eval()


def made(model, frames, seed=0, **options):
    chunks = generate_parallel(model, frames, noise=NoiseField(seed), **options)
    return [chunk.clone() for chunk in chunks]


@pytest.mark.parametrize("arguments", [{}, {"fold": 4}, {"preemphasis": 0.85, "kernel_size": 5}])
@pytest.mark.parametrize("num_samples", [400, 397])
def test_windows_equal_the_whole(arguments, num_samples):
    model = generator(**arguments)
    frames = Conditions(torch.randn(1, 3, 52))  # two more than needed
    noise = NoiseField(0).window(0, num_samples)[None, None]
    with torch.no_grad():
        whole = model.from_domain(model(noise, frames))[0, 0]
    for chunk_samples in (1, 8, 30, 200, 10_000):
        chunks = made(model, frames, num_samples=num_samples, chunk_samples=chunk_samples)
        assert len(chunks) == -(-num_samples // (-(-chunk_samples // 8) * 8))
        assert torch.allclose(torch.cat(chunks), whole, atol=1e-6)


def test_seeds_and_utterances_have_noise_of_their_own():
    values = [NoiseField(seed, index).window(0, 100) for seed, index in ((0, 0), (1, 0), (0, 1))]
    assert not torch.equal(values[0], values[1])
    assert not torch.equal(values[0], values[2])
    assert not torch.equal(NoiseField(None).window(0, 100), NoiseField(None).window(0, 100))
    long = NoiseField(0).window(0, 50_000)
    assert torch.equal(long[:100], values[0])
    for first, last in ((0, 1), (16_383, 16_385), (16_384, 32_768), (20_000, 50_000)):
        assert torch.equal(NoiseField(0).window(first, last), long[first:last])
    assert abs(long.mean()) < 0.02
    assert abs(long.std() - 1) < 0.02


def test_nonsense_is_refused():
    model, frames = generator(), Conditions(torch.randn(1, 3, 5))
    for options in ({"num_samples": 0}, {"num_samples": 5, "chunk_samples": 0}):
        with pytest.raises(ConfigError, match="1 or more"):
            made(model, frames, **options)
    with pytest.raises(ModelError, match="41 samples need 6 frames"):
        made(model, frames, num_samples=41)
    with pytest.raises(ModelError, match="local condition"):
        made(model, Conditions(torch.randn(1, 4, 5)), num_samples=40)
    with pytest.raises(ConfigError, match="seed"):
        NoiseField(-1)
