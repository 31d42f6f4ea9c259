"""What a converter keeps between two chunks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor


@dataclass(frozen=True)
class ConverterState:
    """The past of each example of a batch.

    Attributes
    ----------
    recogniser, network
        Of the recogniser, and of the blocks after it.
    waiting
        (batch, row, frame): pitch, voicing and loudness whose content has not come yet.
    """

    recogniser: Any
    waiting: Tensor
    network: tuple[Any, ...]
