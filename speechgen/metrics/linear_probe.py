"""A linear classifier of vectors: what they tell, and what they ought not to tell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from speechgen.errors import DataError

_DECAY = 1e-3  # of the squared weights
_STEPS = 100


@dataclass(frozen=True)
class LinearProbe:
    """Multinomial logistic regression that was fitted by :func:`fit_probe`.

    Attributes
    ----------
    mean, deviation
        (feature,) of the vectors it was fitted to.
    weight, bias
        (feature, label) and (label,), of vectors at unit deviation.
    """

    mean: NDArray[np.floating]
    deviation: NDArray[np.floating]
    weight: NDArray[np.floating]
    bias: NDArray[np.floating]

    def labels(self, vectors: NDArray[np.floating]) -> NDArray[np.integer]:
        """The likeliest label of each vector (example, feature)."""
        scaled = (vectors - self.mean) / self.deviation
        found: NDArray[np.integer] = (scaled @ self.weight + self.bias).argmax(axis=1)
        return found


def fit_probe(
    vectors: NDArray[np.floating], labels: NDArray[np.integer], *, decay: float = _DECAY
) -> LinearProbe:
    """Fit a classifier to vectors (example, feature) with labels (example,), from 0.

    As in G. Alain, Y. Bengio, "Understanding intermediate layers using linear classifier probes",
    arXiv:1610.01644, section 3, with entries scaled to unit deviation, and trained to the end.

    Parameters
    ----------
    decay
        Of the squared weights, in nats.

    Raises
    ------
    DataError
        There is nothing to learn from.
    """
    if not len(vectors):
        raise DataError("a probe needs examples to learn from")
    mean, deviation = vectors.mean(axis=0), vectors.std(axis=0) + 1e-6
    inputs = torch.from_numpy(((vectors - mean) / deviation).astype(np.float64))
    wanted = torch.from_numpy(labels.astype(np.int64))
    weight = torch.zeros(inputs.shape[1], int(labels.max()) + 1, dtype=torch.float64)
    bias = torch.zeros(weight.shape[1], dtype=torch.float64)
    weight.requires_grad_(), bias.requires_grad_()
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=_STEPS, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        fit = torch.nn.functional.cross_entropy(inputs @ weight + bias, wanted)
        value: torch.Tensor = fit + decay * weight.square().sum()
        value.backward()
        return value

    with torch.enable_grad():
        optimizer.step(loss)
    return LinearProbe(mean, deviation, weight.detach().numpy(), bias.detach().numpy())


def probe_accuracy(
    vectors: NDArray[np.floating],
    labels: NDArray[np.integer],
    test_vectors: NDArray[np.floating],
    test_labels: NDArray[np.integer],
) -> float:
    """Part of the test vectors that :func:`fit_probe` gives the right label.

    Parameters
    ----------
    vectors, test_vectors
        (example, feature).
    labels, test_labels
        (example,), from 0.

    Raises
    ------
    DataError
        There is nothing to learn from or to test.
    """
    if not len(vectors) or not len(test_vectors):
        raise DataError("a probe needs examples to learn from and others to be tested with")
    return float((fit_probe(vectors, labels).labels(test_vectors) == test_labels).mean())
