"""Masked dense layers (MADE): output i depends on inputs before i only.

Germain et al. 2015 (arXiv:1502.03509), section 4: every unit has a degree, and weights from a unit
of a higher degree to one of a lower are zero. Degrees of hidden units cycle evenly.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class MaskedLinear(nn.Linear):
    """A dense layer whose weight is multiplied by ``mask`` (outputs, inputs) of zeros and ones."""

    mask: Tensor

    def __init__(self, mask: Tensor) -> None:
        outputs, inputs = mask.shape
        super().__init__(inputs, outputs)
        self.register_buffer("mask", mask.float(), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """(..., inputs) -> (..., outputs)."""
        return F.linear(x, self.weight * self.mask.to(self.weight.dtype), self.bias)


def made_masks(size: int, hidden: Sequence[int], outputs: int) -> list[Tensor]:
    """The masks of all layers, (outputs, inputs) each; the last has ``outputs`` rows an input.

    Output rows are grouped: first the first output of every input, then the second, and so on.
    """
    degrees = torch.arange(1, size + 1)
    masks = []
    for width in hidden:
        # 1 ... size - 1; a single input is seen by none
        new = torch.arange(width) % max(size - 1, 1) + (1 if size > 1 else 0)
        masks.append(new[:, None] >= degrees[None, :])
        degrees = new
    last = torch.arange(1, size + 1).repeat(outputs)
    masks.append(last[:, None] > degrees[None, :])
    return masks


class MaskedAutoregression(nn.Module):
    """``outputs`` numbers for every entry of a vector, from the entries before it and a context.

    Parameters
    ----------
    size
        Entries.
    hidden
        Widths of the hidden layers; ELU after each.
    outputs
        Numbers an entry.
    context
        Features of a vector that everything may depend on; 0 for none.
    bias
        Initial output biases, one for each of ``outputs``. The weights of the last layer are
        zero at first, so that initial outputs are these numbers.
    """

    def __init__(
        self,
        size: int,
        hidden: Sequence[int] = (64,),
        *,
        outputs: int = 2,
        context: int = 0,
        bias: Sequence[float] = (0.0, 0.0),
    ) -> None:
        super().__init__()
        if not hidden or len(bias) != outputs:
            raise ValueError(f"hidden {list(hidden)} and bias {list(bias)} for {outputs} outputs")
        self.size, self.outputs = size, outputs
        self.layers = nn.ModuleList(MaskedLinear(m) for m in made_masks(size, hidden, outputs))
        self.context = nn.Linear(context, hidden[0], bias=False) if context else None
        last: MaskedLinear = self.layers[-1]  # type: ignore[assignment]
        nn.init.zeros_(last.weight)
        last.bias.data.copy_(torch.tensor(bias, dtype=last.bias.dtype).repeat_interleave(size))

    def forward(self, x: Tensor, context: Tensor | None = None) -> tuple[Tensor, ...]:
        """(..., size) and (batch, context) -> ``outputs`` tensors (..., size).

        Axes before the last are broadcast between the two.
        """
        x = self.layers[0](x)
        if self.context is not None:
            x = x + self.context(context)
        for layer in self.layers[1:]:
            x = layer(F.elu(x))
        return x.unflatten(-1, (self.outputs, self.size)).unbind(-2)
