"""Class labels as vectors."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from speechgen.errors import ModelError


def one_hot(labels: Tensor | None, num_classes: int) -> Tensor:
    """Labels (batch,) of 0 to ``num_classes`` - 1 -> (batch, class), float32.

    Raises
    ------
    ModelError
        There are no labels, or some are out of range.
    """
    if labels is None:
        raise ModelError(f"this model is class-conditional: give labels of 0 to {num_classes - 1}")
    if labels.numel() and not 0 <= int(labels.min()) <= int(labels.max()) < num_classes:
        raise ModelError(
            f"labels reach from {int(labels.min())} to {int(labels.max())}; "
            f"this model has classes 0 to {num_classes - 1}"
        )
    return F.one_hot(labels.long(), num_classes).float()
