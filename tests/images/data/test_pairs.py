"""Pairs, domains without pairs, and holes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from speechgen.errors import ConfigError, DataError
from speechgen.images.data.dataset import ImageSet
from speechgen.images.data.items import ImageDataset
from speechgen.images.data.pairs import (
    TRANSFORMS,
    ImageDomains,
    ImagePairs,
    random_holes,
    transformed,
)


def images(count: int = 12) -> ImageSet:
    """Every picture has grey values of its own: its number is in all of them."""
    pictures = np.arange(count, dtype=np.uint8)[:, None, None, None] * 6 + np.arange(
        4, dtype=np.uint8
    ).reshape(1, 2, 2)
    return ImageSet(pictures, np.arange(count) % 3)


def number(image: torch.Tensor) -> int:
    """Which of :func:`images` it is."""
    return round(float(image[0, 0, 0]) * 255 / 6)


@pytest.mark.parametrize("name", TRANSFORMS)
@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 5, 7)])
def test_transforms_keep_shape_and_range(name: str, shape: tuple[int, int, int]) -> None:
    image = torch.rand(shape, generator=torch.Generator().manual_seed(0))
    kept = image.clone()
    made = transformed(name, image)
    assert made.shape == image.shape
    assert made.dtype == torch.float32
    assert 0 <= made.min() <= made.max() <= 1
    assert torch.equal(image, kept)
    assert torch.equal(made, image) == (name == "same")


def test_edges_are_where_brightness_changes() -> None:
    image = torch.zeros(1, 8, 8)
    image[:, :, 4:] = 1.0
    lines = transformed("edges", image)[0]
    assert (lines.sum(0) > 0).tolist() == [False] * 3 + [True] * 2 + [False] * 3
    assert not transformed("edges", torch.full((1, 4, 4), 0.5)).any()


def test_a_pair_is_one_picture_twice() -> None:
    pairs = ImagePairs(ImageDataset(images(), seed=3), "inverted")
    for index in (0, 5, 11, 12, 30):
        item = pairs[index]
        torch.testing.assert_close(item["source"], 1 - item["image"])
    with pytest.raises(ConfigError, match=r"data\.source"):
        ImagePairs(ImageDataset(images()), "nothing")


@pytest.mark.parametrize("labels", [(None, None), ((0, 2), (1,))])
def test_domains_share_no_picture(labels: tuple) -> None:
    domains = ImageDomains(
        images(), transforms=("same", "same"), labels_a=labels[0], labels_b=labels[1], seed=1
    )
    items = [domains[index] for index in range(60)]
    first, second = ([number(item[f"image_{side}"]) for item in items] for side in "ab")
    assert not set(first) & set(second)
    assert set(first) | set(second) == set(range(12))
    if labels[0]:
        assert {n % 3 for n in first} == {0, 2}
        assert {n % 3 for n in second} == {1}


def test_the_orders_of_the_domains_have_nothing_to_do_with_each_other() -> None:
    domains = ImageDomains(images(40), transforms=("same", "same"), seed=0)
    epochs = [
        [(number(item["image_a"]) // 2, number(item["image_b"]) // 2) for item in some]
        for some in ([domains[i] for i in range(start, start + 20)] for start in (0, 20))
    ]
    for epoch in epochs:
        assert sorted(a for a, _ in epoch) == sorted(b for _, b in epoch) == list(range(20))
        assert sum(a == b for a, b in epoch) < 6  # one is to be expected
    partners = [dict(epoch) for epoch in epochs]
    assert sum(partners[0][a] == partners[1][a] for a in range(20)) < 6


def test_domains_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"share \[1\]"):
        ImageDomains(images(), labels_a=[0, 1], labels_b=[1, 2])
    with pytest.raises(ConfigError, match="or neither"):
        ImageDomains(images(), labels_a=[0])
    with pytest.raises(DataError, match="empty"):
        ImageDomains(images(), labels_a=[0], labels_b=[7])
    with pytest.raises(ConfigError, match=r"data\.transforms"):
        ImageDomains(images(), transforms=("same", "what"))


def test_holes_are_rectangles_inside() -> None:
    known = random_holes(200, 8, 12, generator=torch.Generator().manual_seed(0))
    assert known.shape == (200, 1, 8, 12)
    corners = set()
    for mask in ~known[:, 0]:
        rows, columns = mask.any(1).nonzero().flatten(), mask.any(0).nonzero().flatten()
        height, width = int(rows[-1] - rows[0]) + 1, int(columns[-1] - columns[0]) + 1
        assert int(mask.sum()) == height * width  # a full rectangle
        assert 2 <= height <= 4
        assert 3 <= width <= 6
        corners.add((int(rows[0]), int(columns[0])))
    assert {row for row, _ in corners} == set(range(7))
    assert {column for _, column in corners} == set(range(10))
    tiny = random_holes(50, 1, 1, generator=torch.Generator().manual_seed(0))
    assert not tiny.any()
