"""ECAPA-TDNN: unit vectors, blind to level, whole context, the published wiring."""

from __future__ import annotations

import pytest
import torch

from speechgen.models.speaker.ecapa import AttentiveStatistics, EcapaEncoder
from speechgen.models.speaker.spectrum_masks import SpectrumMasks

SMALL = {"channels": 16, "pooled_channels": 24, "attention_channels": 8, "embedding_features": 8}


@pytest.fixture
def encoder() -> EcapaEncoder:
    torch.manual_seed(1)
    network = EcapaEncoder(**SMALL)
    network(torch.randn(8, 8000))  # give the batch norms statistics
    return network.eval()


@pytest.mark.parametrize("num_samples", [1, 37, 1600, 16001])
def test_any_length_gives_unit_vectors(encoder: EcapaEncoder, num_samples: int) -> None:
    vectors = encoder(torch.randn(3, num_samples))
    assert vectors.shape == (3, 8)
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(3))


def test_level_and_company_do_not_matter(encoder: EcapaEncoder) -> None:
    wave = 0.3 * torch.randn(2, 8000)
    vectors = encoder(wave)
    torch.testing.assert_close(encoder(0.01 * wave), vectors, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(encoder(wave[1:]), vectors[1:], rtol=1e-4, atol=1e-5)


def test_silence_is_no_trouble() -> None:
    encoder = EcapaEncoder(**SMALL)
    encoder(torch.cat([torch.zeros(1, 4000), torch.randn(1, 4000)]))[:, 0].sum().backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in encoder.parameters())
    assert encoder.eval()(torch.zeros(1, 4000)).isfinite().all()


def test_size_fits_the_package() -> None:
    assert 900_000 < sum(p.numel() for p in EcapaEncoder().parameters()) < 1_000_000


def test_wrong_shapes_and_sizes_are_refused(encoder: EcapaEncoder) -> None:
    for wave in (torch.zeros(100), torch.zeros(1, 0)):
        with pytest.raises(ValueError, match="batch, time"):
            encoder(wave)
    with pytest.raises(ValueError, match="multiple of groups"):
        EcapaEncoder(channels=20)


def test_pooling_without_attention_is_mean_and_deviation() -> None:
    pooling = AttentiveStatistics(4, 3).eval()
    torch.nn.init.zeros_(pooling.attention[-1].weight)
    hidden = torch.randn(2, 4, 50)
    expected = torch.cat([hidden.mean(2), hidden.std(2, correction=0)], dim=1)
    torch.testing.assert_close(pooling(hidden), expected, rtol=1e-4, atol=1e-5)


def test_groups_see_ever_longer_stretches(encoder: EcapaEncoder) -> None:
    """The n-th group of a Res2 convolution sees n - 1 convolutions' stretch, the first itself."""
    block = encoder.blocks[0]
    seen = []

    def tap(module: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        seen.append(inputs[0])

    handle = block.after.register_forward_pre_hook(tap)
    hidden = torch.randn(1, 16, 61, requires_grad=True)
    block(hidden)
    handle.remove()
    for group in range(8):
        (gradient,) = torch.autograd.grad(
            seen[0][0, 2 * group : 2 * group + 2, 30].square().sum(), hidden, retain_graph=True
        )
        frames = gradient[0].abs().sum(dim=0).nonzero().ravel()
        reach = int((frames - 30).abs().max())
        assert reach <= 2 * group and reach % 2 == 0
        assert group == 0 or reach > 0


def test_masks_are_of_neighbours_and_in_training_only() -> None:
    torch.manual_seed(0)
    masks, spectrum = SpectrumMasks(10, 5), torch.ones(200, 80, 60)
    hidden = masks(spectrum) == 0
    bands, frames = hidden.all(dim=2), hidden.all(dim=1)
    torch.testing.assert_close(hidden, bands.unsqueeze(2) | frames.unsqueeze(1))
    for kind, longest in ((bands, 10), (frames, 5)):
        counts = kind.sum(dim=1)
        assert set(counts.tolist()) == set(range(longest + 1))
        edges = (kind[:, 1:] != kind[:, :-1]).sum(dim=1) + kind[:, 0] + kind[:, -1]
        assert edges.max() == 2
    assert masks.eval()(spectrum) is spectrum


def test_the_average_spectrum_stands_beside_what_it_was() -> None:
    """Cosines are the weighted mean of the two, and the network's part is as it was."""
    torch.manual_seed(2)
    plain, both = EcapaEncoder(**SMALL), EcapaEncoder(**SMALL, spectrum_weight=0.25)
    both.load_state_dict(plain.state_dict(), strict=False)
    plain.eval(), both.eval()
    assert both.embedding_features == 8 + 160
    wave = 0.3 * torch.randn(5, 8000)
    alone, vectors = plain(wave), both(wave)
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(5))
    torch.testing.assert_close(torch.nn.functional.normalize(vectors[:, :8], dim=1), alone)
    spectra = torch.nn.functional.normalize(vectors[:, 8:], dim=1)
    expected = (alone @ alone.T + 0.25 * spectra @ spectra.T) / 1.25
    torch.testing.assert_close(vectors @ vectors.T, expected)
    with pytest.raises(ValueError, match="spectrum_weight"):
        EcapaEncoder(**SMALL, spectrum_weight=-1.0)
