"""The same numbers on a GPU: the network, the sampler, the enhancer."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from speechgen.enhancement import EnhanceOptions, enhance_wave
from speechgen.models.segan.generator import SEGANGenerator
from speechgen.models.wavenet.conditions import Conditions
from speechgen.models.wavenet.wavenet import WaveNet
from speechgen.sampling import sample_symbols

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA GPU here"),
]
SIZES = {
    "stacks": 2,
    "layers_per_stack": 4,
    "residual_channels": 16,
    "gate_channels": 32,
    "skip_channels": 16,
    "local_features": 5,
    "hop_samples": 40,
    "speaker_features": 3,
}


def conditions() -> Conditions:
    return Conditions(torch.randn(2, 5, 20), torch.randn(2, 3))


def test_logits_are_those_of_the_cpu() -> None:
    model, told = WaveNet(**SIZES).eval(), conditions()
    symbols = torch.randint(0, 256, (2, 800))
    with torch.inference_mode():
        here = model(symbols, told)
        there = model.cuda()(symbols.cuda(), told.to("cuda")).cpu()
    torch.testing.assert_close(there, here, atol=1e-3, rtol=1e-3)


def test_cached_sampling_is_the_reference_on_the_gpu() -> None:
    model, told = WaveNet(**SIZES).eval().cuda(), conditions().to("cuda")
    noise = torch.rand(2, 300)
    made = [
        torch.cat(list(sample_symbols(model, told, num_samples=300, noise=noise, engine=name)), 1)
        for name in ("reference", "cached")
    ]
    assert (made[0] != made[1]).float().mean() < 0.01


def test_enhancement_is_that_of_the_cpu() -> None:
    model = SEGANGenerator(channels=(8, 8, 8), stride=4, window_samples=1024).eval()
    wave = (0.1 * np.random.default_rng(0).standard_normal((1, 5000))).astype(np.float32)
    here = enhance_wave(model, wave, 16000, EnhanceOptions(device="cpu"))
    there = enhance_wave(model.cuda(), wave, 16000, EnhanceOptions(device="cuda"))
    np.testing.assert_allclose(there, here, atol=1e-4)
