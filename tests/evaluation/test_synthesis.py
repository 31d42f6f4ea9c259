from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from torch import Tensor, nn

from speechgen.audio import write
from speechgen.data import DataDirectory, prepare_tree
from speechgen.errors import ConfigError, DataError
from speechgen.evaluation import score_mean_spectrum, score_synthesis
from speechgen.features import mel_cepstra
from speechgen.metrics import active_frames, cepstral_distortion


class Spectrum(nn.Module):
    """An encoder that knows voices by their average spectrum."""

    sample_rate = 16000

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1))

    def forward(self, wave: Tensor) -> Tensor:
        spectrum = torch.fft.rfft(wave, 16000).abs()[:, 80:300]
        return nn.functional.normalize(self.scale * spectrum, dim=1)


def read(voices: DataDirectory, name: str) -> np.ndarray:
    return soundfile.read(voices.wavs[name], dtype="float32")[0]


def test_copies_of_the_recordings_are_perfect(voices: DataDirectory, tmp_path: Path) -> None:
    for name in ("ann_0", "bob_1"):
        target = tmp_path / "generated" / f"{name}__as__{voices.speakers[name]}.wav"
        write(target, np.pad(read(voices, name), (0, 100)), 16000)
    result = score_synthesis(voices.path, tmp_path / "generated", Spectrum())
    assert not result["failed"]
    assert result["mean"]["MCD"] == pytest.approx(0.0, abs=0.05)
    assert result["mean"]["F0 RMSE"] == pytest.approx(0.0, abs=1.0)
    assert result["mean"]["speaker similarity"] > 0.5


def test_f0_may_be_found_by_the_reference(voices: DataDirectory, tmp_path: Path) -> None:
    """A copy a semitone higher is 100 cents off by either tracker, and the estimator says which."""
    wave = read(voices, "ann_0")
    time = np.arange(len(wave)) / 16000
    for folder, hertz in (("recorded", 200.0), ("made", 200.0 * 2 ** (1 / 12))):
        tone = sum(np.sin(2 * np.pi * hertz * k * time) / k for k in range(1, 6))
        write(tmp_path / folder / "ann" / "ann_0.wav", (0.2 * tone).astype(np.float32)[None], 16000)
    data = prepare_tree(tmp_path / "recorded", tmp_path / "data")
    (tmp_path / "made" / "ann" / "ann_0.wav").rename(tmp_path / "made" / f"{data.ids[0]}.wav")
    for pitch in ("yin", "pyin"):
        result = score_synthesis(data.path, tmp_path / "made", pitch=pitch)
        assert result["mean"]["F0 RMSE"] == pytest.approx(100.0, abs=8.0)
        assert ("pYIN" in result["context"]["estimator"]) == (pitch == "pyin")
    voices = score_synthesis(data.path, tmp_path / "made", lowest_f0_hz=65.0)
    assert "F0 of 65 Hz and more" in voices["context"]["estimator"]
    for wrong in (-1.0, 101.0, float("nan")):
        with pytest.raises(ConfigError, match="0 to 100 Hz"):
            score_synthesis(data.path, tmp_path / "made", lowest_f0_hz=wrong)
    with pytest.raises(ConfigError, match="yin, pyin"):
        score_synthesis(data.path, tmp_path / "made", pitch="swipe")


def test_the_recordings_are_scored_like_what_imitates_them(voices: DataDirectory) -> None:
    result = score_synthesis(voices.path, voices.path, Spectrum())
    assert set(result["files"]) == set(voices.ids)
    assert result["mean"]["MCD"] == result["mean"]["SPTK MCD"] == result["mean"]["F0 RMSE"] == 0.0
    assert 0.5 < result["mean"]["speaker similarity"] < 1.0


def test_recordings_of_those_that_were_copied(voices: DataDirectory, tmp_path: Path) -> None:
    """``like`` leaves the other recordings out, and what is scored keeps its score."""
    for name in ("ann_1__as__ann", "bob_0__as__ann", "eve__as__ann"):
        write(tmp_path / "copies" / f"{name}.wav", np.zeros(16000, np.float32), 16000)
    every = score_synthesis(voices.path, voices.path, Spectrum())
    some = score_synthesis(voices.path, voices.path, Spectrum(), like=tmp_path / "copies")
    those = {name: every["files"][name] for name in ("ann_1", "bob_0")}
    assert str(some["files"]) == str(those)  # NaN, a steady pitch's correlation, is not itself
    assert not some["failed"]
    (tmp_path / "others").mkdir()
    (tmp_path / "copies" / "eve__as__ann.wav").rename(tmp_path / "others" / "eve__as__ann.wav")
    with pytest.raises(DataError, match="ann: has none of the utterances of .*copies"):
        write(tmp_path / "ann" / "ann_0.wav", read(voices, "ann_0"), 16000)
        score_synthesis(voices.path, tmp_path / "ann", like=tmp_path / "copies")
    with pytest.raises(DataError, match="others: no file is called after an utterance"):
        score_synthesis(voices.path, voices.path, like=tmp_path / "others")


def test_processes_do_not_change_a_score(voices: DataDirectory, tmp_path: Path) -> None:
    for name in ("ann_0", "ann_1", "bob_1"):
        wave = read(voices, name)
        write(tmp_path / "generated" / f"{name}.wav", wave + 0.01 * np.cos(wave * 50), 16000)
    (tmp_path / "generated" / "bob_0.wav").write_text("no sound")
    threads = torch.get_num_threads()
    torch.set_num_threads(2)  # a pool of threads, which a forked process does not have
    try:
        one, two = (score_synthesis(voices.path, tmp_path / "generated", jobs=n) for n in (1, 2))
    finally:
        torch.set_num_threads(threads)
    assert one["mean"]["MCD"] > 0.1
    for part in ("mean", "files", "failed"):
        assert str(one[part]) == str(two[part])  # NaN, a steady pitch's correlation, is not itself


def test_an_octave_error_in_one_file_does_not_move_the_median(tmp_path: Path) -> None:
    time = np.arange(16000) / 16000

    def tone(hertz: float) -> np.ndarray:
        wave = sum(np.sin(2 * np.pi * hertz * k * time) / k for k in range(1, 6))
        return (0.2 * wave).astype(np.float32)

    for number, ratio in enumerate((1.01, 1.02, 2.0)):
        write(tmp_path / "recorded" / "ann" / f"{number}.wav", tone(150.0), 16000)
        write(tmp_path / "made" / f"ann-{number}.wav", tone(150.0 * ratio), 16000)
    data = prepare_tree(tmp_path / "recorded", tmp_path / "data")
    mean = score_synthesis(data.path, tmp_path / "made", jobs=1)["mean"]
    assert mean["median F0 RMSE"] == pytest.approx(1200 * np.log2(1.02), abs=3)
    assert mean["F0 RMSE"] == pytest.approx(1200 * np.log2(1.01 * 1.02 * 2) / 3, abs=5)


def test_another_voice_is_scored_by_similarity_only(voices: DataDirectory, tmp_path: Path) -> None:
    generated = tmp_path / "generated"
    write(generated / "ann_0__as__bob.wav", read(voices, "bob_1"), 16000)
    write(generated / "ann_0__as__cyd.wav", read(voices, "bob_1"), 16000)
    files = score_synthesis(voices.path, generated, Spectrum())["files"]
    as_bob, as_cyd = files["ann_0__as__bob"], files["ann_0__as__cyd"]
    assert set(as_bob) == {"speaker similarity"}
    assert as_bob["speaker similarity"] > as_cyd["speaker similarity"] + 0.2


def test_what_cannot_be_scored_is_listed(voices: DataDirectory, tmp_path: Path) -> None:
    generated = tmp_path / "generated"
    write(generated / "ann_0.wav", read(voices, "ann_0"), 16000)
    write(generated / "ann_1__as__nobody.wav", read(voices, "ann_1"), 16000)
    write(generated / "ann_2__as__ann.wav", np.zeros(16000, np.float32), 16000)
    write(generated / "bob_0__as__bob.wav", read(voices, "bob_0")[:8000], 16000)
    (generated / "bob_1__as__bob.wav").write_text("no sound")
    result = score_synthesis(voices.path, generated)
    assert set(result["files"]) == {"ann_0"}
    reasons = {
        "ann_1__as__nobody": "called after",
        "ann_2__as__ann": "silent",
        "bob_0__as__bob": "timing",
        "bob_1__as__bob": "bob_1",
    }
    assert set(result["failed"]) == set(reasons)
    for name, words in reasons.items():
        assert words in result["failed"][name]


def test_names_of_no_utterance_are_an_error(voices: DataDirectory, tmp_path: Path) -> None:
    write(tmp_path / "generated" / "eve.wav", read(voices, "ann_0"), 16000)
    with pytest.raises(DataError, match="__as__"):
        score_synthesis(voices.path, tmp_path / "generated")


def test_the_mean_spectrum_is_the_best_constant_of_the_voice(voices: DataDirectory) -> None:
    result = score_mean_spectrum(voices.path, voices.path)
    assert set(result["files"]) == set(voices.ids)
    frames, active = {}, {}
    for name in voices.ids:
        wave = read(voices, name)
        frames[name], active[name] = mel_cepstra(wave, 16000), active_frames(wave, 16000)
    own = [name for name in voices.ids if voices.speakers[name] == "bob"]
    constant = np.concatenate([frames[name][active[name]] for name in own]).mean(axis=0)
    expected = cepstral_distortion(frames["bob_2"], constant, active["bob_2"])
    assert result["files"]["bob_2"]["MCD"] == pytest.approx(expected)
    assert score_mean_spectrum(voices.path, voices.path, ids=["ann_0"])["files"].keys() == {"ann_0"}
