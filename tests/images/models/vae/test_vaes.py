"""Latent-variable models of images: one contract, any size, any prior; labels where they count."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from speechgen import registry
from speechgen.errors import ConfigError, ModelError
from speechgen.variational import importance_bound

SMALL: dict[str, dict[str, Any]] = {
    "vae": {"hidden": [16]},
    "conv_vae": {"channels": [4, 6], "features": 12},
    "conditional_vae": {"hidden": [16], "num_classes": 3, "conditional_prior": "learnt"},
    "iaf_vae": {"channels": [4, 6], "features": 12, "flow_hidden": [16]},
    "linear_vae": {},
}


def built(name: str, shape: tuple[int, ...] = (1, 5, 4), **arguments: Any) -> Any:
    given = SMALL[name] | {"image_shape": list(shape), "latent": 3} | arguments
    return registry.build(name, given).eval()


def labels_of(model: Any, num: int) -> torch.Tensor | None:
    return torch.arange(num) % model.num_classes if model.num_classes else None


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 7, 5)])
@pytest.mark.parametrize("name", SMALL)
def test_what_all_of_them_offer(name: str, shape: tuple[int, int, int]) -> None:
    model = built(name, shape)
    images, labels = torch.rand(4, *shape), labels_of(model, 4)
    assert model.image_shape == shape
    codes = model.latents(images, labels)
    assert codes.shape == (4, 3)
    restored = model.reconstruct(images, labels)
    torch.testing.assert_close(restored, model.decode(codes, labels))
    streams = [torch.Generator().manual_seed(seed) for seed in (1, 1, 2)]
    drawn = [model.sample(4, generator=g, labels=labels) for g in streams]
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
    for pictures in (restored, drawn[0]):
        assert pictures.shape == images.shape
        assert pictures.min() >= 0
        assert pictures.max() <= 1
    streams = [torch.Generator().manual_seed(seed) for seed in (1, 1)]
    weights = [model.log_weights(images, labels, num_samples=6, generator=g) for g in streams]
    assert weights[0].shape == (6, 4)
    assert torch.equal(*weights)


@pytest.mark.parametrize("name", SMALL)
def test_images_do_not_know_of_each_other(name: str) -> None:
    model = built(name).double()
    images, labels = torch.rand(3, 1, 5, 4).double(), labels_of(model, 3)
    noise = torch.randn(4, 3, 3).double()
    latents, log_prob = model.posterior(images, labels).draw(noise)
    nats = model.log_likelihood(images, latents, labels)
    for index in range(3):
        one = slice(index, index + 1)
        label = None if labels is None else labels[one]
        alone, density = model.posterior(images[one], label).draw(noise[:, one])
        torch.testing.assert_close(alone, latents[:, one])
        torch.testing.assert_close(density, log_prob[:, one])
        torch.testing.assert_close(model.log_likelihood(images[one], alone, label), nats[:, one])


@pytest.mark.parametrize("name", ["vae", "conv_vae", "iaf_vae"])
def test_weights_of_draws_find_the_same_evidence_under_both_priors(name: str) -> None:
    # sum over all images of a 2x2 black-or-white model must be 1, whatever z is drawn from.
    grid = torch.cartesian_prod(*[torch.tensor([0.0, 1.0])] * 4).view(-1, 1, 2, 2).double()
    for prior in ("gaussian", "uniform"):
        options = {} if name == "vae" else {"channels": [4]}
        model = built(name, (1, 2, 2), prior=prior, **options).double()
        for key, weights in model.named_parameters():  # wild flows have draws of wild weights
            torch.nn.init.normal_(weights, std=0.1 if key.startswith("flow") else 0.3)
        if name == "iaf_vae":  # two gates of one half make draws narrow
            model.to_posterior.bias.data[3:] = 3.0
        weights = model.log_weights(grid, num_samples=20_000)
        total = importance_bound(weights).exp().sum()
        assert total.item() == pytest.approx(1.0, abs=0.02), prior


def test_the_uniform_prior_keeps_codes_within_its_bounds() -> None:
    model = built("vae", prior="uniform")
    for weights in model.parameters():
        torch.nn.init.normal_(weights, std=3.0)
    assert model.latents(torch.rand(20, 1, 5, 4)).abs().max() <= 1


def test_the_label_matters_and_is_asked_for() -> None:
    model = built("conditional_vae")
    torch.nn.init.normal_(model.class_prior.weight)
    images, stream = torch.rand(1, 1, 5, 4), torch.Generator()
    codes = torch.zeros(1, 3)
    first, second = torch.tensor([0]), torch.tensor([1])
    assert not torch.equal(model.decode(codes, first), model.decode(codes, second))
    assert not torch.equal(model.latents(images, first), model.latents(images, second))
    assert not torch.equal(model.prior_of(first).mean, model.prior_of(second).mean)
    for call in (
        lambda: model.latents(images),
        lambda: model.sample(2, generator=stream),
        lambda: model.decode(codes, torch.tensor([3])),
    ):
        with pytest.raises(ModelError, match="0 to 2"):
            call()


def test_learnt_priors_begin_as_the_standard_one() -> None:
    model = built("conditional_vae")
    prior = model.prior_of(torch.arange(3))
    assert torch.equal(prior.mean, torch.zeros(3, 3))
    assert torch.equal(prior.log_variance, torch.zeros(3, 3))


def test_flow_steps_enrich_the_posterior() -> None:
    model = built("iaf_vae", latent=2).double()
    for network in model.flow:
        torch.nn.init.normal_(network.layers[-1].weight)
    noise = torch.randn(20_000, 1, 2, dtype=torch.float64)
    with torch.no_grad():
        latents, _ = model.posterior(torch.rand(1, 1, 5, 4).double()).draw(noise)
    correlation = torch.corrcoef(latents[:, 0].T)[0, 1].abs()
    assert correlation > 0.05  # a diagonal Gaussian has none: 3 s.e. are 0.02


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("vae", {"observation": "poisson"}, "poisson"),
        ("vae", {"prior": "cauchy"}, "cauchy"),
        ("vae", {"activation": "swish"}, "swish"),
        ("vae", {"latent": 0}, "latent"),
        ("vae", {"image_shape": [28, 28]}, "image_shape"),
        ("conditional_vae", {"num_classes": 0}, "num_classes"),
        ("conditional_vae", {"conditional_prior": "flat"}, "flat"),
        ("iaf_vae", {"update": "planar"}, "planar"),
    ],
)
def test_nonsense_is_one_clear_line(name: str, arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        registry.build(name, arguments)


def test_observations_change_what_is_counted() -> None:
    images = torch.rand(2, 1, 5, 4)
    for name, num_params in (
        ("bernoulli", 1), ("gaussian", 2), ("least_squares", 1), ("logistic", 3),
    ):  # fmt: skip
        model = built("vae", observation=name)
        params = model.params_of(torch.zeros(2, 3))
        assert params.shape == (2, num_params, 1, 5, 4)
        if name == "least_squares":
            nats = -model.log_likelihood(images, torch.zeros(1, 2, 3))[0]
            errors = (images - params[:, 0]).square().flatten(1).sum(dim=1)
            wanted = 0.5 * errors + 20 * 0.5 * math.log(2 * math.pi)
            torch.testing.assert_close(nats, wanted)


@pytest.mark.parametrize("name", ["vae", "conv_vae"])
def test_colours_of_256_levels_are_probabilities(name: str) -> None:
    model = built(name, (3, 1, 1), observation="logistic", channels=[4]) if name != "vae" else (
        built(name, (3, 1, 1), observation="logistic"))  # fmt: skip
    codes = torch.randn(1, 3)
    red = torch.zeros(256, 3, 1, 1)
    red[:, 0, 0, 0] = torch.arange(256) / 255.0
    params = model.params_of(codes).expand(256, -1, -1, -1, -1)
    nats = model.observation.log_prob(params, red)
    assert nats[:, 0].exp().sum().item() == pytest.approx(1.0, abs=1e-4)
    assert model.decode(codes).shape == (1, 3, 1, 1)
    assert (model.evidence(red).elbo_nats < 0).all()  # log of a probability, no density
