"""Conditional GAN: D(x given y) and G(z given y)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from speechgen.images.data.dataset import digits

EXPERIMENTS = ("conditional_gan",)
CLASSES = 3


def batches(count: int) -> list[dict[str, torch.Tensor]]:
    """Digits 0, 1 and 2 from the first 1,000; the others are the classifier's."""
    data = digits().take(slice(1000))
    images, labels = torch.from_numpy(data.images).float() / 255, torch.from_numpy(data.labels)
    images, labels = images[labels < CLASSES], labels[labels < CLASSES]
    stream = torch.Generator().manual_seed(0)
    picks = [torch.randint(len(images), (32,), generator=stream) for _ in range(count)]
    return [{"image": images[pick], "label": labels[pick]} for pick in picks]


def test_swapping_the_class_changes_the_image(configured: Callable[..., Any]) -> None:
    network = configured("conditional_gan", image_shape=[1, 8, 8], channels=4).eval()
    latents = network.draw(5, generator=torch.Generator().manual_seed(0))
    images = [network.decode(latents, torch.full((5,), label)) for label in range(10)]
    for one in range(10):
        for other in range(one):
            assert ((images[one] - images[other]).flatten(1).abs().amax(1) > 1e-5).all()


def test_a_held_out_classifier_recovers_the_labels(
    configured: Callable[..., Any], played: Callable[..., Any]
) -> None:
    from sklearn.linear_model import LogisticRegression

    network = configured(
        "conditional_gan", image_shape=[1, 8, 8], channels=16, smallest=2, num_classes=CLASSES
    )
    discriminator = {"name": "dcgan_discriminator", "arguments": {"channels": 16}}
    gan = played("conditional_gan", network, batches(120), discriminator=discriminator)
    assert gan.discriminator.num_classes == CLASSES
    rest = digits().take(slice(1000, None))
    own = rest.labels < CLASSES
    classifier = LogisticRegression(max_iter=200)
    classifier.fit(rest.images[own].reshape(own.sum(), -1) / 255.0, rest.labels[own])
    labels = torch.arange(150) % CLASSES
    with torch.no_grad():
        images = network.eval().sample(
            150, generator=torch.Generator().manual_seed(0), labels=labels
        )
    found = classifier.predict(images.flatten(1).numpy())
    assert (found == labels.numpy()).mean() > 0.7  # chance is a third
