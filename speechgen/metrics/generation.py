"""Quality of generated images, by a classifier's probabilities and features.

The classifier is one trained on the same kind of images, so the numbers compare systems within one
table; they are not those of the Inception network.
"""

from __future__ import annotations

import numpy as np

_SMALLEST = 1e-12


def classifier_score(probabilities: np.ndarray) -> float:
    """exp of the mean of KL(p(class | image), p(class)): from 1 to the number of classes.

    T. Salimans et al., "Improved techniques for training GANs", arXiv:1606.03498, section 4.
    High where every image is of a clear class and all classes are there.

    Parameters
    ----------
    probabilities
        (image, class), rows summing to 1.
    """
    p = np.asarray(probabilities, np.float64)
    if p.ndim != 2 or not len(p) or not np.isfinite(p).all():
        raise ValueError(f"probabilities are {p.shape}; needs finite ones, (image, class)")
    marginal = p.mean(axis=0, keepdims=True)
    ratio = np.log(p.clip(_SMALLEST)) - np.log(marginal.clip(_SMALLEST))
    return float(np.exp((p * ratio).sum(axis=1).mean()))


def frechet_distance(first: np.ndarray, second: np.ndarray) -> float:
    """Squared Frechet distance of Gaussians fitted to two sets of features; 0 is the same.

    M. Heusel et al., arXiv:1706.08500, equation 6:
    |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)).

    Parameters
    ----------
    first, second
        (image, feature); two images or more each. Few images bias it upwards, so compare equal
        numbers only.
    """
    sets = [np.asarray(one, np.float64) for one in (first, second)]
    if any(one.ndim != 2 or len(one) < 2 or not np.isfinite(one).all() for one in sets):
        raise ValueError("features must be finite, (image, feature), of two images or more")
    means = [one.mean(axis=0) for one in sets]
    covariances = [np.cov(one, rowvar=False).reshape(one.shape[1], -1) for one in sets]
    # tr (C1 C2)^(1/2) from the eigenvalues of the symmetric C1^(1/2) C2 C1^(1/2)
    values, vectors = np.linalg.eigh(covariances[0])
    root = (vectors * np.sqrt(values.clip(0.0))) @ vectors.T
    middle = np.linalg.eigvalsh(root @ covariances[1] @ root)
    traces = np.trace(covariances[0]) + np.trace(covariances[1])
    distance = np.square(means[0] - means[1]).sum() + traces
    return float(max(0.0, distance - 2.0 * np.sqrt(middle.clip(0.0)).sum()))
