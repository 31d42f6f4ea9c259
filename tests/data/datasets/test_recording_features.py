"""Features of a recording as it is are those that training extracts from levelled speech."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from speechgen.audio import read_mono
from speechgen.data import prepare_tree, recording_features
from speechgen.features import FeatureSettings, extract
from speechgen.training.datasets import data_settings, open_data
from speechgen.training.datasets.training_data import DataContext

KINDS = [
    FeatureSettings("content"),
    FeatureSettings("content", absolute_pitch=True),
    FeatureSettings("mel"),
]


@pytest.fixture
def recording(corpora: Path) -> Path:
    return sorted((corpora / "arctic" / "slt").glob("*.flac"))[0]


@pytest.mark.parametrize("settings", KINDS, ids=lambda s: f"{s.kind}-{s.absolute_pitch}")
def test_training_and_synthesis_have_the_same_frames(
    settings: FeatureSettings, recording: Path, tmp_path: Path
) -> None:
    (tmp_path / "wav" / "slt").mkdir(parents=True)
    (tmp_path / "wav" / "slt" / recording.name).symlink_to(recording)
    data = prepare_tree(tmp_path / "wav", tmp_path / "data")
    features = {"kind": settings.kind, "absolute_pitch": settings.absolute_pitch}
    opened = open_data(
        data_settings({"kind": "conditioned", "train": str(data.path), "features": features}),
        DataContext(16000, None, seed=0, validation_items=1, cache_dir=tmp_path / "cache"),
    )
    trained = opened.dataset.utterance(0)["local"]
    assert torch.equal(trained, recording_features(settings, read_mono(recording, 16000)))


@pytest.mark.parametrize("settings", KINDS[:2], ids=("relative", "absolute"))
def test_content_of_a_quiet_recording_is_that_of_the_loud_one(
    settings: FeatureSettings, recording: Path
) -> None:
    wave = read_mono(recording, 16000)
    quiet = np.float32(0.1) * wave
    loud = recording_features(settings, wave)
    torch.testing.assert_close(recording_features(settings, quiet), loud, atol=2e-3, rtol=0)
    assert (extract(settings, quiet) - extract(settings, wave)).abs().max() > 0.1  # why it matters
