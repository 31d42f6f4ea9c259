"""Discriminators of waveforms keep the contract and see phases and periods."""

from __future__ import annotations

import pytest
import torch

from speechgen.errors import ConfigError, ModelError
from speechgen.models.vae1d.discriminator import WaveDiscriminator

SMALL = {"windows": (32, 64), "periods": (2, 3), "channels": 4}


def test_a_discriminator_for_every_window_and_period():
    discriminator = WaveDiscriminator(**SMALL)
    logits, features = discriminator(torch.randn(3, 1, 401))
    assert len(logits) == len(features) == 4
    assert all(one.shape[0] == 3 and one.shape[1] == 1 for one in logits)
    assert [one.shape[3] for one in logits[2:]] == [2, 3]
    assert all(maps and all(m.shape[0] == 3 for m in maps) for maps in features)


def test_examples_are_independent_and_the_level_is_divided_out():
    discriminator = WaveDiscriminator(**SMALL, input_level=0.1).double()
    louder = WaveDiscriminator(**SMALL, input_level=0.3).double()
    louder.load_state_dict(discriminator.state_dict())
    waves = 0.1 * torch.randn(4, 1, 300, dtype=torch.float64)
    together = discriminator(waves)[0]
    for one, whole in zip(discriminator(waves[1:2])[0], together, strict=True):
        torch.testing.assert_close(one, whole[1:2], rtol=1e-5, atol=1e-7)
    for one, whole in zip(louder(3.0 * waves)[0], together, strict=True):
        torch.testing.assert_close(one, whole, rtol=1e-4, atol=1e-6)


def test_a_column_holds_every_pth_sample():
    discriminator = WaveDiscriminator(windows=(), periods=(3,), channels=4)
    waves = torch.randn(1, 1, 90, requires_grad=True)
    logits = discriminator(waves)[0][0]
    (gradient,) = torch.autograd.grad(logits[0, 0, :, 1].sum(), waves)
    seen = set(torch.nonzero(gradient[0, 0]).flatten().tolist())
    assert seen and all(index % 3 == 1 for index in seen)


def test_phase_counts():
    """A discriminator of magnitudes alone could not tell a wave from its negative's half-shift."""
    discriminator = WaveDiscriminator(windows=(32,), periods=(), channels=4)
    wave = torch.randn(1, 1, 256)
    assert not torch.allclose(discriminator(wave)[0][0], discriminator(-wave)[0][0], atol=1e-4)


@pytest.mark.parametrize(
    "wrong", [{"windows": (30,)}, {"periods": (1,)}, {"windows": (), "periods": ()},
              {"channels": 0}, {"input_level": 0.0}]
)  # fmt: skip
def test_impossible_sizes_are_refused(wrong):
    with pytest.raises(ConfigError):
        WaveDiscriminator(**{**SMALL, **wrong})


def test_two_channels_are_refused():
    with pytest.raises(ModelError, match="one channel"):
        WaveDiscriminator(**SMALL)(torch.randn(1, 2, 300))
