"""MetricGAN's discriminator: inputs, invariances, and that it can learn an order."""

from __future__ import annotations

import torch

from speechgen.adversarial.metric import metric_discriminator_loss
from speechgen.models.spectral.metric_discriminator import MetricDiscriminator

SMALL = {"channels": (4, 8), "kernel_size": 3, "bands": 20}


def test_the_contract_of_discriminators() -> None:
    network = MetricDiscriminator(**SMALL)
    logits, features = network(torch.randn(3, 2, 4000))
    assert [one.shape for one in logits] == [(3, 1)]
    assert len(features) == 1
    assert [one.shape[1] for one in features[0]] == [4, 8]


def test_the_level_of_a_pair_does_not_matter() -> None:
    network = MetricDiscriminator(**SMALL).eval()
    pairs = torch.randn(2, 2, 4000)
    (before,), _ = network(pairs)
    (after,), _ = network(0.1 * pairs)
    torch.testing.assert_close(after, before, atol=1e-3, rtol=1e-3)


def test_examples_are_independent() -> None:
    network = MetricDiscriminator(**SMALL).eval()
    pairs = torch.randn(3, 2, 4000)
    (together,), _ = network(pairs)
    (alone,), _ = network(pairs[1:2])
    torch.testing.assert_close(together[1:2], alone, atol=1e-5, rtol=1e-5)


def test_it_learns_that_more_noise_is_worse() -> None:
    network = MetricDiscriminator(**SMALL)
    optimizer = torch.optim.Adam(network.parameters(), 3e-3)
    generator = torch.Generator().manual_seed(0)

    def batch() -> tuple[torch.Tensor, torch.Tensor]:
        speech = torch.randn(8, 1, 4000, generator=generator)
        speech = speech * torch.rand(8, 1, 1, generator=generator).add(0.1)
        noise = torch.rand(8, 1, 1, generator=generator)
        estimate = speech + noise * speech.std(-1, keepdim=True) * torch.randn(
            speech.shape, generator=generator
        )
        return torch.cat([estimate, speech], dim=1), 1.0 - noise.flatten()

    for _ in range(60):
        pairs, scores = batch()
        (logits,), _ = network(pairs)
        optimizer.zero_grad()
        metric_discriminator_loss(logits, scores).backward()
        optimizer.step()
    pairs, scores = batch()
    (logits,), _ = network(pairs)
    together = torch.stack([logits.flatten(), scores])
    assert torch.corrcoef(together)[0, 1] > 0.8
