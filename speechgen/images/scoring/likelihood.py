"""Held-out nats of a model of images, and how they were got."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from speechgen.evaluation.summary import mean_and_interval
from speechgen.images.data.dataset import ImageSet
from speechgen.images.sampling.draw import (
    can,
    check_labels,
    device_of,
    fitting_batch,
    generator_of,
)
from speechgen.images.scoring.pixel_tasks import bits_per_dim
from speechgen.variational import importance_bound

Progress = Callable[[int, int], None]
Values = Callable[..., dict[str, Tensor]]
_BATCH = 128
_DRAWS_AT_A_TIME = 4096  # latents multiply the batch by the number of draws


def likelihood_scores(
    network: Any,
    images: ImageSet,
    *,
    binarise: str,
    trained_on: str,
    importance_samples: int,
    seed: int,
    progress: Progress | None = None,
) -> tuple[dict[str, float], dict[str, dict[str, float]], dict[str, Any]]:
    """Means over ``images``, their intervals, and facts for the context; empty without likelihood.

    Parameters
    ----------
    images
        Held-out ones.
    binarise
        How they are to be made black and white.
    trained_on
        How the model's training images were. Where these are other images, grey against binary
        ones or of another size, nats are of images like those and called ``own_nll_nats``.
    importance_samples, seed, progress
        As of :func:`likelihood_estimate`.
    """
    comparable = (trained_on == "none") == (binarise == "none")
    comparable = comparable and tuple(network.image_shape) == images.image_shape
    batch = fitting_batch(network, images, binarise if comparable else trained_on)
    estimate = likelihood_estimate(
        network, batch, importance_samples=importance_samples, seed=seed, progress=progress
    )
    if estimate is None:
        return {}, {}, {}
    values, estimator = estimate
    intervals = {
        name if comparable else f"own_{name}": mean_and_interval(nats)
        for name, nats in values.items()
    }
    mean = {name: value["mean"] for name, value in intervals.items()}
    if comparable:
        mean["bits_per_dim"] = bits_per_dim(mean["nll_nats"], network.image_shape)
    return mean, intervals, {"estimator": estimator, "images": len(images)}


@torch.no_grad()
def likelihood_estimate(
    network: Any,
    batch: dict[str, Tensor],
    *,
    importance_samples: int,
    seed: int,
    progress: Progress | None = None,
) -> tuple[dict[str, np.ndarray], str] | None:
    """Nats of every image and how they were got; None of a model without a likelihood.

    Parameters
    ----------
    batch
        "image" (image, channel, height, width) and "label" (image,).
    importance_samples
        Draws of the posterior for each image, of models with latents.
    seed
        Of these draws.
    progress
        Told how many images are done, of how many.

    Returns
    -------
    tuple
        ``nll_nats`` (and ``negative_elbo_nats`` of models with latents), arrays (image,); and the
        estimator's name.
    """
    total, device = len(batch["image"]), device_of(network)
    classes = bool(getattr(network, "num_classes", 0))
    labels = check_labels(network, batch["label"], total) if classes else None
    if can(network, "log_prob"):
        values, name, size = _log_prob(network), _name_of_log_prob(network), _BATCH
    elif can(network, "log_weights"):
        values = _bound(network, importance_samples, seed)
        name = f"importance sampling, {importance_samples} draws of the posterior (a bound)"
        size = max(1, _DRAWS_AT_A_TIME // importance_samples)
    else:
        return None
    parts: dict[str, list[Tensor]] = {}
    for start in range(0, total, size):
        chosen = slice(start, start + size)
        given = () if labels is None else (labels[chosen].to(device),)
        for key, nats in values(batch["image"][chosen].to(device), *given).items():
            parts.setdefault(key, []).append(nats.double().cpu())
        if progress:
            progress(min(start + size, total), total)
    return {key: torch.cat(some).numpy() for key, some in parts.items()}, name


def _log_prob(network: Any) -> Values:
    """Nats by the model's own log p."""
    return lambda images, *labels: {"nll_nats": -network.log_prob(images, *labels)}


def _name_of_log_prob(network: Any) -> str:
    exact = getattr(network, "is_exact", True)
    return "exact" if exact else "log Z by annealed importance sampling"


def _bound(network: Any, importance_samples: int, seed: int) -> Values:
    """The importance-sampled bound on the nats, and the negative ELBO from the same draws."""
    generator = generator_of(seed)

    def values(images: Tensor, *labels: Tensor) -> dict[str, Tensor]:
        weights = network.log_weights(
            images, *labels, num_samples=importance_samples, generator=generator
        )
        return {"nll_nats": -importance_bound(weights), "negative_elbo_nats": -weights.mean(dim=0)}

    return values
