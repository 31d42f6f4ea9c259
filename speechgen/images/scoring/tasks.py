"""What models of images are good for, in numbers."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from speechgen.images.data.pairs import transformed
from speechgen.images.models.autoregressive.pixel_network import PixelNetwork
from speechgen.images.sampling.draw import can, device_of
from speechgen.images.scoring.pixel_tasks import anomaly_auc, classify
from speechgen.metrics.images import mean_absolute_error, psnr

_FEW = 300


@torch.no_grad()
def task_scores(
    network: Any, batch: dict[str, Tensor], training_data: dict[str, Any] | None = None
) -> dict[str, float]:
    """Numbers for what ``network`` offers; names say what they are.

    Parameters
    ----------
    batch
        Held-out "image" (image, channel, height, width) and "label", of the model's size.
    training_data
        What the model's directory says of its training data.

    Returns
    -------
    dict
        ``accuracy`` of a classifier; ``psnr_db`` and ``bicubic_psnr_db`` of super-resolution;
        ``translation_mae`` of a translator, against the picture itself; ``reconstruction_mse``,
        sums over pixels; ``compressed_bits_per_pixel``. Of autoregressive models ``anomaly_auc``,
        how well a low log p finds images on their side among upright ones, and, where they know
        classes, ``bayes_accuracy``; both from the first 300 images.
    """
    training_data, device = training_data or {}, device_of(network)
    images, labels = batch["image"].to(device), batch["label"].to(device)
    if can(network, "features"):
        return {"accuracy": float((network(images).argmax(dim=1) == labels).float().mean())}
    if can(network, "super_resolve"):
        small = network.shrink(images)
        enlarged = network.super_resolve(small)
        bicubic = interpolate(small, images.shape[2:], mode="bicubic", align_corners=False)
        given = images.cpu().numpy()
        return {
            "psnr_db": psnr(given, enlarged.cpu().numpy()),
            "bicubic_psnr_db": psnr(given, bicubic.clamp(0.0, 1.0).cpu().numpy()),
        }
    if can(network, "translate"):
        if "source" not in training_data:  # without pairs there is nothing to compare with
            return {}
        sources = torch.stack(
            [transformed(training_data["source"], image) for image in batch["image"]]
        )
        translated = network.translate(sources.to(device))
        return {
            "translation_mae": mean_absolute_error(batch["image"].numpy(), translated.cpu().numpy())
        }
    scores: dict[str, float] = {}
    if isinstance(network, PixelNetwork):
        some, known = images[:_FEW], labels[:_FEW]
        scores["anomaly_auc"] = anomaly_auc(network, some, some.rot90(1, (2, 3)))
        if network.num_classes:
            scores["bayes_accuracy"] = float(
                (classify(network, some)[0].to(known.device) == known).float().mean()
            )
    if can(network, "reconstruct"):
        classes = (labels,) if getattr(network, "num_classes", 0) else ()
        copies = network.reconstruct(images, *classes)
        scores["reconstruction_mse"] = float((copies - images).square().flatten(1).sum(1).mean())
    if can(network, "compress"):
        scores["compressed_bits_per_pixel"] = 8 * len(network.compress(images)) / images.numel()
    return scores
