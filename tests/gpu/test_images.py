"""Models of images on a GPU: what comes out is what comes out of the CPU, and is on the CPU."""

from __future__ import annotations

import copy

import pytest
import torch

from speechgen.images.sampling.draw import (
    can,
    inpaint_images,
    interpolate_images,
    known_pixels,
    reconstruct_images,
    sample_images,
)
from speechgen.registry import build

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU"),
]
MODELS = {
    "gated_pixelcnn": {"blocks": 2, "channels": 8, "num_classes": 3},
    "pixelrnn": {},
    "vae": {"hidden": [16], "latent": 2},
    "conv_vae": {},
    "iaf_vae": {},
    "conditional_vae": {"num_classes": 3},
    "dcgan": {"channels": 8},
    "rbm": {"hidden_units": 6},
    "autoencoder": {},
}


@pytest.mark.parametrize("name", MODELS)
def test_a_gpu_makes_what_a_cpu_makes(name: str) -> None:
    torch.manual_seed(0)
    ours = build(name, {"image_shape": [1, 8, 8], **MODELS[name]}).eval()
    theirs = copy.deepcopy(ours).cuda()
    images = (torch.rand(4, 1, 8, 8) < 0.4).float()
    labels = torch.tensor([0, 1, 2, 0]) if getattr(ours, "num_classes", 0) else None
    if can(ours, "sample"):
        pairs = [sample_images(m, 4, seed=1, labels=labels) for m in (ours, theirs)]
        assert pairs[1].device.type == "cpu"
        assert (pairs[0] - pairs[1]).abs().mean() < 0.02  # a rounding may turn a pixel
    if can(ours, "inpaint"):
        known = known_pixels((1, 8, 8), "lower")
        made = inpaint_images(theirs, images, known, seed=0, labels=labels)
        assert torch.equal(made[:, :, :4], images[:, :, :4])
    if can(ours, "reconstruct"):
        pairs = [reconstruct_images(m, images, labels) for m in (ours, theirs)]
        torch.testing.assert_close(*pairs, atol=1e-3, rtol=1e-3)
    if can(ours, "latents") and can(ours, "decode"):
        half = None if labels is None else labels[:2]
        assert interpolate_images(theirs, images[:2], images[2:], 3, labels=half).shape[1] == 3
    if can(ours, "log_prob"):
        given = () if labels is None else (labels,)
        moved = () if labels is None else (labels.cuda(),)
        with torch.no_grad():
            mine, other = ours.log_prob(images, *given), theirs.log_prob(images.cuda(), *moved)
        torch.testing.assert_close(mine, other.cpu(), atol=2e-2, rtol=1e-3)
