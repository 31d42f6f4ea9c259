"""The speaker encoder's vectors: unit length, blind to level, any length of speech."""

from __future__ import annotations

import pytest
import torch

from speechgen.models.speaker.encoder import SpeakerEncoder


@pytest.fixture
def encoder() -> SpeakerEncoder:
    torch.manual_seed(1)
    network = SpeakerEncoder(channels=16, num_blocks=2, pooled_channels=24, embedding_features=8)
    network(torch.randn(8, 8000))  # give the batch norms statistics
    return network.eval()


@pytest.mark.parametrize("num_samples", [1, 37, 1600, 16001])
def test_any_length_gives_unit_vectors(encoder: SpeakerEncoder, num_samples: int) -> None:
    vectors = encoder(torch.randn(3, num_samples))
    assert vectors.shape == (3, 8)
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(3))


def test_level_and_company_do_not_matter(encoder: SpeakerEncoder) -> None:
    wave = 0.3 * torch.randn(2, 8000)
    vectors = encoder(wave)
    torch.testing.assert_close(encoder(0.01 * wave), vectors, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(encoder(wave[1:]), vectors[1:], rtol=1e-4, atol=1e-5)


def test_a_fixed_filter_drops_out_of_the_spectrum(encoder: SpeakerEncoder) -> None:
    spectrum = encoder.spectrum(torch.randn(1, 8000))
    torch.testing.assert_close(spectrum.mean(dim=2), torch.zeros(1, 40), rtol=0, atol=1e-4)


def test_silence_is_no_trouble(encoder: SpeakerEncoder) -> None:
    assert encoder(torch.zeros(1, 4000)).isfinite().all()


def test_gradients_are_finite_for_silence() -> None:
    encoder = SpeakerEncoder(channels=8, num_blocks=1, pooled_channels=8, embedding_features=4)
    wave = torch.cat([torch.zeros(1, 4000), torch.randn(1, 4000)])
    encoder(wave)[:, 0].sum().backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in encoder.parameters())


def test_size_fits_the_package() -> None:
    assert sum(p.numel() for p in SpeakerEncoder().parameters()) < 1_500_000


def test_wrong_shapes_are_refused(encoder: SpeakerEncoder) -> None:
    for wave in (torch.zeros(100), torch.zeros(1, 0)):
        with pytest.raises(ValueError, match="batch, time"):
            encoder(wave)
