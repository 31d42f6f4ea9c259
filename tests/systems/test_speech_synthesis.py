"""Speech synthesis: a wave of the length asked for; `recipes/synthesize`, `recipes/vocode`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from speechgen.audio import read, write
from speechgen.metrics import mel_cepstral_distortion
from speechgen.models.wavenet.conditions import Conditions
from speechgen.sampling import generate
from speechgen.sampling.parallel import NoiseField, generate_parallel
from speechgen.sampling.vocoder_stream import generate_streamed
from speechgen.training.loop.optimisation import OptimizerSettings
from speechgen.training.objectives.likelihood import LikelihoodObjective

EXPERIMENTS = (
    "wavenet_content", "wavenet_mel", "wavenet_mel_logistic", "wavenet_mel_gaussian",
    "wavenet_mel_pitch", "wavenet_content_pitch", "wavenet_phonetic", "parallel_wavegan",
    "harmonic_vocoder",
)  # fmt: skip
ROOT = Path(__file__).resolve().parents[2]
SMALL = {
    "local_features": 3, "hop_samples": 8, "stacks": 1, "layers_per_stack": 3,
    "residual_channels": 8, "gate_channels": 16, "skip_channels": 8, "upsampler_channels": 4,
}  # fmt: skip


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_a_conditioned_file_has_the_length_asked_for(
    configured: Callable[..., Any], tmp_path: Path, experiment: str
) -> None:
    """Every variant: the file lasts as asked, is within full scale, and heeds its condition."""
    if experiment == "harmonic_vocoder":
        sizes = {"local_features": 3, "hop_samples": 8, "channels": 8, "hidden_channels": 8}
        network = configured(experiment, **sizes, blocks=1).eval()
        conditions = [Conditions(local=torch.randn(1, 3, 20)) for _ in range(2)]
        chunks = [
            generate_streamed(network, one, num_samples=157, noise=NoiseField(0))
            for one in conditions
        ]
        waves = [torch.cat(list(parts)).clamp(-1, 1) for parts in chunks]
    elif experiment == "parallel_wavegan":
        network = configured(experiment, **SMALL).eval()
        conditions = [Conditions(local=torch.randn(1, 3, 20)) for _ in range(2)]
        chunks = [
            generate_parallel(network, one, num_samples=157, noise=NoiseField(0))
            for one in conditions
        ]
        waves = [torch.cat(list(parts)) for parts in chunks]
    else:
        sizes = {**SMALL, "preemphasis": 0.0}  # which takes what is untrained beyond full scale
        network = configured(experiment, speaker_features=2, **sizes).eval()
        both = Conditions(local=torch.randn(2, 3, 20), speaker=torch.randn(2, 2))
        waves = generate(network, both, num_samples=157, seed=0)
        objective = LikelihoodObjective(network, optimizer=OptimizerSettings())
        batch = {"wave": torch.stack(waves), "local": both.local, "speaker": both.speaker}
        bits = objective.validation_values(batch)["bits"]
        assert bits.isfinite()
    for number, wave in enumerate(waves):
        assert wave.shape == (157,)
        assert wave.isfinite().all() and wave.abs().max() <= 1.0
        path = tmp_path / f"{number}.wav"
        write(path, wave[None].numpy(), network.sample_rate)
        assert read(path)[0].shape == (1, 157)
    assert not waves[0].equal(waves[1])


def test_published_results_report_likelihood_and_distortion(corpora: Path) -> None:
    """The measures are there, their means those of the files, and distortion ranks as it should."""
    folder = ROOT / "egs" / "arctic" / "vocode" / "results"
    results = {path.stem: json.loads(path.read_text()) for path in folder.glob("*.json")}
    for name in ("wavenet", "parallel", "mean_spectrum", "wavenet_untrained"):
        files = [scores["MCD"] for scores in results[name]["files"].values()]
        assert results[name]["mean"]["MCD"] == pytest.approx(np.mean(files))
    distortion = {name: results[name]["mean"]["MCD"] for name in ("wavenet", "wavenet_untrained")}
    assert distortion["wavenet"] < distortion["wavenet_untrained"]
    assert results["likelihood"]["context"]["kind"] == "likelihood"
    for name in ("synthesize", "vocode"):
        assert (ROOT / "recipes" / name / "run.sh").is_file()
    recording = sorted((corpora / "arctic").rglob("*.flac"))[0]
    wave, rate = read(recording, num_samples=32000)
    noisy = wave[0] + np.random.default_rng(0).normal(0, 0.05, wave.shape[1]).astype(np.float32)
    assert mel_cepstral_distortion(wave[0], wave[0], rate) == pytest.approx(0, abs=1e-6)
    assert mel_cepstral_distortion(wave[0], noisy, rate) > 1
