"""Image similarity: PSNR, SSIM, absolute error; arrays of any shape in [0, 1] in, numbers out."""

from __future__ import annotations

import numpy as np

_SSIM_RADIUS = 5  # of the window, 11 pixels wide
_SSIM_SIGMA = 1.5


def psnr(reference: np.ndarray, estimate: np.ndarray, *, peak: float = 1.0) -> float:
    """Peak signal-to-noise ratio in dB, 10 log10(peak^2 / mean square error); higher is better.

    Infinite where the two are equal. Of a set of images take the mean of theirs.

    Raises
    ------
    ValueError
        The shapes differ.
    """
    error = np.mean(np.square(_difference(reference, estimate)))
    return float("inf") if error == 0 else float(10.0 * np.log10(peak**2 / error))


def mean_absolute_error(reference: np.ndarray, estimate: np.ndarray) -> float:
    """Mean absolute difference of the values; lower is better."""
    return float(np.mean(np.abs(_difference(reference, estimate))))


def ssim(reference: np.ndarray, estimate: np.ndarray, *, peak: float = 1.0) -> float:
    """Structural similarity of two images (channel, height, width), at most 1; higher is better.

    Z. Wang et al. 2004 (doi:10.1109/TIP.2003.819861), equation 13 with a Gaussian window of 11
    pixels and sigma 1.5, averaged over all places and channels. Borders are mirrored, so that small
    images can be measured too.
    """
    _difference(reference, estimate)
    x, y = (np.asarray(one, np.float64) for one in (reference, estimate))
    steadiness = ((0.01 * peak) ** 2, (0.03 * peak) ** 2)
    mean_x, mean_y = _smooth(x), _smooth(y)
    var_x, var_y = _smooth(x * x) - mean_x**2, _smooth(y * y) - mean_y**2
    covariance = _smooth(x * y) - mean_x * mean_y
    luminance = (2 * mean_x * mean_y + steadiness[0]) / (mean_x**2 + mean_y**2 + steadiness[0])
    structure = (2 * covariance + steadiness[1]) / (var_x + var_y + steadiness[1])
    return float(np.mean(luminance * structure))


def _difference(reference: np.ndarray, estimate: np.ndarray) -> np.ndarray:
    if np.shape(reference) != np.shape(estimate):
        raise ValueError(
            f"images of {np.shape(reference)} and {np.shape(estimate)} cannot be compared"
        )
    return np.asarray(reference, np.float64) - np.asarray(estimate, np.float64)


def _smooth(image: np.ndarray) -> np.ndarray:
    from scipy.ndimage import gaussian_filter

    sigma = (0.0,) * (image.ndim - 2) + (_SSIM_SIGMA, _SSIM_SIGMA)
    smoothed: np.ndarray = gaussian_filter(
        image, sigma, mode="reflect", truncate=_SSIM_RADIUS / _SSIM_SIGMA
    )
    return smoothed
