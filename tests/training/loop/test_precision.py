"""The precision of a run: what is asked for, where this processor has it."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from speechgen.training.loop import precision
from speechgen.training.loop.precision import choose_precision


class _Network(nn.Module):
    likes_bf16_on_cpu = False

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layers = nn.ModuleList([layer])


def _choose(wanted: str, layer: nn.Module) -> tuple[str, list[str]]:
    said: list[str] = []
    return choose_precision(wanted, "cpu", _Network(layer), said.append), said  # type: ignore[arg-type]


def test_whatever_is_chosen_for_an_lstm_runs_here() -> None:
    """Some processors have no LSTM in bfloat16: there the choice is 32 bits, with a line."""
    layer = nn.LSTM(3, 5)
    chosen, said = _choose("bf16", layer)
    with torch.autocast("cpu", torch.bfloat16, enabled=chosen == "bf16-mixed"):
        made, _ = layer(torch.zeros(7, 2, 3, requires_grad=True))
    made.float().sum().backward()
    assert (chosen == "32-true") == bool(said)


@pytest.mark.parametrize("can", [True, False])
def test_only_an_lstm_that_cannot_be_in_bfloat16_changes_what_was_asked_for(
    can: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precision, "_lstm_in_bf16", lambda: can)
    chosen, said = _choose("bf16", nn.LSTM(3, 5))
    assert chosen == ("bf16-mixed" if can else "32-true")
    assert [line for line in said if "bfloat16" in line] == said and len(said) == (not can)
    assert _choose("bf16", nn.GRU(3, 5)) == ("bf16-mixed", [])
    assert _choose("32", nn.LSTM(3, 5)) == ("32-true", [])
    assert _choose("auto", nn.LSTM(3, 5)) == ("32-true", [])
