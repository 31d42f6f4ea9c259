"""The 1-D VAE: lengths, the stream against the whole, speaker conditioning, and sampling."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from speechgen.errors import ConfigError, ModelError
from speechgen.models.vae1d.vae import VAE1d

SMALL = {"strides": (2, 3, 4), "channels": (6, 8, 10), "latent": 5, "dilations": (1, 2)}
DOUBLE = {"rtol": 0.0, "atol": 1e-12}


def network(**arguments) -> VAE1d:
    torch.manual_seed(0)
    model = VAE1d(**{**SMALL, **arguments}).double().eval()
    with torch.no_grad():  # so that nothing is at the neutral values it begins with
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return model


def waves(time: int, batch: int = 2) -> Tensor:
    return 0.1 * torch.randn(batch, 1, time, dtype=torch.float64)


@pytest.mark.parametrize("time", [1, 23, 24, 25, 100])
def test_any_length_comes_back_as_long_from_whole_frames(time):
    model = network()
    frames = -(-time // 24)
    assert model.latents(waves(time)).shape == (2, 5, frames)
    assert model.decode(torch.randn(2, 5, frames, dtype=torch.float64)).shape == (2, 1, frames * 24)
    assert model.reconstruct(waves(time)).shape == (2, 1, time)


@pytest.mark.parametrize("cuts", [[1] * 11, [3, 1, 5, 2], [11]])
@pytest.mark.parametrize("features", [0, 3])
@torch.no_grad()
def test_the_stream_is_the_whole_however_it_is_cut(cuts, features):
    model = network(speaker_features=features)
    z = torch.randn(2, 5, 11, dtype=torch.float64)
    vectors = torch.randn(2, features, dtype=torch.float64) if features else None
    whole, state, parts = model.decode(z, vectors), model.initial_state(2, vectors), []
    for chunk in z.split(cuts, dim=2):
        made, after = model.stream_decode(chunk, state)
        again, _ = model.stream_decode(chunk, state)  # the state given is as it was
        assert made.equal(again)
        state = after
        parts.append(made)
    torch.testing.assert_close(torch.cat(parts, dim=2), whole, **DOUBLE)


def test_a_sample_depends_on_its_own_and_earlier_frames_only():
    model = network()
    z = torch.randn(1, 5, 12, dtype=torch.float64, requires_grad=True)
    made = model.decode(z)
    for frame in (0, 5, 11):
        first, last = (made[0, 0, 24 * frame], made[0, 0, 24 * frame + 23])
        for sample in (first, last):
            (gradient,) = torch.autograd.grad(sample, z, retain_graph=True)
            seen = gradient[0].abs().sum(dim=0)
            assert (seen[frame + 1 :] == 0).all()
            assert seen[frame] > 0


def test_the_first_zeros_are_silence_that_was_not_there():
    """Zeros before the first frame are zeros of every layer's input, not frames of zeros."""
    model = network()
    z = torch.randn(1, 5, 4, dtype=torch.float64)
    with_zeros = torch.cat([torch.zeros(1, 5, 40, dtype=torch.float64), z], dim=2)
    assert not torch.allclose(model.decode(with_zeros)[..., 40 * 24 :], model.decode(z))


def test_draws_have_the_posteriors_mean_and_spread_and_the_generators_numbers():
    model = network()
    wave = waves(50)
    posterior = model.posterior(wave)
    seen = []
    model.decode = lambda z, vectors=None: seen.append(z) or wave  # type: ignore[assignment]
    for seed in (3, 3, 4):
        model.reconstruct(wave, generator=torch.Generator().manual_seed(seed))
    model.reconstruct(wave)
    assert seen[0].equal(seen[1]) and not seen[0].equal(seen[2])
    assert seen[3].equal(posterior.mean)
    noise = (seen[0] - posterior.mean) / torch.exp(0.5 * posterior.log_variance)
    wanted = torch.randn(noise.shape, generator=torch.Generator().manual_seed(3), dtype=noise.dtype)
    torch.testing.assert_close(noise, wanted, rtol=0, atol=1e-9)


def test_sampling_does_not_use_the_encoder_and_has_the_given_length():
    model = network()

    def refuse(*_: object) -> None:
        raise AssertionError("the encoder was asked")

    model.encoder.forward = refuse  # type: ignore[assignment]
    first, again, other = (
        model.sample(3, num_samples=50, generator=torch.Generator().manual_seed(seed))
        for seed in (0, 0, 1)
    )
    assert first.shape == (3, 1, 50) and first.equal(again) and not first.equal(other)
    still = model.sample(
        1, num_samples=24, generator=torch.Generator().manual_seed(0), temperature=0.0
    )
    torch.testing.assert_close(still, model.decode(torch.zeros(1, 5, 1, dtype=torch.float64)))


def test_only_the_decoder_is_conditioned_on_the_speaker():
    model = network(speaker_features=3, speakers=["ann", "ben"])
    wave = waves(48)
    one, other = (torch.randn(2, 3, dtype=torch.float64) for _ in range(2))
    assert model.latents(wave, one).equal(model.latents(wave, other))
    z = model.latents(wave)
    assert (model.decode(z, one) - model.decode(z, other)).abs().max() > 1e-6
    model.speaker_table.copy_(torch.arange(6.0).view(2, 3))
    assert model.speaker_vector("ben").tolist() == [3.0, 4.0, 5.0]
    with pytest.raises(ModelError, match="unknown voice 'cid'"):
        model.speaker_vector("cid")


def test_a_voice_is_the_identity_at_first():
    torch.manual_seed(0)
    model = VAE1d(**SMALL, speaker_features=3)
    z = torch.randn(1, 5, 4)
    assert model.decode(z, torch.randn(1, 3)).equal(model.decode(z, torch.randn(1, 3)))


def test_level_scales_what_goes_in_and_comes_out():
    wave = waves(48)
    soft, loud = network(level=0.1), network(level=0.4)
    torch.testing.assert_close(loud.reconstruct(4.0 * wave), 4.0 * soft.reconstruct(wave), **DOUBLE)


def test_rates():
    model = VAE1d(sample_rate=8000, strides=(8, 4, 4), channels=(4, 4, 4))
    assert (model.hop_samples, model.frame_rate) == (128, 62.5)
    assert VAE1d().hop_samples == 320


@pytest.mark.parametrize(
    "wrong",
    [
        {"strides": (2, 3)},
        {"strides": (1, 3, 4)},
        {"latent": 0},
        {"level": 0.0},
        {"dilations": (0,)},
        {"speakers": ["a"]},
        {"speaker_features": 2, "speakers": ["a", "a"]},
    ],
)
def test_impossible_sizes_are_refused(wrong):
    with pytest.raises(ConfigError):
        VAE1d(**{**SMALL, **wrong})


def test_wrong_inputs_are_refused_in_one_line():
    model, conditioned = network(), network(speaker_features=3)
    z, vector = torch.randn(1, 5, 4).double(), torch.randn(1, 3).double()
    for call, words in (
        (lambda: model.latents(waves(48).expand(2, 2, 48)), "waves must be"),
        (lambda: model.decode(z[:, :4]), "latents must be"),
        (lambda: model.decode(z, vector), "takes no speaker vectors"),
        (lambda: conditioned.decode(z), "needs speaker vectors"),
        (lambda: conditioned.decode(z, vector[:, :2]), "speaker vectors must be"),
    ):
        with pytest.raises(ModelError, match=words) as caught:
            call()
        assert "\n" not in str(caught.value)
