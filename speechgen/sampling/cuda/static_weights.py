"""A WaveNet's weights as the static step multiplies them: as few and as large products as may be.

What a layer adds up over its older taps is known before a sample begins, so these products are
taken for all layers at once; so is the sum over the skip outputs, at the end. One product with the
newest tap and one for the residual remain in each layer. ``sigmoid(g) = (1 + tanh(g / 2)) / 2``
makes one tanh of both gate halves, and its constants are folded in here.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from speechgen.causal import CausalEmbedding
from speechgen.models.wavenet.wavenet import WaveNet
from speechgen.sampling.cached import bias_of


@dataclass(frozen=True)
class StaticWeights:
    """Copies of all weights; "unit" is a gated unit, and the last unit is the constant 1.

    Attributes
    ----------
    older
        (layer, older tap * residual, gate): oldest tap first.
    newest
        (layer, residual, gate).
    residual
        (layer, unit + 1, residual).
    skip
        (layer * (unit + 1), skip), the skip scale in it.
    hidden, hidden_bias, last, last_bias
        The head, for products from the right.
    table
        Rows of the first layer: (tap * (class + 1), residual), or (tap, residual) of values.
    first_bias
        (residual,) or None.
    lagged
        As ``table``, of the samples a pitch period ago; None where these are not looked at.
    """

    older: Tensor
    newest: Tensor
    residual: Tensor
    skip: Tensor
    hidden: Tensor
    hidden_bias: Tensor
    last: Tensor
    last_bias: Tensor
    table: Tensor
    first_bias: Tensor | None
    lagged: Tensor | None


def static_weights(model: WaveNet) -> StaticWeights:
    """Those of ``model`` as it is now."""
    blocks = list(model.stack)
    channels = blocks[0].residual_channels
    taps = torch.stack([block.conv.weight.detach() for block in blocks])
    taps = taps.permute(0, 3, 2, 1) * gate_scale(model)  # (layer, tap, residual, gate)
    outs = torch.stack([0.5 * block.out.weight.detach().t() for block in blocks])
    biases = torch.stack([bias_of(block.out) for block in blocks]).unsqueeze(1)
    outs = torch.cat([outs, biases], dim=1)  # (layer, unit + 1, residual | skip)
    hidden, last = (layer for layer in model.head if isinstance(layer, nn.Linear))
    tables = [model.embedding.weight.detach()]
    tables += [] if model.lagged is None else [model.lagged.weight.detach()]
    if isinstance(model.embedding, CausalEmbedding):
        tables = [F.pad(table, (0, 0, 0, 1)) for table in tables]  # a zero row for "no symbol"
    first_bias = getattr(model.embedding, "bias", None)
    return StaticWeights(
        older=taps[:, :-1].flatten(1, 2).contiguous(),
        newest=taps[:, -1].contiguous(),
        residual=outs[:, :, :channels].contiguous(),
        skip=(outs[:, :, channels:] * model.stack.skip_scale).flatten(0, 1).contiguous(),
        hidden=_copied(hidden.weight.t()),
        hidden_bias=_copied(bias_of(hidden)),
        last=_copied(last.weight.t()),
        last_bias=_copied(bias_of(last)),
        table=_copied(tables[0].reshape(-1, channels)),
        lagged=None if model.lagged is None else _copied(tables[1].reshape(-1, channels)),
        first_bias=None if first_bias is None else _copied(first_bias),
    )


def gate_scale(model: WaveNet) -> Tensor:
    """(gate channel,): 1 for what goes through tanh, 1/2 for what goes through the sigmoid."""
    bias = bias_of(next(iter(model.stack)).conv)
    scale = torch.ones_like(bias)
    scale[len(bias) // 2 :] = 0.5
    return scale


def _copied(values: Tensor) -> Tensor:
    return values.detach().clone(memory_format=torch.contiguous_format)
