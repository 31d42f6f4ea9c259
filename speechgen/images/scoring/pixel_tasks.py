"""What an exact log p(image) is good for: numbers to compare, odd images, classes by Bayes."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from speechgen.errors import ConfigError, ModelError
from speechgen.likelihood import nats_to_bits

_BATCH = 128


@torch.no_grad()
def image_log_prob(
    model: Any, images: Tensor, labels: Tensor | None = None, *, batch_size: int = _BATCH
) -> Tensor:
    """log p(image), or log p(image | label), in nats, float64: (image,).

    Parameters
    ----------
    model
        A network with ``log_prob``.
    images
        (image, channel, height, width) in [0, 1].
    labels
        (image,) long, for networks that know classes.
    batch_size
        Images at a time; the values do not hang on it.
    """
    parts = []
    for start in range(0, len(images), batch_size):
        some = slice(start, start + batch_size)
        given = [] if labels is None else [labels[some]]
        parts.append(model.log_prob(images[some], *given).double())
    return torch.cat(parts)


def bits_per_dim(nats: float, image_shape: tuple[int, int, int]) -> float:
    """Negative log-probability of an image in nats -> bits for each of its values: nats / (D ln 2).

    >>> round(bits_per_dim(2 * math.log(2), (1, 1, 2)), 6)
    1.0
    """
    return nats_to_bits(nats) / math.prod(image_shape)


def log_joint(
    model: Any, images: Tensor, log_prior: Tensor | None = None, *, batch_size: int = _BATCH
) -> Tensor:
    """log p(image, class) = log p(class) + log p(image | class), in nats: (image, class).

    ``log_prior`` (class,) is uniform if not given.
    """
    classes = int(getattr(model, "num_classes", 0))
    if not classes:
        raise ModelError(f"a {type(model).__name__} without classes cannot tell them apart")
    if log_prior is None:
        log_prior = torch.full((classes,), -math.log(classes), dtype=torch.float64)
    if log_prior.shape != (classes,):
        raise ConfigError(f"log_prior must have {classes} values, not {tuple(log_prior.shape)}")
    columns = [
        image_log_prob(model, images, torch.full((len(images),), label), batch_size=batch_size)
        for label in range(classes)
    ]
    return torch.stack(columns, dim=1) + log_prior


def classify(
    model: Any, images: Tensor, log_prior: Tensor | None = None, *, batch_size: int = _BATCH
) -> tuple[Tensor, Tensor]:
    """By Bayes' rule: the likeliest classes (image,), and p(class | image), (image, class)."""
    joint = log_joint(model, images, log_prior, batch_size=batch_size)
    return joint.argmax(dim=1), torch.softmax(joint, dim=1)


def area_under_roc(usual: Tensor, odd: Tensor) -> float:
    """How often a score of ``usual`` lies above one of ``odd``; ties count as one half.

    That is the area under the curve of a detector that calls low scores odd: 0.5 is chance.
    """
    if not len(usual) or not len(odd):
        raise ConfigError("two sets of scores are needed, and neither may be empty")
    order = torch.cat([odd, usual]).double().sort()
    values, counts = order.values.unique_consecutive(return_counts=True)
    ends = counts.cumsum(0)
    ranks = ends - (counts - 1) / 2  # 1 for the least; those of ties are their mean
    places = torch.searchsorted(values, usual.double())
    total = ranks[places].sum() - len(usual) * (len(usual) + 1) / 2
    return float(total / (len(usual) * len(odd)))


def anomaly_auc(model: Any, usual: Tensor, odd: Tensor, *, batch_size: int = _BATCH) -> float:
    """Area under the curve of telling ``odd`` images from ``usual`` ones by a low log p.

    For a model with classes, log p is that of the image whatever its class.
    """
    scores = [
        torch.logsumexp(log_joint(model, images, batch_size=batch_size), dim=1)
        if getattr(model, "num_classes", 0)
        else image_log_prob(model, images, batch_size=batch_size)
        for images in (usual, odd)
    ]
    return area_under_roc(*scores)
