"""One model of images against held-out ones: nats, and what an independent classifier says."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from speechgen import registry
from speechgen.errors import ModelError
from speechgen.evaluation.provenance import make_context
from speechgen.files import portable
from speechgen.images.data.dataset import ImageSet, load_images
from speechgen.images.data.items import check_binarisation, evaluation_batch
from speechgen.images.sampling.draw import (
    can,
    check_labels,
    device_of,
    fitting_batch,
    generator_of,
    sample_images,
)
from speechgen.images.scoring.pixel_tasks import bits_per_dim
from speechgen.images.scoring.tasks import task_scores
from speechgen.metrics import bootstrap_interval
from speechgen.metrics.generation import classifier_score, frechet_distance
from speechgen.store import load_model, locate
from speechgen.variational import importance_bound

Progress = Callable[[int, int], None]
_BATCH = 128


def score_images(
    model: str | Path | None,
    data: str | Path,
    *,
    system: str = "",
    binarise: str = "none",
    judge: str | Path | None = None,
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
        judged, grey values being the probability of white. Nats of a model of other images (grey
        ones, or of another size) cannot be compared and are called ``own_nll_nats``.
    judge
        A classifier with ``features``; None leaves the samples unjudged.
    reference
        Images (``.npz``) that samples should be like; ``data`` if not given.
    num_images
        At most so many held-out images for the likelihood.
    num_samples
        How many images to draw for the judge.
    importance_samples
        Draws of the posterior for each image, of models with latents.
    """
    check_binarisation(binarise)
    started = time.monotonic()
    held_out = load_images(data)
    mean: dict[str, float | None] = {}
    intervals: dict[str, Any] = {}
    facts: dict[str, Any] = {}
    samples: Tensor | None = None
    labels: Tensor | None = None
    if model is None:
        again = np.arange(num_samples) % len(held_out)
        samples = evaluation_batch(held_out)["image"][again]
        labels = torch.from_numpy(held_out.labels)[again]
    else:
        directory = locate(model)
        loaded = load_model(directory, device=device)
        network: Any = loaded.model.eval()
        told = loaded.config.training.get("data") or {}
        trained_on = told.get("binarise") or binarise
        shown = held_out if num_images is None else held_out.take(slice(num_images))
        comparable = _is_binary(trained_on) == _is_binary(binarise)
        comparable = comparable and tuple(network.image_shape) == held_out.image_shape
        batch = fitting_batch(network, shown, binarise if comparable else trained_on)
        estimate = likelihood_estimate(
            network, batch, importance_samples=importance_samples, seed=seed, progress=progress
        )
        if estimate is not None:
            values, facts = estimate
            facts["images"] = len(shown)
            for name, nats in values.items():
                name = name if comparable else f"own_{name}"
                intervals[name] = _interval(nats)
                mean[name] = intervals[name]["mean"]
            if comparable:
                mean["bits_per_dim"] = bits_per_dim(
                    intervals["nll_nats"]["mean"], network.image_shape
                )
        plain = fitting_batch(network, shown, told.get("binarise") or "none")
        mean |= task_scores(network, plain, told)
        if judge is not None and can(network, "sample"):
            labels = check_labels(network, None, num_samples)
            samples = sample_images(
                network, num_samples, seed=seed, labels=labels, progress=progress
            )
        facts |= model_facts(network, directory)
    if judge is not None and samples is not None:
        like = load_images(reference if reference is not None else data)
        mean |= judged(judge, samples, labels, like, binarise=binarise, device=device)
    context = make_context(
        "images", data=data, started=started, system=system, model=model, seed=seed,
        estimator=facts.pop("estimator", "none"), binarisation=binarise,
        num_samples=None if samples is None else len(samples),
        judge=judge and portable(str(judge)), **facts,
    )  # fmt: skip
    return {"mean": mean, "files": {}, "failed": {}, "intervals": intervals, "context": context}


def _interval(nats: np.ndarray) -> dict[str, float]:
    low, high = bootstrap_interval(nats)
    return {"mean": float(nats.mean()), "low": low, "high": high, "utterances": len(nats)}


def _is_binary(how: str) -> bool:
    return how != "none"


@torch.no_grad()
def likelihood_estimate(
    network: Any,
    batch: dict[str, Tensor],
    *,
    importance_samples: int,
    seed: int,
    progress: Progress | None = None,
) -> tuple[dict[str, np.ndarray], dict[str, Any]] | None:
    """Nats of every image and how they were got; None of a model without a likelihood.

    Returns
    -------
    tuple
        ``nll_nats`` (and ``negative_elbo_nats`` of models with latents), arrays (image,); and the
        estimator's name.
    """
    labels = check_labels(network, batch["label"], len(batch["image"])) if getattr(
        network, "num_classes", 0
    ) else None  # fmt: skip
    device = device_of(network)
    parts: dict[str, list[Tensor]] = {}
    if can(network, "log_prob"):
        exact = getattr(network, "is_exact", True)
        name = "exact" if exact else "log Z by annealed importance sampling"

        def values(images: Tensor, given: tuple[Tensor, ...]) -> dict[str, Tensor]:
            return {"nll_nats": -network.log_prob(images, *given)}

    elif can(network, "log_weights"):
        name = f"importance sampling, {importance_samples} draws of the posterior (a bound)"
        generator = generator_of(seed)

        def values(images: Tensor, given: tuple[Tensor, ...]) -> dict[str, Tensor]:
            weights = network.log_weights(
                images, *given, num_samples=importance_samples, generator=generator
            )
            return {
                "nll_nats": -importance_bound(weights),
                "negative_elbo_nats": -weights.mean(dim=0),
            }

    else:
        return None
    # latents multiply the batch by the number of draws
    size = _BATCH if can(network, "log_prob") else max(1, 4096 // importance_samples)
    total = len(batch["image"])
    for start in range(0, total, size):
        chosen = slice(start, start + size)
        given = () if labels is None else (labels[chosen].to(device),)
        for key, nats in values(batch["image"][chosen].to(device), given).items():
            parts.setdefault(key, []).append(nats.double().cpu())
        if progress:
            progress(min(start + size, total), total)
    return {key: torch.cat(some).numpy() for key, some in parts.items()}, {"estimator": name}


@torch.no_grad()
def judged(
    judge: str | Path,
    samples: Tensor,
    labels: Tensor | None,
    like: ImageSet,
    *,
    binarise: str,
    device: str = "auto",
) -> dict[str, float]:
    """What a trained classifier says of ``samples`` (image, channel, height, width) in [0, 1].

    Samples are brought to the classifier's size, and to black and white where ``binarise`` is not
    "none". The distance is to as many images of ``like``.
    """
    classifier: Any = load_model(locate(judge), device=device).model
    classifier.eval()
    if not can(classifier, "features"):
        raise ModelError(f"{judge}: a {type(classifier).__name__} has no features to judge by")
    channel, height, width = classifier.image_shape
    real = fitting_batch(classifier, like, binarise)["image"]
    if samples.shape[1] > channel:
        samples = samples.amax(dim=1, keepdim=True)  # the ink, whatever its colour
    if samples.shape[2:] != (height, width):
        samples = interpolate(
            samples, (height, width), mode="bicubic", align_corners=False, antialias=True
        ).clamp(0.0, 1.0)
    if binarise == "threshold":
        samples = (samples >= 0.5).float()
    elif binarise != "none":
        samples = torch.bernoulli(samples, generator=generator_of(1))
    made = _features(classifier, samples)
    count = min(len(real), len(samples))
    chosen = np.random.default_rng(0).permutation(len(real))[:count]
    there = _features(classifier, real[torch.from_numpy(chosen)])
    result = {
        "classifier_score": classifier_score(made["probabilities"]),
        "frechet_distance": frechet_distance(made["features"][:count], there["features"]),
    }
    if labels is not None:
        right = made["probabilities"].argmax(axis=1) == labels.cpu().numpy()
        result["label_accuracy"] = float(right.mean())
    return result


def _features(classifier: Any, images: Tensor) -> dict[str, np.ndarray]:
    device = next(classifier.parameters()).device
    features, probabilities = [], []
    for part in images.split(_BATCH):
        part = part.to(device)
        features.append(classifier.features(part).double().cpu())
        probabilities.append(torch.softmax(classifier(part).double(), dim=1).cpu())
    return {"features": torch.cat(features).numpy(),
            "probabilities": torch.cat(probabilities).numpy()}  # fmt: skip


def model_facts(network: Any, directory: Path) -> dict[str, Any]:
    """Family, paper and size of a model, for the tables."""
    from speechgen.store import read_config

    entry = registry.find(read_config(directory).name)
    return {
        "family": ", ".join(entry.family),
        "paper": entry.paper,
        "weights": sum(parameter.numel() for parameter in network.parameters()),
    }
