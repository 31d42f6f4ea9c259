"""Patches drawn as one choice: a distribution of images still, causal, inpainted exactly."""

from __future__ import annotations

import pytest
import torch

from speechgen import registry
from speechgen.errors import ConfigError, ModelError
from speechgen.images.models.autoregressive.gated_pixelcnn import GatedPixelCNN
from speechgen.images.sampling.pixels import engines_for, sample_pixels
from speechgen.training import compose
from tests.images.models.autoregressive.pixel_networks import all_images, sensitivities, stirred

SMALL = {"blocks": 2, "channels": 8, "head_channels": 8, "first_kernel_size": 3}
OUTPUTS = [
    {"output": "joint_bernoulli"}, {"output": "bernoulli"},
    {"output": "logistic_mixture", "levels": 2},
]  # fmt: skip


def network(shape=(1, 4, 4), **arguments):
    return stirred(GatedPixelCNN(image_shape=shape, patch_size=2, **SMALL | arguments))


@pytest.mark.parametrize("arguments", OUTPUTS)
def test_the_probabilities_of_all_images_sum_to_one(arguments):
    with torch.no_grad():
        nats = network(**arguments).log_prob(all_images((1, 4, 4)))
    assert nats.exp().sum().item() == pytest.approx(1.0, abs=1e-9)


def test_a_patch_sees_those_before_it_and_no_other():
    seen = sensitivities(network((1, 6, 8)))[0].unflatten(1, (-1, 4)).sum(dim=2)
    assert torch.all(torch.triu(seen) == 0.0)
    assert (seen > 0).sum(dim=1)[1:].min() > 0


@pytest.mark.parametrize("arguments", OUTPUTS)
def test_the_same_noise_gives_the_same_images_whatever_the_engine(arguments):
    model = network((1, 4, 6), num_classes=2, **arguments)
    noise = torch.rand(3, model.likelihood.noise_channels(4), 2, 3)
    labels, images = torch.tensor([0, 1, 1]), torch.rand(3, 1, 4, 6).round()
    known = torch.rand(3, 1, 4, 6) < 0.4
    for given in ({}, {"images": images, "known": known}):
        drawn = [
            sample_pixels(model, 3, noise=noise, labels=labels, engine=engine, **given)
            for engine in engines_for(model)
        ]
        assert len(drawn) == 4
        assert drawn[0].shape == images.shape
        assert all(torch.equal(drawn[0], others) for others in drawn[1:])
        if given:
            assert torch.equal(drawn[0][known], images[known].double())


def test_a_patch_known_in_part_is_drawn_given_that_part():
    """Of one 2 x 2 patch with one pixel known, the eight others' shares are the conditional's."""
    model = network((1, 2, 2), output="joint_bernoulli")
    every = all_images((1, 2, 2))
    with torch.no_grad():
        wanted = model.log_prob(every).exp()
    fits = every[:, 0, 1, 0] == 1
    wanted = torch.where(fits, wanted, 0.0) / wanted[fits].sum()
    count = 20000
    known = torch.tensor([[[[False, False], [True, False]]]]).expand(count, 1, 2, 2)
    drawn = sample_pixels(
        model, count, noise=torch.rand(count, 1, 1, 1), images=torch.ones(count, 1, 2, 2),
        known=known,
    )  # fmt: skip
    codes = (drawn.flatten(1) @ torch.tensor([8.0, 4, 2, 1]).double()).long()
    shares = torch.bincount(codes, minlength=16) / count
    assert (shares - wanted).abs().max() < 0.02


def test_the_packaged_one_sees_the_whole_of_a_digit():
    """The last patch's params hang on the first pixel."""
    settings = compose(["experiment=gated_pixelcnn_patches", "data.train=x.npz", "output=out"])
    model = registry.build("gated_pixelcnn", settings["model"]["arguments"] | {
        "image_shape": [1, 28, 28], "channels": 2, "head_channels": 2,
    })  # fmt: skip
    grid = torch.rand(1, *model.grid_shape, requires_grad=True)
    (gradient,) = torch.autograd.grad(model.params(grid)[..., -1, -1].square().sum(), grid)
    assert gradient[0, :, 0, 0].abs().sum() > 0


def test_what_does_not_fit_is_refused():
    with pytest.raises(ConfigError, match="patch_size must divide"):
        network((1, 5, 4))
    with pytest.raises(ModelError, match="cannot be cut"):
        network().log_prob(torch.zeros(1, 1, 5, 5).double())
