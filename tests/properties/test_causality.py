"""The autoregressive rule, by gradient in float64: nothing depends on the present or the future."""

from __future__ import annotations

import pytest
import torch

from speechgen.models.wavenet.conditions import Conditions
from speechgen.models.wavenet.wavenet import WaveNet

CLASSES = 7


def wavenet(kernel=2, *, conditioned=False, **arguments):
    sizes = {"local_features": 3, "hop_samples": 4, "speaker_features": 5} if conditioned else {}
    model = WaveNet(
        stacks=2,
        layers_per_stack=3,
        kernel_size=kernel,
        residual_channels=6,
        gate_channels=8,
        skip_channels=32,  # enough that some unit behind each ReLU is alive
        classes=CLASSES,
        **sizes,
        **arguments,
    ).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return model


def conditions_of(model, batch, time):
    if not model.local_features:
        return None
    frames = -(-time // model.hop_samples)
    local = torch.randn(batch, model.local_features, frames, dtype=torch.float64)
    return Conditions(local, torch.randn(batch, model.speaker_features, dtype=torch.float64))


def params_of_one_hot(model, one_hot, conditions):
    """The network's forward with its first layer as the convolution that the table stands for."""
    x = model.embedding.as_convolution()(one_hot)
    prepared = model.prepare_conditions(conditions, one_hot.shape[2])
    return model.head(model.stack(x, prepared.to_gates()).transpose(1, 2)).transpose(1, 2)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("conditioned", [False, True])
@pytest.mark.parametrize("kernel", [2, 3])
def test_params_depend_on_exactly_the_receptive_field_before_them(kernel, conditioned, training):
    model = wavenet(kernel, conditioned=conditioned).train(training)
    time = model.receptive_field + 9
    conditions = conditions_of(model, 1, time)
    symbols = torch.randint(0, CLASSES, (1, time))
    one_hot = model.likelihood.embed(symbols).double().requires_grad_()
    params = params_of_one_hot(model, one_hot, conditions)
    assert torch.allclose(params, model(symbols, conditions), atol=1e-12)
    weights = torch.randn(CLASSES, dtype=torch.float64)
    for t in (0, 1, 5, time - 1):
        target = (params[0, :, t] * weights).sum()
        (gradient,) = torch.autograd.grad(target, one_hot, retain_graph=True)
        per_sample = gradient[0].abs().sum(dim=0)
        assert torch.all(per_sample[t:] == 0.0), "the present or the future is seen"
        seen = torch.nonzero(per_sample).flatten().tolist()
        assert seen == list(range(max(0, t - model.receptive_field), t))


@pytest.mark.parametrize("conditioned", [False, True])
@pytest.mark.parametrize("kernel", [2, 3])
def test_changing_a_symbol_changes_later_params_only(kernel, conditioned):
    model = wavenet(kernel, conditioned=conditioned).eval()
    time, changed = model.receptive_field + 20, 11
    conditions = conditions_of(model, 1, time)
    symbols = torch.randint(0, CLASSES, (1, time))
    other = symbols.clone()
    other[0, changed] = (other[0, changed] + 1) % CLASSES
    with torch.no_grad():
        difference = (model(symbols, conditions) - model(other, conditions)).abs().sum(dim=(0, 1))
    touched = torch.nonzero(difference).flatten().tolist()
    assert touched == list(range(changed + 1, changed + 1 + model.receptive_field))


def test_receptive_field_is_one_plus_the_padding_of_all_layers():
    # an input layer of the same kernel, then two stacks of dilations 1, 2, 4
    assert wavenet(2).receptive_field == 1 + 1 + 2 * 7
    assert wavenet(3).receptive_field == 1 + 2 + 2 * 2 * 7
