"""Training on a GPU."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from speechgen.store import load_model
from speechgen.training import run

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA GPU here"),
]


@pytest.mark.parametrize(
    "name", ["speaker", "likelihood", "segan", "metricgan", "vocoder", "conversion"]
)
def test_training_runs_and_leaves_a_model(
    tiny: dict[str, list[str]], name: str, tmp_path: Path
) -> None:
    where = ["trainer.accelerator=gpu", "trainer.devices=1", "trainer.max_steps=2"]
    folder = run([*tiny[name], f"output={tmp_path / name}", *where])
    assert load_model(folder).model is not None
