"""What torch is asked for is counted before it is taken, for everything that takes much."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from speechgen import registry
from speechgen.errors import ModelError
from speechgen.store import read_config, shipped_models
from speechgen.store.allowance import Allowance

GIANT = 10**13
FEW = torch.zeros(3, 4)

REQUESTS: dict[str, Callable[[int], object]] = {
    "empty": lambda n: torch.empty(n),
    "zeros": lambda n: torch.zeros((n, 2)),
    "ones": lambda n: torch.ones(size=(2, n)),
    "full": lambda n: torch.full((n,), 0.5),
    "rand": lambda n: torch.rand(2, n),
    "randn": lambda n: torch.randn(torch.Size([n])),
    "randint": lambda n: torch.randint(5, (n,)),
    "randperm": lambda n: torch.randperm(n),
    "eye": lambda n: torch.eye(n),
    "arange": lambda n: torch.arange(n),
    "arange down": lambda n: torch.arange(0, -n, -1.0),
    "arange in small steps": lambda n: torch.arange(0.0, 1.0, 1 / n),
    "linspace": lambda n: torch.linspace(0, 1, n),
    "hann_window": lambda n: torch.hann_window(n, periodic=True),
    "tril_indices": lambda n: torch.tril_indices(n, 3),
    "new_zeros": lambda n: FEW.new_zeros(n),
    "new_full": lambda n: FEW.new_full((n, 1), 1.0),
    "repeat": lambda n: FEW.repeat(n, 1),
    "broadcast": lambda n: torch.zeros(1).expand(n) + torch.zeros(2, 1),
    "Linear": lambda n: torch.nn.Linear(n, 2),
    "GRU": lambda n: torch.nn.GRU(3, n),
    "Conv1d": lambda n: torch.nn.Conv1d(1, 1, n),
}


@pytest.mark.parametrize("request_name", REQUESTS)
def test_a_giant_is_refused_and_a_dwarf_is_not(request_name: str) -> None:
    ask = REQUESTS[request_name]
    with Allowance(1000, "no"):
        ask(3)
    with pytest.raises(ModelError, match="^no$"), Allowance(10**6, "no"):
        ask(GIANT)


def test_what_was_made_before_is_counted() -> None:
    with Allowance(1000, "no"):
        torch.zeros(600)
        torch.zeros(300)
        with pytest.raises(ModelError):
            torch.zeros(300)


def test_outside_and_afterwards_nothing_is_counted() -> None:
    with pytest.raises(ModelError), Allowance(10, "no"):
        torch.zeros(11)
    assert torch.zeros(11).shape == (11,)


@pytest.mark.parametrize("name", shipped_models())
def test_shipped_models_take_little_beside_their_weights(name: str) -> None:
    config = read_config(shipped_models()[name])
    with Allowance(2**40, "no") as allowance:
        network = registry.build(config.name, config.arguments)
    weights = sum(one.numel() for one in network.state_dict().values())
    assert weights <= 2**40 - allowance.elements <= 3 * weights + 2**20


def test_reading_a_model_does_not_import_the_compiler(directory: Path) -> None:
    """Which takes longer than all the rest; the "meta" device imports it."""
    code = (
        "import sys; from speechgen.store import load_model; load_model(sys.argv[1])\n"
        "print(*sorted({'torch._dynamo', 'sympy', 'triton'} & set(sys.modules)))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code, str(directory)], capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip() == ""
