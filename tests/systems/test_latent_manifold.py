"""Latent traversal: a grid by the inverse CDF, and interpolations between two codes."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from speechgen.images.sampling.draw import manifold
from speechgen.images.sampling.latent import INTERPOLATIONS, interpolate, quantile_grid

EXPERIMENTS = ("vae", "conv_vae")


def test_the_grid_is_of_quantiles_and_decodes(configured: Any) -> None:
    model = configured("vae", image_shape=[1, 5, 4], latent=2)
    grid = quantile_grid(model.latent_size, 5)
    wanted = torch.distributions.Normal(0.0, 1.0).icdf((torch.arange(5) + 0.5) / 5)
    assert grid.shape == (25, 2)
    torch.testing.assert_close(grid[::5, 0], wanted)
    torch.testing.assert_close(grid[:5, 1], wanted)
    pictures = model.decode(grid)
    assert pictures.shape == (25, 1, 5, 4)
    torch.testing.assert_close(pictures[12:13], model.decode(torch.zeros(1, 2)))  # the median
    torch.testing.assert_close(manifold(model, 5), pictures)


def test_the_grid_follows_the_prior_of_the_model(configured: Any) -> None:
    model = configured("vae", image_shape=[1, 5, 4], latent=2, prior="uniform")
    corner = model.decode(torch.tensor([[-0.75, -0.75]]))
    torch.testing.assert_close(manifold(model, 4)[:1], corner)


@pytest.mark.parametrize("kind", INTERPOLATIONS)
@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_way_begins_and_ends_at_its_ends(configured: Any, name: str, kind: str) -> None:
    model = configured(name, image_shape=[1, 5, 4]).eval()
    codes = model.latents(torch.rand(2, 1, 5, 4)).detach()
    with torch.no_grad():
        points = interpolate(codes[0], codes[1], 9, kind=kind)
        assert torch.equal(points[0], codes[0])
        assert torch.equal(points[-1], codes[1])
        assert torch.equal(model.decode(points[:1]), model.decode(codes[:1]))
        assert torch.equal(model.decode(points[-1:]), model.decode(codes[1:]))
        between = model.decode(points)
    assert (between.diff(dim=0).flatten(1).abs().amax(dim=1) > 0).all()
