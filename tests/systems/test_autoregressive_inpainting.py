"""Inpainting pixel by pixel: known pixels stay exactly, the others are sampled given them."""

from __future__ import annotations

import pytest
import torch

from speechgen.errors import ConfigError
from speechgen.images.sampling.pixels import engines_for, sample_pixels
from tests.images.models.autoregressive.pixel_networks import MASKED, SMALL, stirred

EXPERIMENTS = tuple(SMALL)


def occluded(count, shape):
    """Random images of the network's kind, and their upper half known, with some pixels below."""
    images = torch.randint(0, 2, (count, *shape)).double()
    known = torch.zeros(count, 1, *shape[1:], dtype=torch.bool)
    known[:, :, : shape[1] // 2] = True
    known[:, :, -1, ::2] = True
    return images, known


@pytest.mark.parametrize("experiment", list(SMALL))
def test_known_pixels_stay_and_several_inpaintings_differ(configured, experiment):
    shape = (1, 6, 5)
    network = stirred(configured(experiment, image_shape=shape, **SMALL[experiment]))
    images, known = occluded(2, shape)
    drawn = {
        seed: sample_pixels(network, 2, seed=seed, images=images, known=known) for seed in (0, 1, 2)
    }
    everywhere = known.expand_as(images)
    for seed, inpainted in drawn.items():
        assert torch.equal(inpainted[everywhere], images[everywhere])
        again = sample_pixels(network, 2, seed=seed, images=images, known=known)
        assert torch.equal(again, inpainted)
    assert len({tuple(one[~everywhere].tolist()) for one in drawn.values()}) == 3


@pytest.mark.parametrize("experiment", ["gated_pixelcnn", "pixelcnnpp"])
def test_engines_inpaint_alike_in_colour(configured, experiment):
    shape = (3, 4, 3)
    network = stirred(configured(experiment, image_shape=shape, **SMALL[experiment]))
    images, known = occluded(2, shape)
    engines = engines_for(network)
    assert ("cached" in engines) == (experiment in MASKED)
    drawn = [
        sample_pixels(network, 2, seed=5, engine=engine, images=images, known=known)
        for engine in engines
    ]
    for one in drawn[1:]:
        assert torch.equal(one, drawn[0])


def test_what_lies_above_is_heeded_where_it_tells(configured):
    """A network that has learned to repeat the row above continues each image with its own row."""
    network = configured("pixelcnn", image_shape=[1, 4, 4], **SMALL["pixelcnn"])
    optimizer = torch.optim.Adam(network.parameters(), 1e-2)
    for _ in range(80):
        rows = torch.randint(0, 2, (32, 1, 1, 4)).float().expand(-1, -1, 4, -1)
        loss = -network.log_prob(rows).mean() / 16
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    images = torch.randint(0, 2, (8, 1, 1, 4)).float().expand(-1, -1, 4, -1)
    known = torch.zeros(8, 1, 4, 4, dtype=torch.bool)
    known[:, :, 0] = True
    inpainted = sample_pixels(network.eval(), 8, seed=0, images=images, known=known)
    assert (inpainted == images).float().mean() > 0.95


def test_masks_that_do_not_fit_are_refused(configured):
    network = configured("pixelcnn", image_shape=[1, 4, 4], **SMALL["pixelcnn"])
    with pytest.raises(ConfigError, match="both images and known"):
        sample_pixels(network, 1, seed=0, images=torch.zeros(1, 1, 4, 4))
    with pytest.raises(ConfigError, match="known, bool"):
        sample_pixels(
            network, 1, seed=0, images=torch.zeros(1, 1, 4, 4), known=torch.zeros(1, 1, 4, 4)
        )
