"""Table rows are what a strict convolution makes of one-hot symbols; scalars are one of values."""

from __future__ import annotations

import pytest
import torch

from speechgen.causal import CausalConv1d, CausalEmbedding, CausalScalars
from speechgen.causal.embedding import smooth_table
from speechgen.likelihood import Gaussian, LogisticMixture, MuLawCategorical

VALUES = [Gaussian(), LogisticMixture(bits=8), LogisticMixture(bits=16)]


@pytest.mark.parametrize("kernel", [1, 2, 3])
def test_equals_the_convolution_of_one_hot_vectors(kernel):
    embedding = CausalEmbedding(11, 6, kernel).double()
    symbols = torch.randint(0, 11, (3, 20))
    one_hot = MuLawCategorical(11).embed(symbols).double()
    assert torch.allclose(embedding(symbols), embedding.as_convolution()(one_hot), atol=1e-12)


@pytest.mark.parametrize("kernel", [1, 2, 3])
def test_step_equals_forward(kernel):
    embedding = CausalEmbedding(11, 6, kernel).double()
    symbols = torch.randint(0, 11, (3, 20))
    state, previous, columns = embedding.initial_state(3), torch.full((3,), 11), []
    for t in range(20):
        y_t, state = embedding.step(previous, state)
        columns.append(y_t)
        previous = symbols[:, t]
    assert torch.equal(torch.stack(columns, dim=2), embedding(symbols))


@pytest.mark.parametrize("time", [1, 2, 3])
def test_short_sequences_keep_their_length(time):
    embedding = CausalEmbedding(11, 6, 3)
    assert embedding(torch.zeros(2, time, dtype=torch.long)).shape == (2, 6, time)


@pytest.mark.parametrize("likelihood", VALUES, ids=lambda kind: kind.name)
@pytest.mark.parametrize("kernel", [1, 2, 3])
def test_scalars_equal_the_convolution_of_values(kernel, likelihood):
    scalars = CausalScalars(likelihood, 6, kernel).double()
    conv = CausalConv1d(1, 6, kernel, strict=True).double()
    conv.weight.data.copy_(scalars.weight.detach().permute(2, 1, 0))
    conv.bias.data.copy_(scalars.bias.detach())
    symbols = likelihood.encode(torch.rand(3, 20) - 0.5)
    wanted = conv(likelihood.embed(symbols).double())
    assert torch.allclose(scalars(symbols), wanted, atol=1e-12)
    assert scalars.receptive_field == conv.receptive_field


@pytest.mark.parametrize("likelihood", VALUES, ids=lambda kind: kind.name)
@pytest.mark.parametrize("kernel", [1, 2, 3])
def test_step_equals_forward_for_scalars(kernel, likelihood):
    scalars = CausalScalars(likelihood, 6, kernel).double()
    symbols = likelihood.encode(torch.rand(3, 20) - 0.5)
    state = scalars.initial_state(3)
    previous = torch.full((3,), scalars.none)
    assert previous.dtype == symbols.dtype == state.slots.dtype
    columns = []
    for t in range(20):
        y_t, state = scalars.step(previous, state)
        columns.append(y_t)
        previous = symbols[:, t]
    assert torch.allclose(torch.stack(columns, dim=2), scalars(symbols), atol=1e-12)
    assert torch.equal(columns[0], scalars.bias.detach().expand(3, 6))  # nothing was before


def test_scalars_are_not_rounded_by_autocast():
    scalars = CausalScalars(Gaussian(), 6, 2)
    symbols = torch.rand(3, 20) - 0.5
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(scalars(symbols), scalars(symbols).float())


def test_neighbouring_classes_begin_with_neighbouring_rows():
    table = smooth_table(256, 64)
    assert table.var().item() == pytest.approx(1.0, abs=0.25)
    near = (table[1:] - table[:-1]).norm(dim=1).mean()
    far = (table - table[torch.randperm(256)]).norm(dim=1).mean()
    assert near < 0.05 * far
