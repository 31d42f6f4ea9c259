"""p(x | h): a class for images; for waves a condition at a hop, aligned to the sample, and a voice.

Text and speaking rate are local conditions too, of whatever networks make them.
"""

from __future__ import annotations

import pytest
import torch

from speechgen.errors import ModelError
from speechgen.models.wavenet.conditions import Conditions
from tests.images.models.autoregressive.pixel_networks import MASKED, SMALL, stirred

EXPERIMENTS = (*SMALL, "wavenet_mel")
HOP = 4
SIZES = {
    "stacks": 1, "layers_per_stack": 2, "classes": 5, "residual_channels": 6, "gate_channels": 8,
    "skip_channels": 32,
}  # fmt: skip


@pytest.mark.parametrize("experiment", list(SMALL))
def test_the_class_changes_log_p(configured, experiment):
    arguments = SMALL[experiment] | {"image_shape": [1, 4, 4], "num_classes": 3}
    network = stirred(configured(experiment, **arguments))
    images = torch.randint(0, 2, (2, 1, 4, 4)).double()
    with torch.no_grad():
        nats = [network.log_prob(images, torch.full((2,), label)) for label in range(3)]
    assert len({round(float(value[0]), 6) for value in nats}) == 3
    with pytest.raises(ModelError, match="needs labels"):
        network.log_prob(images)
    with pytest.raises(ModelError, match=r"\[0, 3\)"):
        network.log_prob(images, torch.tensor([0, 3]))


def test_a_network_without_classes_takes_none(configured):
    network = configured("pixelcnn", image_shape=[1, 3, 3], **SMALL["pixelcnn"])
    with pytest.raises(ModelError, match="not class-conditional"):
        network.log_prob(torch.zeros(1, 1, 3, 3), torch.tensor([0]))
    assert "pixelcnn" in MASKED


def conditioned(configured, **more):
    return stirred(configured("wavenet_mel", **SIZES, **more))


def nats_of(network, symbols, conditions):
    with torch.no_grad():
        return network.likelihood.log_prob(network(symbols, conditions), symbols)


def test_local_and_global_conditions_change_log_p(configured):
    network = conditioned(configured, local_features=3, hop_samples=HOP, speaker_features=2)
    symbols = torch.randint(0, 5, (1, 20))
    local, speaker = torch.randn(1, 3, 5).double(), torch.randn(1, 2).double()
    nats = nats_of(network, symbols, Conditions(local, speaker))
    assert (nats != nats_of(network, symbols, Conditions(local, -speaker))).all()
    assert (nats != nats_of(network, symbols, Conditions(-local, speaker))).all()
    only = conditioned(configured, speaker_features=2)
    assert (nats_of(only, symbols, Conditions(speaker=speaker))
            != nats_of(only, symbols, Conditions(speaker=-speaker))).all()  # fmt: skip


def test_a_frame_is_felt_from_its_own_first_sample_on(configured):
    """To the sample: the newest frame that sample t sees is the one after its own, t // hop + 1."""
    network = conditioned(
        configured, local_features=3, hop_samples=HOP, upsampler_kernel_size=1, upsampler_depth=1
    )
    symbols = torch.randint(0, 5, (1, 6 * HOP))
    local = torch.randn(1, 3, 6, dtype=torch.float64, requires_grad=True)
    params = network(symbols, Conditions(local)).sum(dim=1)[0]
    for t in range(6 * HOP):
        (gradient,) = torch.autograd.grad(params[t], local, retain_graph=True)
        seen = torch.nonzero(gradient[0].abs().sum(dim=0)).flatten().tolist()
        assert max(seen) == min(t // HOP + 1, 5)
        assert t // HOP in seen
