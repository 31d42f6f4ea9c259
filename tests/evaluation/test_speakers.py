from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from speechgen.audio import write
from speechgen.data import DataDirectory, SpeakerVectors
from speechgen.errors import DataError
from speechgen.evaluation import score_speakers
from speechgen.evaluation.speakers import OF_STATISTICS, verification
from speechgen.evaluation.vectors import voice_without


class Zeroes(nn.Module):
    """An encoder that knows voices by their rate of zero crossings and their level."""

    sample_rate = 16000

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1))

    def forward(self, wave: Tensor) -> Tensor:
        spectrum = torch.fft.rfft(wave, 16000).abs()[:, 80:300]
        return nn.functional.normalize(self.scale * spectrum.square(), dim=1)


def test_distinct_voices_are_told_apart(voices: DataDirectory) -> None:
    result, vectors = score_speakers(Zeroes(), voices.path)
    assert vectors.ids == tuple(voices.ids) and vectors.vectors.shape == (9, 220)
    assert result["mean"]["EER"] == result["mean"]["minDCF"] == 0.0
    assert result["mean"]["target trials"] == 9
    assert result["mean"]["impostor trials"] == 27
    assert result["mean"]["cosine within"] > result["mean"]["cosine between"] + 0.3
    assert set(result["files"]) == set(voices.ids)


def test_folders_by_speaker_are_a_data_directory(voices: DataDirectory, tmp_path: Path) -> None:
    for name, path in voices.wavs.items():
        folder = tmp_path / "tree" / voices.speakers[name]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / path.name).write_bytes(path.read_bytes())
    of_tree, of_data = (
        score_speakers(Zeroes(), folder)[0] for folder in (tmp_path / "tree", voices.path)
    )
    assert of_tree["mean"] == of_data["mean"]
    assert of_tree["context"]["data"] == str(tmp_path / "tree")


def test_the_floor_hears_the_microphone(voices: DataDirectory) -> None:
    """Mel statistics tell apart who is recorded through another filter, however alike they are."""
    rng = np.random.default_rng(0)
    for speaker, taps in {"ann": [1.0], "bob": [0.5, 0.5], "cyd": [1.0, -0.9]}.items():
        for name in (name for name, who in voices.speakers.items() if who == speaker):
            noise = 0.1 * rng.standard_normal(16000) * np.linspace(0.1, 1, 16000)
            write(voices.wavs[name], np.convolve(noise, taps, mode="same"), 16000, overwrite=True)
    mean = score_speakers(Zeroes(), voices.path)[0]["mean"]
    assert mean[f"EER{OF_STATISTICS}"] == mean[f"minDCF{OF_STATISTICS}"] == 0.0
    assert mean["EER"] > 0.1


def test_an_unreadable_utterance_is_counted(voices: DataDirectory) -> None:
    voices.wavs["bob_2"].write_text("no sound")
    result, _ = score_speakers(Zeroes(), voices.path)
    assert set(result["failed"]) == {"bob_2"}
    assert result["mean"]["target trials"] == 7


def test_verification_by_hand() -> None:
    rows = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]], np.float32)
    result = verification(SpeakerVectors(("a", "b", "c"), ("x", "x", "y"), rows))
    assert result["mean"]["cosine within"] == pytest.approx(0.0)
    assert result["mean"]["cosine between"] == pytest.approx(0.5)
    assert result["files"]["a"] == {"within": 0.0, "between": 1.0}


def test_one_speaker_cannot_be_verified() -> None:
    rows = np.eye(2, dtype=np.float32)
    with pytest.raises(DataError, match="two speakers"):
        verification(SpeakerVectors(("a", "b"), ("x", "x"), rows))


def test_a_voice_leaves_out_the_utterance_itself() -> None:
    rows = np.array([[3.0, 0.0], [0.0, 2.0], [1.0, 1.0]], np.float32)
    vectors = SpeakerVectors(("a", "b", "c"), ("x", "x", "y"), rows)
    np.testing.assert_allclose(voice_without(vectors, "x", "a"), [0.0, 1.0])
    np.testing.assert_allclose(voice_without(vectors, "y", "c"), [0.5**0.5] * 2)
    np.testing.assert_allclose(voice_without(vectors, "x", "c"), [3, 2] / np.sqrt(13), rtol=1e-6)
