"""The joint model p(image, label) = p(label) p(image | label), and classes by Bayes' rule."""

from __future__ import annotations

import math

import pytest
import torch

from speechgen.images.data.dataset import digits
from speechgen.images.scoring.pixel_tasks import anomaly_auc, area_under_roc, classify, log_joint
from tests.images.models.autoregressive.pixel_networks import SMALL, all_images, stirred

EXPERIMENTS = ("gated_pixelcnn",)


def test_images_and_labels_together_sum_to_one(configured):
    arguments = SMALL["gated_pixelcnn"] | {"image_shape": [1, 2, 3], "num_classes": 3}
    network = stirred(configured("gated_pixelcnn", **arguments))
    images = all_images((1, 2, 3))
    log_prior = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64).log()
    joint = log_joint(network, images, log_prior)
    assert joint.exp().sum().item() == pytest.approx(1.0, abs=1e-9)
    torch.testing.assert_close(joint.exp().sum(dim=0), log_prior.exp())
    label = torch.full((64,), 1)
    torch.testing.assert_close(
        joint[:, 1], math.log(0.3) + network.log_prob(images, label).detach(), rtol=1e-6, atol=1e-6
    )
    best, posterior = classify(network, images, log_prior)
    torch.testing.assert_close(posterior, joint.exp() / joint.exp().sum(dim=1, keepdim=True))
    assert torch.equal(best, joint.argmax(dim=1))


def learned(configured, images, labels, classes):
    """A few steps of maximum likelihood."""
    network = configured(
        "gated_pixelcnn", image_shape=[1, 8, 8], num_classes=classes, blocks=3, channels=12
    )
    optimizer = torch.optim.Adam(network.parameters(), 1e-2)
    for _ in range(40):
        some = torch.randint(0, len(images), (32,))
        given = [labels[some]] if classes else []
        loss = -network.log_prob(images[some], *given).mean() / 64
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return network.eval()


def black_and_white():
    data = digits()
    return (torch.from_numpy(data.images).float() / 255).round(), torch.from_numpy(data.labels)


def test_bayes_tells_digits_apart(configured):
    images, labels = black_and_white()
    chosen = labels < 3
    images, labels = images[chosen], labels[chosen]
    network = learned(configured, images[200:], labels[200:], 3)
    found, _ = classify(network, images[:200])
    assert (found == labels[:200]).float().mean() > 0.6  # chance is 0.33


def test_a_low_log_p_finds_what_is_odd(configured):
    images, labels = black_and_white()
    zeros = images[labels == 0]
    network = learned(configured, zeros[40:], None, 0)
    assert anomaly_auc(network, zeros[:40], images[labels == 1][:40]) > 0.9


def test_the_area_under_the_curve_by_hand():
    usual, odd = torch.tensor([3.0, 2.0, 2.0]), torch.tensor([1.0, 2.0])
    # pairs: 3 is above both; each 2 is above 1 and ties with 2
    assert area_under_roc(usual, odd) == pytest.approx((2 + 1.5 + 1.5) / 6)
    assert area_under_roc(odd, usual) == pytest.approx(1 - 5 / 6)
