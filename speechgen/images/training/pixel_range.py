"""Numbers of validation batches of images."""

from __future__ import annotations

import torch
from torch import Tensor


def mean_psnr(generated: Tensor, images: Tensor) -> Tensor:
    """Mean over the images of their PSNR in dB, at most 100 each.

    As :func:`speechgen.metrics.images.psnr`, of tensors (batch, channel, height, width) in [0, 1].
    """
    errors = (generated - images).square().flatten(1).mean(dim=1).clamp_min(1e-10)
    return -10.0 * torch.log10(errors).mean()
