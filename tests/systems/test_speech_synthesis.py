"""Speech synthesis: a wave of the length asked for; `recipes/synthesize`, `recipes/vocode`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from speechgen.models.wavenet.conditions import Conditions
from speechgen.sampling import generate

EXPERIMENTS = ("wavenet_content", "wavenet_mel")
ROOT = Path(__file__).resolve().parents[2]


def test_a_conditioned_wave_has_the_length_asked_for(configured: Callable[..., Any]) -> None:
    network = configured(
        "wavenet_mel", local_features=3, hop_samples=8, speaker_features=2, stacks=1,
        layers_per_stack=3, residual_channels=8, gate_channels=16, skip_channels=8,
        upsampler_channels=4,
    ).eval()  # fmt: skip
    conditions = Conditions(local=torch.randn(2, 3, 20), speaker=torch.randn(2, 2))
    for wave in generate(network, conditions, num_samples=157, seed=0):
        assert wave.shape == (157,)
        assert wave.isfinite().all() and wave.abs().max() <= 1.0


def test_published_results_report_likelihood_and_distortion() -> None:
    folder = ROOT / "egs" / "arctic" / "vocode" / "results"
    kinds = {json.loads(path.read_text())["context"]["kind"] for path in folder.glob("*.json")
             if "context" in json.loads(path.read_text())}  # fmt: skip
    assert {"likelihood", "synthesis"} <= kinds
    for name in ("synthesize", "vocode"):
        assert (ROOT / "recipes" / name / "run.sh").is_file()
