"""A WaveNet with every output distribution: exact, causal, step equal to forward, and it learns."""

from __future__ import annotations

import itertools

import pytest
import torch

from speechgen.errors import ConfigError
from speechgen.features import preemphasis
from speechgen.likelihood import MuLawCategorical
from speechgen.models.wavenet.conditions import Conditions
from speechgen.models.wavenet.wavenet import WaveNet

CONDITIONS = {"local_features": 3, "hop_samples": 5, "speaker_features": 4}
OUTPUTS = {
    "mu_law_32": {"classes": 32},
    "mu_law_1024": {"classes": 1024},
    "logistic_8_bits": {"output": "logistic_mixture", "mixtures": 3, "bits": 8},
    "logistic_16_bits": {"output": "logistic_mixture", "mixtures": 3},
    "gaussian": {"output": "gaussian"},
    "gaussian_mixture": {"output": "gaussian_mixture", "mixtures": 3},
}
CONTINUOUS = ["gaussian", "gaussian_mixture"]


def wavenet(output, **arguments):
    small = {
        "stacks": 2,
        "layers_per_stack": 3,
        "residual_channels": 6,
        "gate_channels": 8,
        "skip_channels": 32,  # enough that some unit behind each ReLU is alive
    }
    output = OUTPUTS[output] if isinstance(output, str) else output
    return WaveNet(**{**small, **output, **arguments}).double().eval()


def conditions_of(model, batch, frames):
    return Conditions(
        torch.randn(batch, model.local_features, frames, dtype=torch.float64),
        torch.randn(batch, model.speaker_features, dtype=torch.float64),
    )


def some_symbols(model, batch, time):
    return model.encode(0.5 * torch.rand(batch, time) - 0.25)


@pytest.mark.parametrize("kernel", [2, 3])
@pytest.mark.parametrize("output", OUTPUTS)
def test_step_equals_forward(output, kernel):
    model = wavenet(output, kernel_size=kernel, **CONDITIONS)
    time = 43
    symbols, conditions = some_symbols(model, 2, time), conditions_of(model, 2, 9)
    with torch.no_grad():
        wanted = model(symbols, conditions)
        assert wanted.shape == (2, model.likelihood.num_params, time)
        prepared = model.prepare_conditions(conditions, time)
        state, previous = model.initial_state(2), torch.full((2,), model.initial_symbol)
        assert previous.dtype == symbols.dtype
        for t in range(time):
            params, state = model.step(previous, state, prepared.frame(t // 5)[t % 5])
            assert torch.allclose(params, wanted[:, :, t], atol=1e-10)
            previous = symbols[:, t]


@pytest.mark.parametrize("output", OUTPUTS)
def test_changing_a_symbol_changes_later_params_only(output):
    model = wavenet(output)
    time, changed = model.receptive_field + 20, 11
    symbols = some_symbols(model, 1, time)
    other = symbols.clone()
    other[0, changed] = model.encode(torch.tensor([[0.4]]))[0, 0]
    with torch.no_grad():
        difference = (model(symbols) - model(other)).abs().sum(dim=(0, 1))
    touched = torch.nonzero(difference).flatten().tolist()
    assert touched == list(range(changed + 1, changed + 1 + model.receptive_field))


@pytest.mark.parametrize("kernel", [2, 3])
@pytest.mark.parametrize("output", CONTINUOUS)
def test_gradients_reach_exactly_the_receptive_field(output, kernel):
    model = wavenet(output, kernel_size=kernel)
    time = model.receptive_field + 9
    values = (0.5 * torch.rand(1, time) - 0.25).requires_grad_()
    params = model(values)
    weights = torch.randn(params.shape[1], dtype=torch.float64)
    for t in (0, 1, 5, time - 1):
        target = (params[0, :, t] * weights).sum()
        (gradient,) = torch.autograd.grad(target, values, retain_graph=True)
        assert torch.all(gradient[0, t:] == 0.0), "the present or the future is seen"
        seen = torch.nonzero(gradient[0]).flatten().tolist()
        assert seen == list(range(max(0, t - model.receptive_field), t))


def test_probabilities_of_all_sequences_of_levels_sum_to_one():
    model = wavenet({"output": "logistic_mixture", "mixtures": 2, "bits": 2})
    symbols = torch.tensor(list(itertools.product(range(4), repeat=3)))  # all 64 sequences
    with torch.no_grad():
        nats = model.likelihood.log_prob(model(symbols), symbols).sum(dim=1)
    assert nats.exp().sum().item() == pytest.approx(1.0, abs=1e-6)
    assert nats.exp().std() > 0


@pytest.mark.parametrize("coefficient", [0.0, 0.85])
@pytest.mark.parametrize("output", OUTPUTS)
def test_decoding_in_chunks_undoes_encoding_but_for_quantisation(output, coefficient):
    model = wavenet(output, preemphasis=coefficient)
    wave = 0.3 * torch.sin(torch.arange(4000) * 0.05).unsqueeze(0)
    symbols, decode = model.encode(wave), model.decoder()
    again = torch.cat([decode(part) for part in symbols.split([1, 10, 3989], dim=1)], dim=1)
    emphasised = preemphasis(wave, coefficient)
    step = (model.likelihood.decode(model.likelihood.encode(emphasised)) - emphasised).abs().max()
    assert (again - wave).abs().max() <= step / (1 - coefficient) + 1e-5


@pytest.mark.parametrize("output", OUTPUTS)
def test_the_last_bias_is_where_the_distribution_starts(output):
    model = wavenet(output)
    start = model.likelihood.initial_bias()
    assert (start is None) == isinstance(model.likelihood, MuLawCategorical)
    if start is not None:
        assert torch.equal(model.head[-1].bias.detach().float(), start)


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_few_steps_of_training_lower_the_nats_in_bfloat16_too(output):
    model = WaveNet(
        stacks=1, layers_per_stack=4, residual_channels=8, gate_channels=16, skip_channels=8,
        **CONDITIONS, **OUTPUTS[output],
    )  # fmt: skip
    wave = 0.3 * torch.sin(torch.arange(400) * 0.1).repeat(2, 1)
    symbols = model.encode(wave)
    conditions = Conditions(torch.randn(2, 3, 80), torch.randn(2, 4))
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    losses = []
    for _ in range(40):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            params = model(symbols, conditions)
        loss = -model.likelihood.log_prob(params, symbols).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] - 0.5
    assert all(p.grad is not None for p in model.parameters())
    assert (params.dtype == torch.bfloat16) == isinstance(model.likelihood, MuLawCategorical)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"output": "laplace"}, "laplace"),
        ({"output": "logistic_mixture", "mixtures": 0}, "mixtures"),
        ({"output": "logistic_mixture", "bits": 24}, "bits"),
    ],
)
def test_impossible_outputs_are_refused(arguments, word):
    with pytest.raises(ConfigError, match=word):
        WaveNet(**arguments)
