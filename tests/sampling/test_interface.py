"""Noise streams, chunks, and what the door refuses."""

from __future__ import annotations

import pytest
import torch

from speechgen.errors import ConfigError, ModelError
from speechgen.models.wavenet.conditions import Conditions
from speechgen.models.wavenet.wavenet import WaveNet
from speechgen.sampling import NoiseStreams, generate, sample


@pytest.fixture
def model():
    return WaveNet(
        stacks=1, layers_per_stack=3, residual_channels=4, gate_channels=8, skip_channels=4,
        local_features=2, hop_samples=10, preemphasis=0.5,
    ).eval()  # fmt: skip


def test_noise_is_uniform_reproducible_and_independent_of_chunks_and_company():
    one = NoiseStreams(3, [0, 1]).draw(1000)
    streams = NoiseStreams(3, [1, 7])
    parts = torch.cat([streams.draw(count) for count in (1, 16, 500, 483)], dim=1)
    assert torch.equal(parts[0], one[1])
    assert not torch.equal(one[0], one[1])
    assert one.min() >= 0 and one.max() < 1
    assert one.mean().item() == pytest.approx(0.5, abs=0.03)
    assert not torch.equal(NoiseStreams(4, [0]).draw(9), NoiseStreams(3, [0]).draw(9))
    assert not torch.equal(NoiseStreams(None, [0]).draw(9), NoiseStreams(None, [0]).draw(9))


def test_sampling_leaves_global_random_state_and_gradient_mode_alone(model):
    before = torch.get_rng_state()
    chunks = sample(
        model, Conditions(torch.randn(1, 2, 3)), num_samples=25, chunk_samples=10, seed=0
    )
    torch.set_rng_state(before)
    first = next(chunks)
    assert torch.is_grad_enabled() and not torch.is_inference_mode_enabled()
    assert not first.is_inference()
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("chunk", [1, 7, 25, 100])
def test_chunks_join_to_the_same_waveform(model, chunk):
    conditions = Conditions(torch.ones(2, 2, 3))
    parts = list(sample(model, conditions, num_samples=25, seed=1, chunk_samples=chunk))
    assert [part.shape[1] for part in parts[:-1]] == [chunk] * (len(parts) - 1)
    whole = torch.stack(generate(model, conditions, num_samples=25, seed=1))
    assert torch.allclose(torch.cat(parts, dim=1), whole, atol=1e-6)


def test_generate_cuts_each_utterance_to_its_length(model):
    conditions = [Conditions(torch.randn(1, 2, 3)), Conditions(torch.randn(1, 2, 1))]
    waves = generate(model, conditions, num_samples=[25, 4], seed=0)
    assert [tuple(wave.shape) for wave in waves] == [(25,), (4,)]
    assert all(wave.dtype == torch.float32 and wave.isfinite().all() for wave in waves)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"engine": "warp"}, "known are: auto, reference, cached"),
        ({"temperature": 0.0}, "temperature"),
        ({"chunk_samples": 0}, "chunk_samples"),
        ({"num_samples": 0}, "num_samples"),
        ({"num_samples": [5, 5]}, "2 lengths were given for 1 utterances"),
        ({"noise": torch.rand(1, 3)}, "noise must have shape"),
        ({"seed": -1}, "seed"),
    ],
)
def test_bad_arguments_are_named(model, arguments, word):
    with pytest.raises(ConfigError, match=word):
        sample(model, Conditions(torch.randn(1, 2, 3)), **{"num_samples": 25, **arguments})


def test_too_few_frames_are_refused_before_anything_is_drawn(model):
    with pytest.raises(ModelError, match="need 3 frames"):
        sample(model, Conditions(torch.randn(1, 2, 2)), num_samples=25)
