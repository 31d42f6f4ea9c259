"""How well a linear classifier tells from vectors what they ought not to tell."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from speechgen.errors import DataError

_DECAY = 1e-3  # of the squared weights
_STEPS = 100


def probe_accuracy(
    vectors: NDArray[np.floating],
    labels: NDArray[np.integer],
    test_vectors: NDArray[np.floating],
    test_labels: NDArray[np.integer],
) -> float:
    """Part of the test vectors that multinomial logistic regression gives the right label.

    As in G. Alain, Y. Bengio, "Understanding intermediate layers using linear classifier probes",
    arXiv:1610.01644, section 3, with entries scaled to unit deviation, and trained to the end.

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
    mean, deviation = vectors.mean(axis=0), vectors.std(axis=0) + 1e-6
    inputs, tests = (
        torch.from_numpy(((rows - mean) / deviation).astype(np.float64))
        for rows in (vectors, test_vectors)
    )
    wanted = torch.from_numpy(labels.astype(np.int64))
    weight = torch.zeros(inputs.shape[1], int(labels.max()) + 1, dtype=torch.float64)
    bias = torch.zeros(weight.shape[1], dtype=torch.float64)
    weight.requires_grad_(), bias.requires_grad_()
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=_STEPS, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        fit = torch.nn.functional.cross_entropy(inputs @ weight + bias, wanted)
        value: torch.Tensor = fit + _DECAY * weight.square().sum()
        value.backward()
        return value

    with torch.enable_grad():
        optimizer.step(loss)
    found = (tests @ weight.detach() + bias.detach()).argmax(dim=1).numpy()
    return float((found == test_labels).mean())
