"""Table rows are what a strict convolution makes of one-hot symbols."""

from __future__ import annotations

import pytest
import torch

from speechgen.causal import CausalEmbedding
from speechgen.causal.embedding import smooth_table
from speechgen.likelihood import MuLawCategorical


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


def test_neighbouring_classes_begin_with_neighbouring_rows():
    table = smooth_table(256, 64)
    assert table.var().item() == pytest.approx(1.0, abs=0.25)
    near = (table[1:] - table[:-1]).norm(dim=1).mean()
    far = (table - table[torch.randperm(256)]).norm(dim=1).mean()
    assert near < 0.05 * far
