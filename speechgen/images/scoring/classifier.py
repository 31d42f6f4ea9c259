"""What an independent classifier says of samples: sure of which classes, like which images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from speechgen.errors import ModelError
from speechgen.images.data.dataset import ImageSet
from speechgen.images.sampling.draw import can, fitting_batch, generator_of
from speechgen.metrics.generation import classifier_score, frechet_distance
from speechgen.store import load_model, locate

_BATCH = 128


@torch.no_grad()
def classifier_scores(
    classifier: str | Path,
    samples: Tensor,
    labels: Tensor | None,
    like: ImageSet,
    *,
    binarise: str,
    device: str = "auto",
) -> dict[str, float]:
    """Classifier score, Fréchet distance and, of a model with classes, label accuracy.

    Parameters
    ----------
    classifier
        Directory of a trained classifier with ``features``.
    samples
        (image, channel, height, width) in [0, 1]. They are brought to the classifier's size, and to
        black and white where ``binarise`` is not "none".
    labels
        (image,): the classes that were asked for; None where there are none.
    like
        Real images; the distance is to as many of them as there are samples.

    Raises
    ------
    ModelError
        The classifier has no features.
    """
    network: Any = load_model(locate(classifier), device=device).model
    network.eval()
    if not can(network, "features"):
        raise ModelError(f"{classifier}: a {type(network).__name__} has no features to compare")
    real = fitting_batch(network, like, binarise)["image"]
    drawn = _features(network, _fitted(network, samples, binarise))
    count = min(len(real), len(samples))
    chosen = np.random.default_rng(0).permutation(len(real))[:count]
    there = _features(network, real[torch.from_numpy(chosen)])
    scores = {
        "classifier_score": classifier_score(drawn["probabilities"]),
        "frechet_distance": frechet_distance(drawn["features"][:count], there["features"]),
    }
    if labels is not None:
        right = drawn["probabilities"].argmax(axis=1) == labels.cpu().numpy()
        scores["label_accuracy"] = float(right.mean())
    return scores


def _fitted(network: Any, samples: Tensor, binarise: str) -> Tensor:
    """Samples as ``network`` takes images: its channels and size, black and white if so asked."""
    channels, *size = network.image_shape
    if samples.shape[1] > channels:
        samples = samples.amax(dim=1, keepdim=True)  # the ink, whatever its colour
    if list(samples.shape[2:]) != size:
        samples = interpolate(
            samples, size, mode="bicubic", align_corners=False, antialias=True
        ).clamp(0.0, 1.0)
    if binarise == "threshold":
        return (samples >= 0.5).float()
    if binarise != "none":
        return torch.bernoulli(samples, generator=generator_of(1))
    return samples


def _features(network: Any, images: Tensor) -> dict[str, np.ndarray]:
    """Features (image, feature) and probabilities (image, class) of ``images``."""
    device = next(network.parameters()).device
    features, probabilities = [], []
    for part in images.split(_BATCH):
        part = part.to(device)
        features.append(network.features(part).double().cpu())
        probabilities.append(torch.softmax(network(part).double(), dim=1).cpu())
    return {
        "features": torch.cat(features).numpy(),
        "probabilities": torch.cat(probabilities).numpy(),
    }
