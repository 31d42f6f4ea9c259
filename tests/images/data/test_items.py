"""Items of images are functions of their number; binarised pixels have the right probability."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from speechgen.errors import ConfigError
from speechgen.images.data.dataset import ImageSet, digits
from speechgen.images.data.items import ImageDataset, evaluation_batch, tint


def grey(level: int, count: int = 400) -> ImageSet:
    return ImageSet(np.full((count, 1, 6, 6), level, np.uint8), np.zeros(count, np.int64))


def test_an_epoch_has_every_image_once_and_the_next_one_has_another_order() -> None:
    dataset = ImageDataset(digits().take(slice(50)), seed=3)
    orders = [[dataset.example(50 * epoch + place) for place in range(50)] for epoch in (0, 1)]
    assert [sorted(order) for order in orders] == [list(range(50))] * 2
    assert orders[0] != orders[1]


@pytest.mark.parametrize("binarise", ["none", "threshold", "static", "dynamic"])
@pytest.mark.parametrize("tinted", [False, True])
def test_an_item_depends_on_its_number_alone(binarise: str, tinted: bool) -> None:
    dataset = ImageDataset(digits().take(slice(30)), binarise=binarise, tinted=tinted, seed=1)
    again = ImageDataset(digits().take(slice(30)), binarise=binarise, tinted=tinted, seed=1)
    together = again.__getitems__([61, 7, 35])
    for place, index in enumerate([61, 7, 35]):
        assert torch.equal(dataset[index]["image"], together[place]["image"])
        assert dataset[index]["image"].shape == dataset.image_shape
        assert dataset[index]["label"] == together[place]["label"]


def test_static_draws_stay_and_dynamic_ones_change_from_epoch_to_epoch() -> None:
    for binarise, stays in (("static", True), ("dynamic", False)):
        dataset = ImageDataset(grey(100, 1), binarise=binarise)
        assert torch.equal(dataset[0]["image"], dataset[1]["image"]) is stays


@pytest.mark.parametrize("level", [0, 60, 128, 255])
def test_pixels_are_white_as_often_as_they_are_bright(level: int) -> None:
    for binarise in ("static", "dynamic"):
        images = evaluation_batch(grey(level), binarise=binarise)["image"]
        assert set(images.unique().tolist()) <= {0.0, 1.0}
        p = level / 255
        error = 4 * (p * (1 - p) / images.numel()) ** 0.5
        assert abs(float(images.mean()) - p) <= error
        # of one pixel over images, and of one image over pixels
        for axis in (0, (1, 2, 3)):
            spread = images.mean(dim=axis).std()
            count = len(images) if axis == 0 else images[0].numel()
            assert spread == pytest.approx((p * (1 - p) / count) ** 0.5, rel=0.35, abs=1e-9)


def test_scoring_sees_the_static_draw_that_training_would() -> None:
    images = digits().take(slice(20))
    scored = evaluation_batch(images, binarise="static")["image"]
    dataset = ImageDataset(images, binarise="static", seed=9)
    for index in range(20):
        assert torch.equal(dataset[index]["image"], scored[dataset.example(index)])
    assert not torch.equal(scored, evaluation_batch(images, binarise="dynamic")["image"])


def test_ink_has_a_colour_and_paper_none() -> None:
    picture = digits().images[0].astype(np.float32) / 255
    coloured = tint(picture, 5)
    assert coloured.shape == (3, 8, 8)
    np.testing.assert_allclose(coloured.max(axis=0), picture[0], atol=1e-6)
    assert not np.allclose(coloured[0], coloured[1])


def test_unknown_binarisations_and_coloured_images_to_tint_are_refused() -> None:
    with pytest.raises(ConfigError, match="binarise"):
        ImageDataset(digits(), binarise="twice")
    with pytest.raises(ConfigError, match="channels"):
        ImageDataset(ImageSet(np.zeros((2, 3, 4, 4), np.uint8), np.zeros(2, int)), tinted=True)
