"""Speech enhancement: noisy to enhanced, of the same length; `recipes/enhance` and its RESULTS."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

EXPERIMENTS = ("spectral_enhancer", "segan")
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_enhanced_speech_is_as_long_as_the_noisy(
    configured: Callable[..., Any], experiment
) -> None:
    network = configured(experiment).eval()
    noisy = 0.1 * torch.randn(1, 1, network.window_samples)
    with torch.no_grad():
        enhanced = network.enhance(noisy)
    assert enhanced.shape == noisy.shape
    assert enhanced.isfinite().all()


def test_the_published_tables_beat_the_noisy_input() -> None:
    folder = ROOT / "egs" / "librispeech" / "enhance" / "results"
    results = {path.stem: json.loads(path.read_text())["mean"] for path in folder.glob("*.json")}
    for data in ("test", "eval-dns2020_no_reverb_part"):
        noisy, enhanced = results[f"{data}_noisy"], results[f"{data}_causal"]
        for measure in ("PESQ", "STOI", "SI-SDR"):
            assert enhanced[measure] > noisy[measure]
    assert (ROOT / "recipes" / "enhance" / "run.sh").is_file()
