"""Image generators and discriminators: shapes, ranges, repeatability, refusals."""

from __future__ import annotations

import inspect

import pytest
import torch

from speechgen import registry
from speechgen.errors import ConfigError, SpeechgenError
from speechgen.registry.gans import ENTRIES

SMALL = {
    "gan_mlp": {"hidden": [8]},
    "dcgan": {"channels": 4, "latent_size": 5},
    "infogan": {"channels": 4, "noise_size": 3, "categories": [4], "continuous": 1},
    "progressive_gan": {"channels": 4, "latent_size": 5},
    "vae_gan": {"channels": 4, "latent_size": 5},
    "ali": {"channels": 4, "latent_size": 5},
}
DISCRIMINATORS = {
    "mlp_discriminator": {"hidden": [8, 6]},
    "dcgan_discriminator": {"channels": 4},
    "infogan_discriminator": {"channels": 4, "categories": [4], "continuous": 1},
    "progressive_discriminator": {"channels": 4},
}
SHAPES = [(1, 8, 8), (1, 28, 28), (3, 32, 32), (1, 5, 9), (3, 16, 12), (1, 1, 2)]


def stream(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", SMALL)
def test_samples_have_the_shape_and_the_range_and_repeat(name: str, shape: tuple[int, ...]) -> None:
    network = registry.build(name, SMALL[name] | {"image_shape": list(shape)}).eval()
    for parameter in network.parameters():
        parameter.data.mul_(3.0)  # so that a missing tanh would show
    with torch.no_grad():
        one, two = (network.sample(3, generator=stream()) for _ in range(2))
        other = network.sample(3, generator=stream(1))
    assert one.shape == (3, *shape)
    assert one.min() >= 0
    assert one.max() <= 1
    assert torch.equal(one, two)
    assert not torch.equal(one, other)
    assert network.image_shape == shape


@pytest.mark.parametrize("name", SMALL)
def test_what_is_sampled_is_what_drawn_latents_decode_to(name: str) -> None:
    network = registry.build(name, SMALL[name] | {"image_shape": [1, 8, 8]}).eval()
    latents = network.draw(4, generator=stream(2))
    assert latents.shape == (4, network.latent_size)
    decoded = network.decode(latents)
    assert torch.equal(decoded, network.sample(4, generator=stream(2)))
    torch.testing.assert_close(2 * decoded - 1, network(latents))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", DISCRIMINATORS)
def test_discriminators_keep_the_contract(name: str, shape: tuple[int, ...]) -> None:
    discriminator = registry.build(name, DISCRIMINATORS[name] | {"image_shape": list(shape)})
    logits, features = discriminator(torch.randn(4, *shape))
    assert [tuple(one.shape) for one in logits] == [(4, 1)]
    assert len(features) == 1
    assert len(features[0]) >= 1


@pytest.mark.parametrize("name", ["dcgan_discriminator", "infogan_discriminator"])
@pytest.mark.parametrize("norm", ["batch", "layer", "spectral", "none"])
def test_only_batch_norm_mixes_examples(name: str, norm: str) -> None:
    # two levels: the first has no norm
    discriminator = registry.build(
        name, DISCRIMINATORS[name] | {"image_shape": [1, 16, 16], "norm": norm}
    )
    discriminator.train()
    images = torch.randn(4, 1, 16, 16)
    alone = torch.cat([discriminator(images[:2])[0][0], discriminator(images[2:])[0][0]])
    together = discriminator(images)[0][0]
    if norm == "spectral":  # every pass moves the power iteration
        assert discriminator.examples_independent
        return
    assert (
        torch.allclose(alone, together, atol=1e-5)
        == discriminator.examples_independent
        == (norm != "batch")
    )


def test_spectral_norm_bounds_every_layer() -> None:
    arguments = {"image_shape": [1, 16, 16], "channels": 4, "norm": "spectral"}
    discriminator = registry.build("dcgan_discriminator", arguments)
    for layer in (*discriminator.trunk.convolutions, discriminator.head):
        layer.parametrizations.weight.original.data.mul_(7.0)
    for _ in range(30):
        discriminator(torch.randn(2, 1, 16, 16))
    for layer in (*discriminator.trunk.convolutions, discriminator.head):
        assert torch.linalg.matrix_norm(layer.weight.flatten(1), 2) < 1.05


@pytest.mark.parametrize(("name", "other"), [
    ("dcgan", "dcgan_discriminator"), ("gan_mlp", "mlp_discriminator"),
])  # fmt: skip
def test_labels_condition_both_networks_and_are_required(name: str, other: str) -> None:
    size = {"image_shape": [1, 8, 8], "num_classes": 3}
    generator, discriminator = registry.build(name, SMALL[name] | size), registry.build(other, size)
    generator.eval()
    latents = generator.draw(6, generator=stream())
    zeros, ones = torch.zeros(6, dtype=torch.int64), torch.ones(6, dtype=torch.int64)
    assert (generator(latents, zeros) - generator(latents, ones)).abs().max() > 1e-4
    images = torch.randn(6, 1, 8, 8)
    assert (
        discriminator(images, zeros)[0][0] - discriminator(images, ones)[0][0]
    ).abs().max() > 1e-4
    for labels in (None, 5 * ones):
        with pytest.raises(SpeechgenError, match="labels|label"):
            generator.sample(6, generator=stream(), labels=labels)


@pytest.mark.parametrize("name", ["vae_gan", "ali"])
def test_bidirectional_networks_encode(name: str) -> None:
    network = registry.build(name, SMALL[name] | {"image_shape": [1, 8, 8]}).eval()
    images = torch.rand(3, 1, 8, 8)
    latents = network.latents(images)
    assert torch.equal(latents, network.posterior(2 * images - 1).mean)
    assert latents.shape == (3, 5)
    assert torch.equal(network.reconstruct(images), network.decode(latents))


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("dcgan", {"latent_size": 0}), ("dcgan", {"prior": "cauchy"}),
        ("dcgan", {"image_shape": [8, 8]}), ("gan_mlp", {"num_classes": -1}),
        ("dcgan_discriminator", {"norm": "group"}), ("infogan", {"categories": [1]}),
    ],
)  # fmt: skip
def test_nonsense_is_one_line(name: str, arguments: dict[str, object]) -> None:
    with pytest.raises(ConfigError) as caught:
        registry.build(name, arguments)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_argument_has_a_default(entry: object) -> None:
    parameters = inspect.signature(registry.constructor(entry.name)).parameters.values()
    assert all(parameter.default is not inspect.Parameter.empty for parameter in parameters)
