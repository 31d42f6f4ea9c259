"""Transforms of pictures against what can be said of them without a computer."""

from __future__ import annotations

import torch

from speechgen.images.data.factors import factor_batch, transformed


def dot(row: int, column: int, size: int = 21) -> torch.Tensor:
    image = torch.zeros(1, 1, size, size, dtype=torch.float64)
    image[0, 0, row, column] = 1.0
    return image


def centre(image: torch.Tensor) -> tuple[float, float]:
    """Row and column of the centre of mass."""
    mass = image[0, 0] / image.sum()
    places = torch.arange(mass.shape[0], dtype=mass.dtype)
    return (mass.sum(1) @ places).item(), (mass.sum(0) @ places).item()


def moved(image: torch.Tensor, **factors: float) -> tuple[float, float]:
    names = ("turn", "right", "down", "grow")
    values = torch.tensor([[factors.get(name, 0.0) for name in names]], dtype=torch.float64)
    return centre(transformed(image, values))


def test_zeros_change_nothing() -> None:
    images = torch.rand(3, 2, 7, 5)
    torch.testing.assert_close(transformed(images, torch.zeros(3, 4)), images)


def test_each_factor_does_what_its_name_says() -> None:
    start = dot(10, 14)  # four to the right of the middle
    for found, wanted in (
        (moved(start, right=0.5), (10, 14 + 2.1)),
        (moved(start, down=-0.5), (10 - 2.1, 14)),
        (moved(start, grow=1.0), (10, 10 + 4 * 1.4)),
        (moved(start, turn=1.0), (10 - 4 * 0.7071, 10 + 4 * 0.7071)),
        (moved(start, turn=1.0, right=0.5), (10 - 4 * 0.7071, 10 + 4 * 0.7071 + 2.1)),
    ):
        torch.testing.assert_close(torch.tensor(found), torch.tensor(wanted), rtol=0, atol=0.15)


def test_turning_keeps_distances_in_images_that_are_not_square() -> None:
    image = torch.zeros(1, 1, 11, 31, dtype=torch.float64)
    image[0, 0, 5, 19] = 1.0  # four to the right of the middle
    turned = transformed(image, torch.tensor([[1.0, 0.0, 0.0, 0.0]], dtype=torch.float64))
    mass = turned[0, 0] / turned.sum()
    row = (mass.sum(1) @ torch.arange(11.0, dtype=torch.float64)).item()
    column = (mass.sum(0) @ torch.arange(31.0, dtype=torch.float64)).item()
    assert abs(row - (5 - 2.83)) < 0.15
    assert abs(column - (15 + 2.83)) < 0.15


def test_one_picture_or_one_view() -> None:
    pictures = torch.rand(5, 1, 9, 9)
    images, factors = factor_batch(pictures, 2, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(images, transformed(pictures[:1].expand(5, -1, -1, -1), factors))
    images, factors = factor_batch(pictures, None, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(images, transformed(pictures, factors))
    again, _ = factor_batch(pictures, None, generator=torch.Generator().manual_seed(0))
    assert torch.equal(images, again)
