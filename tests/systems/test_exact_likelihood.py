"""The exact log-likelihood is what is trained and reported: nats, and bits per dimension."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest
import torch

from speechgen.images.scoring.pixel_tasks import bits_per_dim, image_log_prob
from speechgen.images.training.pixel_likelihood import PixelLikelihoodObjective
from speechgen.likelihood import nats_to_bits
from speechgen.training.loop.optimisation import OptimizerSettings
from speechgen.training.loop.validation import Validation
from tests.images.models.autoregressive.pixel_networks import SMALL, stirred

EXPERIMENTS = (*SMALL, "wavenet_mel")


@pytest.mark.parametrize("experiment", list(SMALL))
def test_nats_do_not_hang_on_the_batch(configured, experiment):
    network = stirred(configured(experiment, image_shape=[1, 3, 4], **SMALL[experiment]))
    images = torch.randint(0, 2, (7, 1, 3, 4)).double()
    whole = image_log_prob(network, images)
    for size in (1, 3, 7):  # 3 leaves a last batch of one
        torch.testing.assert_close(image_log_prob(network, images, batch_size=size), whole)


def test_the_reported_number_is_the_mean_over_images(configured, tmp_path):
    """Over batches of 3, 3 and 1; what is trained is the same in nats for each value."""
    network = stirred(
        configured("gated_pixelcnn", image_shape=[1, 3, 4], **SMALL["gated_pixelcnn"])
    )
    module = PixelLikelihoodObjective(network, optimizer=OptimizerSettings())
    images = torch.randint(0, 2, (7, 1, 3, 4)).double()
    labels = torch.zeros(7, dtype=torch.long)
    batches = [
        {"image": some, "label": labels[: len(some)]} for some in images.split(3)
    ]  # the last one holds one image
    idle = SimpleNamespace()  # no average and no log are needed for the values
    validation = Validation(batches, idle, idle, every_steps=1, folder=tmp_path)
    with torch.no_grad():
        found = validation._values(module)
    nats = -image_log_prob(network, images).mean().item()
    assert found["nll_nats"] == pytest.approx(nats)
    assert found["bits_per_dim"] == pytest.approx(nats / (12 * math.log(2)))
    assert bits_per_dim(nats, (1, 3, 4)) == pytest.approx(found["bits_per_dim"])
    with torch.no_grad():
        loss = module.training_step({"image": images, "label": labels}, 0)
    assert 12 * loss.item() == pytest.approx(nats)
    assert module.values["nll_nats"].item() == pytest.approx(nats, rel=1e-5)


def test_a_wave_costs_the_sum_over_its_samples(configured):
    network = configured("wavenet_mel", stacks=1, layers_per_stack=3, classes=16).double()
    symbols = torch.randint(0, 16, (3, 30))
    with torch.no_grad():
        nats = network.likelihood.log_prob(network(symbols), symbols)
        alone = [network.likelihood.log_prob(network(one), one) for one in symbols.split(1)]
    torch.testing.assert_close(nats, torch.cat(alone))
    assert nats_to_bits(-nats.mean().item()) == pytest.approx(-nats.sum().item() / 90 / math.log(2))
