"""SEGAN's variants: sizes, scaled skips, other norms, phase shifts, chained generators."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from speechgen import registry
from speechgen.models.segan.chain import SEGANChain
from speechgen.models.segan.discriminator import SEGANDiscriminator
from speechgen.models.segan.generator import PAPER_CHANNELS, SEGANGenerator

SMALL = {"channels": (4, 6, 8), "kernel_size": 9, "stride": 2, "window_samples": 64}


def count(network: nn.Module, *kinds: type[nn.Module], name: str = "weight") -> int:
    """Entries of the parameter ``name`` of all modules of ``kinds``."""
    chosen = (module for module in network.modules() if isinstance(module, kinds))
    return sum(getattr(module, name).numel() for module in chosen)


def discriminator(**options: object) -> SEGANDiscriminator:
    network = SEGANDiscriminator(**(SMALL | {"reference_examples": 3} | options))
    if network.norm == "virtual":
        network.set_reference(torch.randn(3, 2, 64))
    return network


def test_what_biases_and_slopes_add_to_the_paper_s_counts() -> None:
    # arXiv:1703.09452 counts neither. One bias for each output channel of every convolution, one
    # slope for each but the last: sum(PAPER_CHANNELS) = 2512 down, 1488 + 1 up.
    with torch.device("meta"):
        generator, discriminator = SEGANGenerator(), SEGANDiscriminator()
    convolutions = (nn.Conv1d, nn.ConvTranspose1d)
    assert count(generator, *convolutions) == 73_092_048
    assert count(generator, *convolutions, name="bias") == 2512 + 1489
    assert count(generator, nn.PReLU) == 2512 + 1488
    total = sum(parameter.numel() for parameter in generator.parameters())
    assert total == 73_092_048 + 4_001 + 4_000
    assert count(discriminator, nn.Conv1d) == 24_364_512 + 1024  # and the squeeze
    rest = sum(p.numel() for p in discriminator.parameters()) - count(discriminator, nn.Conv1d)
    assert rest == (2512 + 1) + 2 * 2512 + (8 + 1)  # biases, scale and shift of the norm, head


def test_the_papers_discriminator_layer_by_layer() -> None:
    network = SEGANDiscriminator(reference_examples=1, channels=PAPER_CHANNELS)
    network.set_reference(torch.randn(1, 2, 16384))
    with torch.no_grad():
        (logits,), (features,) = network(torch.randn(1, 2, 16384))
    shapes = [tuple(feature.shape) for feature in features]
    lengths = (8192, 4096, 2048, 1024, 512, 256, 128, 64, 32, 16, 8)
    assert shapes == [(1, c, n) for c, n in zip(PAPER_CHANNELS, lengths, strict=True)]
    assert logits.shape == (1, 1)


def test_segan_plus_is_the_size_its_authors_released() -> None:
    size = {"channels": (64, 128, 256, 512, 1024), "stride": 4}
    with torch.device("meta"):
        plain, scaled = SEGANGenerator(**size), SEGANGenerator(**size, skips="scaled")
        added = SEGANGenerator(**size, skips="added")
    # down 31 (1 64 + 64 128 + 128 256 + 256 512 + 512 1024), up twice that with the code doubled
    down = 31 * (64 + 64 * 128 + 128 * 256 + 256 * 512 + 512 * 1024)
    convolutions = (nn.Conv1d, nn.ConvTranspose1d)
    assert count(plain, *convolutions) == count(scaled, *convolutions) == 3 * down
    assert count(added, *convolutions) == 3 * down - (down - 31 * 512 * 1024)
    assert sum(s.numel() for s in scaled.skip_scales) == 64 + 128 + 256 + 512
    assert scaled.code_shape(16384) == (1024, 16)


def test_factors_of_one_change_nothing_and_of_zero_cut_the_skips() -> None:
    plain, scaled = SEGANGenerator(**SMALL).eval(), SEGANGenerator(**SMALL, skips="scaled").eval()
    missing = scaled.load_state_dict(plain.state_dict(), strict=False)
    assert all(name.startswith("skip_scales") for name in missing.missing_keys)
    wave = torch.randn(2, 1, 64)
    torch.testing.assert_close(scaled(wave), plain(wave), rtol=0, atol=0)
    for factor in scaled.skip_scales:
        nn.init.zeros_(factor)
    for down in plain.encoder[1:]:  # nothing of the code: only skips carry the wave
        nn.init.zeros_(down.weight)
        nn.init.zeros_(down.bias)
    scaled.load_state_dict(plain.state_dict(), strict=False)
    one, other = scaled(wave[:1]), scaled(wave[1:])
    torch.testing.assert_close(one, other)
    assert (plain(wave[:1]) - plain(wave[1:])).abs().max() > 1e-3


@pytest.mark.parametrize("skips", ["scaled", "added"])
def test_every_factor_learns(skips: str) -> None:
    network = SEGANGenerator(**SMALL, skips=skips)
    network(torch.randn(2, 1, 64)).square().sum().backward()
    assert all(factor.grad.abs().min() > 0 for factor in network.skip_scales)
    assert network.enhance(torch.randn(1, 1, 1001)).shape == (1, 1, 1001)


def test_an_unconditioned_discriminator_ignores_the_noisy_signal() -> None:
    pairs = torch.randn(2, 2, 64)
    other = pairs.clone()
    other[:, 1] = torch.randn(2, 64)
    alone, paper = discriminator(conditioned=False), discriminator()
    torch.testing.assert_close(alone(pairs)[0][0], alone(other)[0][0], rtol=0, atol=0)
    assert (paper(pairs)[0][0] - paper(other)[0][0]).abs().min() > 1e-4
    assert alone.encoder[0].in_channels == 1


@pytest.mark.parametrize("norm", ["virtual", "spectral", "none"])
def test_all_norms_but_one_keep_examples_independent(norm: str) -> None:
    network, pairs = discriminator(norm=norm).eval(), torch.randn(4, 2, 64)
    assert network.examples_independent
    torch.testing.assert_close(network(pairs)[0][0][:1], network(pairs[:1])[0][0])


def test_batch_norm_mixes_examples_and_normalises_every_channel() -> None:
    network, pairs = discriminator(norm="batch"), torch.randn(4, 2, 64)
    assert not network.examples_independent
    assert (network(pairs)[0][0][:1] - network(pairs[:1])[0][0]).abs().max() > 1e-3
    seen = []
    network.norms[1].register_forward_hook(lambda _module, _inputs, out: seen.append(out))
    network(7.0 * pairs)
    torch.testing.assert_close(seen[0].mean(dim=(0, 2)), torch.zeros(6), atol=1e-5, rtol=0)
    torch.testing.assert_close(
        seen[0].std(dim=(0, 2), correction=0), torch.ones(6), atol=1e-3, rtol=0
    )


def test_spectral_norm_bounds_every_convolution() -> None:
    network = discriminator(norm="spectral")
    for layer in network.encoder:
        layer.parametrizations.weight.original.data.mul_(30.0)
    for _ in range(200):
        network(torch.randn(1, 2, 64))
    for layer in network.encoder:
        largest = torch.linalg.matrix_norm(layer.weight.flatten(1), ord=2)
        torch.testing.assert_close(largest, torch.tensor(1.0), atol=1e-2, rtol=0)


def test_phase_shifts_are_rotations_within_their_limit_and_only_in_training() -> None:
    network = discriminator(phase_shift=2, norm="none")
    x = torch.arange(8.0).expand(1, 1, 8)
    seen = {tuple(network._shifted(x)[0, 0].tolist()) for _ in range(200)}
    assert seen == {tuple(x[0, 0].roll(shift).tolist()) for shift in range(-2, 3)}
    pairs = torch.randn(1, 2, 64)
    assert len({network(pairs)[0][0].item() for _ in range(20)}) > 1
    network.eval()
    assert len({network(pairs)[0][0].item() for _ in range(5)}) == 1
    assert network._shifted(x) is x


def test_a_dense_head_stands_on_the_whole_code() -> None:
    network = discriminator(hidden=(5, 3))
    assert [m.in_features for m in network.head if isinstance(m, nn.Linear)] == [8 * 8, 5, 3]
    assert network(torch.randn(2, 2, 64))[0][0].shape == (2, 1)


@pytest.mark.parametrize("shared", [True, False])
def test_a_chain_is_its_generators_one_after_another(shared: bool) -> None:
    chain = SEGANChain(stages=3, shared=shared, **SMALL).eval()
    assert len(chain.generators) == (1 if shared else 3)
    wave, z = torch.randn(2, 1, 64), torch.randn(3, 2, *chain.code_shape(64))
    outputs, x = chain.cleaned(wave, z), wave
    assert len(outputs) == 3
    for stage, out in enumerate(outputs):
        x = chain.generators[0 if shared else stage](x, z[stage])
        torch.testing.assert_close(out, x, rtol=0, atol=0)
    torch.testing.assert_close(chain(wave, z), outputs[-1], rtol=0, atol=0)
    assert not torch.equal(outputs[0], outputs[1])


def test_a_chain_of_one_is_a_segan_and_iterating_costs_no_weights() -> None:
    one, plain = SEGANChain(stages=1, **SMALL).eval(), SEGANGenerator(**SMALL).eval()
    one.generators[0].load_state_dict(plain.state_dict())
    wave = torch.randn(2, 1, 1001)
    torch.testing.assert_close(one.enhance(wave), plain.enhance(wave), rtol=0, atol=0)
    sizes = [
        sum(p.numel() for p in SEGANChain(stages=4, shared=shared, **SMALL).parameters())
        for shared in (True, False)
    ]
    assert sizes[1] == 4 * sizes[0] == 4 * sum(p.numel() for p in plain.parameters())


def test_every_stage_draws_its_own_z() -> None:
    chain = SEGANChain(stages=2, shared=True, **SMALL)
    drawn = []
    chain.generators[0].decoder[0].register_forward_pre_hook(
        lambda _module, inputs: drawn.append(inputs[0][:, 8:])
    )
    chain.cleaned(torch.randn(2, 1, 64))
    assert not torch.equal(*drawn)
    with pytest.raises(ValueError, match="1 stages, there are 2"):
        chain.cleaned(torch.randn(1, 1, 64), torch.zeros(1, 1, *chain.code_shape(64)))


@pytest.mark.parametrize(
    ("name", "wrong", "words"),
    [
        ("segan", {"skips": "none"}, "skips"),
        ("segan_chain", {"stages": 0}, "stages"),
        ("segan_discriminator", {"norm": "layer"}, "norm"),
        ("segan_discriminator", {"phase_shift": -1}, "phase_shift"),
    ],
)
def test_kinds_that_do_not_exist_are_refused(name: str, wrong: dict, words: str) -> None:
    from speechgen.errors import ConfigError

    with pytest.raises(ConfigError, match=words):
        registry.build(name, {**SMALL, **wrong})
