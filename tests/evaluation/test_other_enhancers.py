"""What noisereduce and RNNoise make of noisy speech: in place, as long as it was, or left out."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from speechgen.audio import read_mono, resample, write
from speechgen.metrics.mismatch import find_mismatch


@pytest.fixture
def others(script: Callable[[str], ModuleType]) -> ModuleType:
    return script("other_enhancers")


@pytest.mark.parametrize("rate", [16000, 44100, 48000])
def test_rnnoise_comes_back_in_its_place(others: ModuleType, corpora: Path, rate: int) -> None:
    """Of clean speech most is kept, at no lag, whatever the rate and the length."""
    if not others.installed("rnnoise"):
        pytest.skip("pyrnnoise is not installed")
    wave = read_mono(corpora / "arctic" / "slt" / "arctic_a0011.flac", 16000)
    wave = resample(wave, 16000, rate)[: -rate // 7]
    out = others.rnnoise_wave(wave, rate)
    assert out.shape == wave.shape and out.dtype == np.float32
    back = [resample(one, rate, 16000) for one in (wave, out)]
    assert find_mismatch(*back, 16000).lag_samples == 0
    assert np.corrcoef(*back)[0, 1] > 0.8
    assert np.array_equal(others.rnnoise_wave(wave, rate), out)  # each begins anew


def test_folders_are_written_once_and_what_is_missing_is_left_out(
    others: ModuleType,
    speechlike: Callable,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for seed in range(2):
        write(tmp_path / "noisy" / f"{seed}.wav", speechlike(seed=seed), 16000)
    words = ["other_enhancers", str(tmp_path / "noisy"), str(tmp_path / "out")]
    monkeypatch.setattr(sys, "argv", words)
    there = [name for name in others.PACKAGES if others.installed(name)]
    others.main()
    for name in others.PACKAGES:
        files = sorted(path.name for path in (tmp_path / "out" / name).glob("*"))
        assert files == (["0.wav", "1.wav"] if name in there else [])
        if name in there:
            assert len(read_mono(tmp_path / "out" / name / "1.wav", 16000)) == len(speechlike())
    shown = capsys.readouterr()
    assert shown.err.count("not installed (pip install ") == len(others.PACKAGES) - len(there)
    if there:
        with pytest.raises(SystemExit, match="other_enhancers: error: .*exists"):
            others.main()
    monkeypatch.setitem(others.PACKAGES, "rnnoise", "no_such_package")
    monkeypatch.setattr(sys, "argv", [*words, "--systems", "rnnoise"])
    capsys.readouterr()
    others.main()
    assert capsys.readouterr().err == "rnnoise: not installed (pip install no_such_package)\n"
