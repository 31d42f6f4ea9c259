"""What a recogniser hears is a condition like any other: every engine draws the same from it."""

from __future__ import annotations

import pytest
import torch

from speechgen.models.wavenet.conditions import Conditions
from speechgen.sampling.engines import ENGINES

from .agreement import assert_engine_agrees, noise_for, wavenet

HOP, RATE, MELS = 5, 1000, 12
RECOGNISER = {
    "local_features": MELS, "hop_samples": HOP, "sample_rate": RATE, "channels": 8,
    "hidden_channels": 8, "blocks": 1, "recurrent_channels": 8, "content_features": 4,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _step_by_name(monkeypatch):
    """What the engine "cuda_graph" records, called sample by sample."""
    monkeypatch.setitem(ENGINES, "static_step", "speechgen.sampling.cuda.cuda_graph:StepSampler")


@pytest.mark.parametrize("engine", ["cached", "numba", "static_step"])
def test_engines_agree(engine):
    torch.manual_seed(0)
    model = wavenet(
        local_features=MELS + 2, hop_samples=HOP, sample_rate=RATE, pitch_lag_taps=3,
        speaker_features=4, recogniser=RECOGNISER,
    )  # fmt: skip
    lengths = [60, 37]
    conditions = []
    for length in lengths:
        count = -(-length // HOP)
        pitch = torch.stack([torch.linspace(-0.5, 0.5, count), (torch.rand(count) > 0.3).float()])
        local = torch.cat([torch.randn(MELS, count), pitch])[None]
        conditions.append(model.from_frames(Conditions(local, torch.randn(1, 4))))
    noise = noise_for(model, 2, 60)
    assert_engine_agrees(model, conditions, lengths, noise, engine, chunk_samples=17)
