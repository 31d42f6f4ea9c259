"""Speech enhancement: noisy to enhanced, of the same length; `recipes/enhance` and its RESULTS."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import speechgen
from speechgen.audio import read
from speechgen.metrics import enhancement_scores

EXPERIMENTS = ("spectral_enhancer", "segan")
MEASURES = ("PESQ", "STOI", "SI-SDR")
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


def test_enhanced_held_out_speech_scores_above_the_noisy(corpora: Path) -> None:
    """The shipped default on pairs of the DNS Challenge that no training heard, four seconds each.

    And the published table beside them: its means are those of its files, and say the same.
    """
    pairs = corpora / "paired" / "dns2020_no_reverb_part"
    published = ROOT / "egs" / "librispeech" / "enhance" / "results"
    tables = [
        json.loads((published / f"eval-dns2020_no_reverb_part_{system}.json").read_text())
        for system in ("noisy", "causal")
    ]
    gains: dict[str, list[float]] = {name: [] for name in MEASURES}
    for file in sorted((pairs / "clean").iterdir())[:3]:
        clean, rate = read(file, num_samples=64000)
        noisy, _ = read(pairs / "noisy" / file.name, num_samples=64000)
        enhanced = speechgen.enhance(noisy, sample_rate=rate, model="spectral-small")
        scores = [enhancement_scores(clean[0], wave[0], rate) for wave in (noisy, enhanced)]
        for name in MEASURES:
            gains[name].append(scores[1][name] - scores[0][name])
    for name in MEASURES:
        assert np.mean(gains[name]) > 0
        means = [np.mean([scores[name] for scores in table["files"].values()]) for table in tables]
        assert [table["mean"][name] for table in tables] == pytest.approx(means)
        assert means[1] > means[0]
    assert (ROOT / "recipes" / "enhance" / "run.sh").is_file()
