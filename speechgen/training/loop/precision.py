"""The precision a run trains in: the one that was asked for, where the hardware can do it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
from torch import nn

from speechgen.training.objectives.base import Objective

Precision = Literal["bf16-mixed", "32-true"]  # Lightning's words


def choose_precision(
    wanted: str, accelerator: str, module: Objective, say: Callable[[str], None]
) -> Precision:
    """Lightning's word for the precision to train in.

    "auto" is bfloat16 where the hardware computes in it and the objective gains from it: on GPUs
    that have it, and for likelihoods on CPUs with AVX512-BF16. "bf16" becomes 32, and ``say`` is
    told so, where PyTorch has no LSTM in bfloat16 for this CPU and the network needs one.
    """
    if wanted == "auto":
        if accelerator == "gpu":
            fast = torch.cuda.is_bf16_supported(including_emulation=False)
        else:
            fast = module.likes_bf16_on_cpu and torch.cpu._is_avx512_bf16_supported()
        wanted = "bf16" if fast else "32"
    if wanted == "bf16" and accelerator == "cpu" and _has_lstm(module) and not _lstm_in_bf16():
        say(
            "trainer.precision=bf16: PyTorch has no LSTM in bfloat16 for this processor; "
            "training goes on in 32 bits"
        )
        wanted = "32"
    return "bf16-mixed" if wanted == "bf16" else "32-true"


def _has_lstm(module: nn.Module) -> bool:
    return any(isinstance(layer, nn.LSTM) for layer in module.modules())


def _lstm_in_bf16() -> bool:
    """Whether this CPU runs one: PyTorch leaves them to oneDNN, which refuses on some."""
    layer = nn.LSTM(1, 1)
    try:
        with torch.autocast("cpu", torch.bfloat16):
            layer(torch.zeros(1, 1, 1))
    except RuntimeError:
        return False
    return True
