"""Measures of images by hand, and structural similarity by its definition."""

from __future__ import annotations

import math

import numpy as np
import pytest

from speechgen.metrics.images import mean_absolute_error, psnr, ssim


def test_psnr_by_hand() -> None:
    black, grey = np.zeros((1, 4, 4)), np.full((1, 4, 4), 0.1)
    assert psnr(black, grey) == pytest.approx(20.0)
    assert psnr(255 * black, 255 * grey, peak=255.0) == pytest.approx(20.0)
    assert math.isinf(psnr(grey, grey))
    assert mean_absolute_error(black, grey) == pytest.approx(0.1)


def test_ssim_of_constant_images_is_the_luminance_term() -> None:
    x, y = np.full((1, 12, 12), 0.4), np.full((1, 12, 12), 0.6)
    expected = (2 * 0.4 * 0.6 + 1e-4) / (0.4**2 + 0.6**2 + 1e-4)
    assert ssim(x, y) == pytest.approx(expected, abs=1e-9)


def test_ssim_falls_with_noise_and_with_lost_structure() -> None:
    rng = np.random.default_rng(0)
    image = rng.random((3, 16, 16))
    assert ssim(image, image) == pytest.approx(1.0)
    little, much = (image + s * rng.standard_normal(image.shape) for s in (0.05, 0.5))
    assert 1 > ssim(image, little) > ssim(image, much)
    assert ssim(image, 1 - image) < 0


def test_images_of_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot be compared"):
        psnr(np.zeros((1, 2, 2)), np.zeros((1, 2, 3)))
