"""A vocoder's stream: the whole in pieces, its delay, its first sound."""

from __future__ import annotations

import pytest
import torch

from speechgen.errors import ConfigError, ModelError
from speechgen.models.vocoders.harmonic_vocoder import HarmonicVocoder
from speechgen.models.wavenet.conditions import Conditions
from speechgen.sampling.parallel import NoiseField
from speechgen.sampling.vocoder_stream import VocoderStream, generate_streamed

HOP = 32


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return HarmonicVocoder(
        local_features=12, hop_samples=HOP, channels=8, hidden_channels=8, blocks=2
    ).eval()


@pytest.fixture(scope="module")
def frames():
    torch.manual_seed(1)
    return 0.3 * torch.randn(12, 30)


def whole(model, frames, seed=0):
    count = frames.shape[1]
    noise = NoiseField(seed).window(0, model.noise_samples(count * HOP))
    with torch.no_grad():
        return model(noise[None, None], Conditions(frames[None]))[0, 0]


@pytest.mark.parametrize("pieces", [(1,) * 30, (30,), (4, 1, 0, 20, 5)])
def test_a_stream_is_the_whole(model, frames, pieces):
    stream = VocoderStream(model, NoiseField(0))
    waves = [stream.push(part) for part in frames.split(pieces, dim=1)]
    waves.append(stream.finish())
    assert torch.allclose(torch.cat(waves), whole(model, frames), atol=1e-5)


def test_what_is_returned_lags_by_the_stated_delay(model, frames):
    stream, returned = VocoderStream(model, NoiseField(0)), 0
    for number in range(frames.shape[1]):
        returned += len(stream.push(frames[:, number : number + 1]))
        assert returned == max(0, (number + 1) * HOP - stream.delay_samples)


@pytest.mark.parametrize("num_samples", [1, HOP, 5 * HOP - 3, 30 * HOP])
@pytest.mark.parametrize("chunk_samples", [1, 100, 10_000])
def test_chunks_make_the_length_that_is_wanted(model, frames, num_samples, chunk_samples):
    chunks = list(
        generate_streamed(
            model, Conditions(frames[None]), num_samples=num_samples, noise=NoiseField(3),
            chunk_samples=chunk_samples,
        )
    )  # fmt: skip
    count = -(-num_samples // HOP)
    assert torch.allclose(
        torch.cat(chunks), whole(model, frames[:, :count], 3)[:num_samples], atol=1e-5
    )


def test_nonsense_is_refused(model, frames):
    stream = VocoderStream(model, NoiseField(0))
    with pytest.raises(ModelError, match="12, frame"):
        stream.push(frames[:3])
    assert len(stream.finish()) == 0
    with pytest.raises(ModelError, match="finish"):
        stream.push(frames)
    for options in ({"num_samples": 0}, {"num_samples": 5, "chunk_samples": 0}):
        with pytest.raises(ConfigError, match="1 or more"):
            list(generate_streamed(model, Conditions(frames[None]), noise=NoiseField(0), **options))
