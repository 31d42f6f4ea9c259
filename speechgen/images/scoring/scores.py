"""One model of images against held-out ones: nats, tasks, and what a classifier says of samples."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from speechgen import registry
from speechgen.evaluation.provenance import make_context
from speechgen.files import portable
from speechgen.images.data.dataset import ImageSet, load_images
from speechgen.images.data.items import check_binarisation, evaluation_batch
from speechgen.images.sampling.draw import can, check_labels, fitting_batch, sample_images
from speechgen.images.scoring.classifier import classifier_scores
from speechgen.images.scoring.likelihood import Progress, likelihood_scores
from speechgen.images.scoring.tasks import task_scores
from speechgen.store import load_model, locate


@dataclass
class _Found:
    """What was measured of a model, and the samples a classifier is to see."""

    mean: dict[str, float] = field(default_factory=dict)
    intervals: dict[str, dict[str, float]] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    samples: Tensor | None = None
    labels: Tensor | None = None


def score_images(
    model: str | Path | None,
    data: str | Path,
    *,
    system: str = "",
    binarise: str = "none",
    classifier: str | Path | None = None,
    reference: str | Path | None = None,
    num_images: int | None = None,
    num_samples: int = 1000,
    importance_samples: int = 100,
    seed: int = 0,
    device: str = "auto",
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Held-out nats of a model where it has them, and scores of its samples.

    Parameters
    ----------
    model
        Model directory; None scores the held-out images themselves as if they were samples, each
        as often as it takes.
    data
        Held-out images (``.npz``).
    binarise
        "none", "threshold", "static" or "dynamic": how held-out images are made black and white for
        the likelihood. Where it is not "none", samples and reference are too before they are
        classified, grey values being the probability of white. Nats of a model of other images
        (grey ones, or of another size) cannot be compared and are called ``own_nll_nats``.
    classifier
        A classifier with ``features``; None leaves the samples unscored.
    reference
        Images (``.npz``) that samples should be like; ``data`` if not given.
    num_images
        At most so many held-out images for the likelihood.
    num_samples
        How many images to draw for the classifier.
    importance_samples
        Draws of the posterior for each image, of models with latents.
    """
    check_binarisation(binarise)
    started = time.monotonic()
    held_out = load_images(data)
    if model is None:
        found = _held_out_as_samples(held_out, num_samples)
    else:
        found = _measure(
            model, held_out if num_images is None else held_out.take(slice(num_images)),
            binarise=binarise, num_samples=num_samples if classifier is not None else 0,
            importance_samples=importance_samples, seed=seed, device=device, progress=progress,
        )  # fmt: skip
    if classifier is not None and found.samples is not None:
        like = load_images(reference if reference is not None else data)
        found.mean |= classifier_scores(
            classifier, found.samples, found.labels, like, binarise=binarise, device=device
        )
    context = make_context(
        "images", data=data, started=started, system=system, model=model, seed=seed,
        estimator=found.facts.pop("estimator", "none"), binarisation=binarise,
        num_samples=None if found.samples is None else len(found.samples),
        classifier=classifier and portable(str(classifier)), **found.facts,
    )  # fmt: skip
    return {
        "mean": found.mean,
        "files": {},
        "failed": {},
        "intervals": found.intervals,
        "context": context,
    }


def _held_out_as_samples(held_out: ImageSet, num_samples: int) -> _Found:
    """The held-out images in turn, as good as samples can be."""
    again = np.arange(num_samples) % len(held_out)
    return _Found(
        samples=evaluation_batch(held_out)["image"][again],
        labels=torch.from_numpy(held_out.labels)[again],
    )


def _measure(
    model: str | Path,
    images: ImageSet,
    *,
    binarise: str,
    num_samples: int,
    importance_samples: int,
    seed: int,
    device: str,
    progress: Progress | None,
) -> _Found:
    """Likelihood and tasks of a model on ``images``, and ``num_samples`` of its own if it can."""
    loaded = load_model(locate(model), device=device)
    network: Any = loaded.model.eval()
    training_data = loaded.config.training.get("data") or {}
    trained_on = training_data.get("binarise")
    found = _Found(
        *likelihood_scores(
            network, images, binarise=binarise, trained_on=trained_on or binarise,
            importance_samples=importance_samples, seed=seed, progress=progress,
        )
    )  # fmt: skip
    plain = fitting_batch(network, images, trained_on or "none")
    found.mean |= task_scores(network, plain, training_data)
    if num_samples and can(network, "sample"):
        found.labels = check_labels(network, None, num_samples)
        found.samples = sample_images(
            network, num_samples, seed=seed, labels=found.labels, progress=progress
        )
    entry = registry.find(loaded.config.name)
    found.facts |= {
        "family": ", ".join(entry.family),
        "paper": entry.paper,
        "weights": sum(parameter.numel() for parameter in network.parameters()),
    }
    return found
