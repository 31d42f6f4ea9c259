from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from speechgen.audio import resample, write
from speechgen.evaluation import score_enhancement
from speechgen.metrics import ENHANCEMENT_METRICS, enhancement_scores

RATE = 16000


@pytest.fixture
def folders(tmp_path: Path, speechlike: Callable) -> tuple[Path, Path]:
    """Clean and noisy folders with two good pairs and one of every kind of bad one."""
    clean, noisy = tmp_path / "clean", tmp_path / "noisy"
    rng = np.random.default_rng(0)
    for seed, name in enumerate(["good_a", "good_b", "silent", "short", "cut", "missing", "text"]):
        wave = speechlike(seed=seed)
        estimate = wave + 0.01 * rng.normal(size=len(wave))
        if name == "silent":
            estimate *= 0
        if name == "short":
            wave, estimate = wave[:4000], estimate[:4000]
        if name == "cut":
            estimate = estimate[:-1600]
        write(clean / f"{name}.wav", wave, RATE)
        if name == "text":
            (noisy / "text.wav").write_text("no sound")
        elif name != "missing":
            write(noisy / f"{name}.wav", estimate, RATE)
    return clean, noisy


@pytest.mark.parametrize("jobs", [1, 2])
def test_bad_files_are_counted_not_averaged(folders: tuple[Path, Path], jobs: int) -> None:
    result = score_enhancement(*folders, jobs=jobs)
    assert set(result) == {"mean", "intervals", "files", "failed", "diagnosis", "context"}
    assert set(result["files"]) == {"good_a", "good_b"}
    reasons = {"silent": "silent", "short": "too short", "cut": "lengths differ", "text": "text"}
    assert set(result["failed"]) == {*reasons, "missing"}
    for name, words in reasons.items():
        assert words in result["failed"][name], name
    for metric in ENHANCEMENT_METRICS:
        values = [scores[metric] for scores in result["files"].values()]
        assert result["mean"][metric] == pytest.approx(np.mean(values))
        interval = result["intervals"][metric]
        assert interval["mean"] == pytest.approx(np.mean(values)) and interval["utterances"] == 2
        assert (interval["low"], interval["high"]) == pytest.approx((min(values), max(values)))


def test_files_are_scored_as_their_waves_are(folders: tuple[Path, Path]) -> None:
    import soundfile

    clean, noisy = (soundfile.read(folder / "good_a.wav")[0] for folder in folders)
    expected = enhancement_scores(clean, noisy)
    found = score_enhancement(*folders, jobs=1)["files"]["good_a"]
    for metric, value in expected.items():
        assert found[metric] == pytest.approx(value, abs=1e-3), metric


def test_another_rate_is_resampled_and_a_few_samples_more_are_cut(
    tmp_path: Path, speechlike: Callable
) -> None:
    wave = speechlike()
    for name, extra in (("clean", 0), ("same", 90)):
        high = resample(np.pad(wave, (0, extra)), RATE, 48000)
        write(tmp_path / name / "a.wav", high, 48000)
    result = score_enhancement(tmp_path / "clean", tmp_path / "same", jobs=1)
    assert not result["failed"]
    assert result["mean"]["PESQ"] > 4.6


@pytest.mark.slow
def test_golden_values_of_the_dns_pairs(corpora: Path) -> None:
    folder = corpora / "paired" / "dns2020_no_reverb_part"
    result = score_enhancement(folder / "clean", folder / "noisy")
    expected = {
        "PESQ": 1.748, "CSIG": 3.302, "CBAK": 2.735, "COVL": 2.497, "SSNR": 7.93, "STOI": 0.930,
        "SI-SDR": 10.66,
    }  # fmt: skip
    assert len(result["files"]) == 50
    for metric, value in expected.items():
        digits = 0.0051 if metric in ("SSNR", "SI-SDR") else 0.00051
        assert result["mean"][metric] == pytest.approx(value, abs=digits), metric
