"""Masked dense layers: who sees whom, for every size and depth; a context everyone sees."""

from __future__ import annotations

import pytest
import torch

from speechgen.causal.masked_dense import MaskedAutoregression, MaskedLinear, made_masks


def awake(network: MaskedAutoregression) -> MaskedAutoregression:
    """The last layer begins at zero; let it see something."""
    torch.nn.init.normal_(network.layers[-1].weight)
    return network.double()


@pytest.mark.parametrize("hidden", [(7,), (16, 16), (3,)])
@pytest.mark.parametrize("size", [1, 2, 5])
def test_an_entry_sees_earlier_entries_alone(size: int, hidden: tuple[int, ...]) -> None:
    network = awake(MaskedAutoregression(size, hidden))
    x = torch.randn(size, dtype=torch.float64)
    for index in range(2):
        jacobian = torch.autograd.functional.jacobian(lambda v, i=index: network(v)[i], x)
        assert torch.equal(jacobian.triu(), torch.zeros_like(jacobian))


def test_every_earlier_entry_is_seen_where_the_widths_allow() -> None:
    product = None
    for mask in made_masks(5, (8, 8), 1):
        product = mask.long() if product is None else mask.long() @ product
    assert torch.equal(product > 0, torch.ones(5, 5).tril(-1).bool())


def test_outputs_begin_at_their_bias_and_the_context_reaches_all() -> None:
    network = MaskedAutoregression(4, (16,), context=3, bias=(0.0, 1.5))
    shift, scale = network(torch.randn(2, 6, 4), torch.randn(6, 3))
    assert torch.equal(shift, torch.zeros(2, 6, 4))
    assert torch.equal(scale, torch.full((2, 6, 4), 1.5))
    network = awake(network)
    x, context = torch.randn(1, 4).double(), torch.randn(1, 3).double()
    jacobian = torch.autograd.functional.jacobian(lambda c: network(x, c)[0].sum(dim=0), context)
    assert (jacobian[1:].abs() > 0).all()


def test_masks_are_no_part_of_the_stored_weights_and_hold_for_gradients() -> None:
    layer = MaskedLinear(torch.tensor([[1.0, 0.0]]))
    assert set(layer.state_dict()) == {"weight", "bias"}
    layer(torch.ones(1, 2)).sum().backward()
    assert layer.weight.grad.tolist() == [[1.0, 0.0]]


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="hidden"):
        MaskedAutoregression(4, ())
