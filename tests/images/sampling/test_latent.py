"""Latent traversals: quantiles, exact ends, great circles, arithmetic, planes."""

from __future__ import annotations

import math

import pytest
import torch

from speechgen.errors import ConfigError
from speechgen.images.sampling.latent import (
    INTERPOLATIONS,
    attribute_arithmetic,
    interpolate,
    latent_plane,
    quantile_grid,
)


def test_the_grid_has_as_much_prior_between_neighbours() -> None:
    grid = quantile_grid(5, 4, axes=(1, 3)).view(4, 4, 5)
    shares = torch.special.ndtr(grid[:, 0, 1])
    torch.testing.assert_close(shares, torch.tensor([0.125, 0.375, 0.625, 0.875]))
    assert torch.equal(grid[:, 0, 1], grid[0, :, 3])  # down the rows, along the columns
    assert torch.equal(grid[:, 2, 1], grid[:, 0, 1])
    assert torch.equal(grid[..., [0, 2, 4]], torch.zeros(4, 4, 3))
    uniform = quantile_grid(2, 2, prior="uniform").view(2, 2, 2)
    assert uniform[:, 0, 0].tolist() == [-0.5, 0.5]
    for axes in ((0, 0), (0, 2)):
        with pytest.raises(ConfigError, match="different latents"):
            quantile_grid(2, 3, axes=axes)


@pytest.mark.parametrize("kind", INTERPOLATIONS)
def test_ends_are_exact_and_the_middle_is_between(kind: str) -> None:
    first, last = torch.randn(2, 6, 20)
    points = interpolate(first, last, 7, kind=kind)
    assert points.shape == (7, 6, 20)
    assert torch.equal(points[0], first)
    assert torch.equal(points[-1], last)
    torch.testing.assert_close(points, interpolate(last, first, 7, kind=kind).flip(0))
    with pytest.raises(ConfigError, match="2 points"):
        interpolate(first, last, 1, kind=kind)


def test_the_great_circle_keeps_the_length_and_equal_angles() -> None:
    first, last = torch.nn.functional.normalize(torch.randn(2, 1, 9).double(), dim=-1)
    points = interpolate(3.0 * first, 3.0 * last, 5, kind="spherical")
    torch.testing.assert_close(points.norm(dim=-1), torch.full((5, 1), 3.0).double())
    cosines = (points[1:] * points[:-1]).sum(dim=-1) / 9.0
    torch.testing.assert_close(cosines, cosines[:1].expand(4, 1))
    line = interpolate(3.0 * first, 3.0 * last, 5)
    torch.testing.assert_close(line.diff(dim=0), line.diff(dim=0)[:1].expand(4, 1, 9))


@pytest.mark.parametrize("last", [torch.ones(4), torch.zeros(4), -torch.ones(4)])
def test_great_circles_through_special_points_are_finite(last: torch.Tensor) -> None:
    assert torch.isfinite(interpolate(torch.ones(4), last, 5, kind="spherical")).all()
    assert torch.isfinite(interpolate(last, torch.ones(4), 5, kind="spherical")).all()


class Doubling:
    """A model whose codes are pixels, and whose images are twice its codes plus the label."""

    def latents(self, images: torch.Tensor, labels: torch.Tensor | None = None) -> torch.Tensor:
        return images.flatten(1)

    def decode(self, latents: torch.Tensor, labels: torch.Tensor | None = None) -> torch.Tensor:
        shown = 2.0 * latents.view(-1, 1, 1, 2)
        return shown if labels is None else shown + labels.view(-1, 1, 1, 1)


def test_arithmetic_is_on_the_means_of_codes() -> None:
    has, lacks, target = (torch.rand(num, 1, 1, 2) for num in (3, 4, 5))
    wanted = 2.0 * (has.mean(dim=0) - lacks.mean(dim=0) + target.mean(dim=0))
    torch.testing.assert_close(attribute_arithmetic(Doubling(), has, lacks, target)[0], wanted)
    labels = (None, None, torch.full((5,), 7))
    shown = attribute_arithmetic(Doubling(), has, lacks, target, labels=labels)
    torch.testing.assert_close(shown[0], wanted + 7)


def test_planes_keep_what_varies_most() -> None:
    torch.manual_seed(3)
    codes = torch.randn(2000, 4) * torch.tensor([0.1, 5.0, 0.2, 2.0])
    plane = latent_plane(codes)
    correlations = torch.corrcoef(torch.cat([plane, codes], dim=1).T)[:2, 2:]
    assert correlations[0, 1] > 0.99
    assert correlations[1, 3] > 0.99
    assert torch.equal(latent_plane(codes[:, :2]), codes[:, :2])
    assert latent_plane(codes[:, :1])[:, 1].abs().max() == 0
    distance = (plane[0] - plane[1]).norm() - (codes[0] - codes[1]).norm()
    assert distance <= 0 + 1e-5
    assert math.isfinite(distance)
