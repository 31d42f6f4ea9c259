"""SEGAN: the paper's shapes and counts, exact lengths, scale, determinism, independence."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from speechgen.models.segan.generator import PAPER_CHANNELS, SEGANDiscriminator, SEGANGenerator

SMALL = {"channels": (4, 6, 8), "kernel_size": 9, "stride": 2, "window_samples": 64}


def convolution_weights(network: nn.Module) -> int:
    kinds = (nn.Conv1d, nn.ConvTranspose1d)
    return sum(m.weight.numel() for m in network.modules() if isinstance(m, kinds))


def test_the_papers_generator() -> None:
    with torch.device("meta"):
        network, wave = SEGANGenerator(), torch.zeros(2, 1, 16384)
    shapes = []
    for layer in [*network.encoder, *network.decoder]:
        layer.register_forward_hook(lambda _layer, _inputs, out: shapes.append(tuple(out.shape)))
    assert network(wave).shape == wave.shape
    lengths = [16384 // 2**depth for depth in range(1, 12)]
    assert shapes[:11] == [(2, c, n) for c, n in zip(PAPER_CHANNELS, lengths, strict=True)]
    widths = (512, 256, 256, 128, 128, 64, 64, 32, 32, 16, 1)
    assert shapes[11:] == [(2, c, 2 * n) for c, n in zip(widths, reversed(lengths), strict=True)]
    assert network.code_shape(16384) == (1024, 8)
    assert network.decoder[0].in_channels == 2048  # the code and z
    assert convolution_weights(network) == 73_092_048
    assert network.preemphasis == 0.95


def test_the_papers_discriminator() -> None:
    with torch.device("meta"):
        network = SEGANDiscriminator()
    assert convolution_weights(network) == 24_364_512 + 1024
    assert network.head.in_features == 8
    assert [layer.out_channels for layer in network.encoder] == list(PAPER_CHANNELS)


@pytest.mark.parametrize("options", [{}, {"latent": False}, {"residual": True}, {"preemphasis": 0}])
@pytest.mark.parametrize("length", [1, 63, 64, 1001])
def test_any_length_comes_back(options: dict, length: int) -> None:
    network = SEGANGenerator(**SMALL, **options).eval()
    with torch.no_grad():
        assert network.enhance(torch.randn(3, 1, length)).shape == (3, 1, length)


@pytest.mark.parametrize(("kernel_size", "stride", "depth"), [(31, 4, 3), (8, 2, 5), (5, 5, 2)])
def test_any_geometry(kernel_size: int, stride: int, depth: int) -> None:
    size = {"channels": (3,) * depth, "kernel_size": kernel_size, "stride": stride}
    window = 2 * stride**depth
    network = SEGANGenerator(window_samples=window, **size)
    assert network(torch.randn(2, 1, window)).shape == (2, 1, window)
    discriminator = SEGANDiscriminator(window_samples=window, reference_examples=2, **size)
    discriminator.set_reference(torch.randn(2, 2, window))
    (logits,), (features,) = discriminator(torch.randn(3, 2, window))
    assert logits.shape == (3, 1)
    assert [tuple(f.shape[:2]) for f in features] == [(3, 3)] * depth


@pytest.mark.parametrize("level", [1e-3, 0.5, 100.0])
def test_louder_in_louder_out_and_nothing_else(level: float) -> None:
    network = SEGANGenerator(**SMALL).eval()
    wave = 0.1 * torch.randn(2, 1, 640)
    with torch.no_grad():
        torch.testing.assert_close(network.enhance(level * wave), level * network.enhance(wave))


def test_level_and_emphasis_are_undone_exactly() -> None:
    class Through(SEGANGenerator):
        def forward(self, noisy, latent=None):
            return noisy

    network = Through(**SMALL).double().eval()
    wave = torch.randn(2, 1, 1001, dtype=torch.float64)
    torch.testing.assert_close(network.enhance(wave), wave, rtol=1e-10, atol=1e-10)


def test_z_is_drawn_in_training_and_zero_in_evaluation() -> None:
    network = SEGANGenerator(**SMALL)
    wave = torch.randn(2, 1, 64)
    shape = (2, *network.code_shape(64))
    with torch.no_grad():
        assert not torch.equal(network(wave), network(wave))
        network.eval()
        assert torch.equal(network(wave), network(wave, torch.zeros(shape)))
        z = torch.randn(shape)
        assert torch.equal(network(wave, z), network(wave, z))
        assert not torch.equal(network(wave, z), network(wave))
        with pytest.raises(ValueError, match="latent"):
            network(wave, z[:1])


def test_silence_stays_silence() -> None:
    network = SEGANGenerator(**SMALL, residual=True).eval()
    with torch.no_grad():
        assert network.enhance(torch.zeros(1, 1, 640)).abs().max() < 1e-5


def test_a_residual_network_starts_near_its_input() -> None:
    wave = 0.1 * torch.randn(1, 1, 6400)
    with torch.no_grad():
        change = SEGANGenerator(**SMALL, residual=True, preemphasis=0.0).eval().enhance(wave) - wave
    assert change.square().mean() < 0.1 * wave.square().mean()


def test_the_skips_carry_the_finest_detail() -> None:
    # With the code cut off, the outermost skip still lets single samples through.
    network = SEGANGenerator(**SMALL).eval()
    for parameter in network.decoder[0].parameters():
        parameter.data.zero_()
    wave = torch.zeros(1, 1, 64, requires_grad=True)
    network(wave)[0, 0, 32].backward()
    assert wave.grad.abs().max() > 1e-3


def test_one_example_does_not_change_another() -> None:
    network = SEGANGenerator(**SMALL).eval()
    discriminator = SEGANDiscriminator(**SMALL, reference_examples=3)
    discriminator.set_reference(torch.randn(3, 2, 64))
    pairs = torch.randn(4, 2, 64)
    with torch.no_grad():
        both, one = network.enhance(pairs[:, :1]), network.enhance(pairs[:1, :1])
        torch.testing.assert_close(both[:1], one)
        torch.testing.assert_close(discriminator(pairs)[0][0][:1], discriminator(pairs[:1])[0][0])


def test_the_reference_is_state_and_a_forward_pass_writes_none() -> None:
    discriminator = SEGANDiscriminator(**SMALL, reference_examples=4)
    pairs = torch.randn(2, 2, 64)
    with pytest.raises(RuntimeError, match="set_reference"):
        discriminator(pairs)
    discriminator.set_reference(torch.randn(3, 2, 64))
    before = {name: value.clone() for name, value in discriminator.state_dict().items()}
    first = discriminator(pairs)[0][0]
    assert all(
        torch.equal(value, before[name]) for name, value in discriminator.state_dict().items()
    )
    restored = SEGANDiscriminator(**SMALL, reference_examples=4)
    restored.load_state_dict(before)
    torch.testing.assert_close(restored(pairs)[0][0], first)
    discriminator.set_reference(5 * torch.randn(4, 2, 64))
    assert not torch.allclose(discriminator(pairs)[0][0], first)


@pytest.mark.parametrize(
    "wrong",
    [
        {"channels": ()},
        {"channels": (4, 0)},
        {"window_samples": 100},
        {"kernel_size": 1},
        {"stride": 1},
        {"preemphasis": 1.0},
    ],
)
def test_sizes_that_cannot_work_are_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match=r"channels|multiple|cover|preemphasis"):
        SEGANGenerator(**(SMALL | wrong))


def test_lengths_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="multiple"):
        SEGANGenerator(**SMALL)(torch.zeros(1, 1, 65))
    discriminator = SEGANDiscriminator(**SMALL)
    with pytest.raises(ValueError, match="reference"):
        discriminator.set_reference(torch.zeros(1, 2, 32))
    with pytest.raises(ValueError, match="windows"):
        discriminator(torch.zeros(1, 2, 32))
