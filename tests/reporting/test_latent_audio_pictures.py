"""What a waveform autoencoder does, in sounds and spectrograms."""

from __future__ import annotations

from pathlib import Path

import pytest

from speechgen.data import DataDirectory
from speechgen.errors import ConfigError
from speechgen.reporting.latent_audio_pictures import draw_latents
from tests.evaluation.small_vaes import network, vectors_of


def test_pictures_and_sounds_of_everything_shown(voices: DataDirectory, tmp_path: Path):
    models = [("one", network(speaker_features=3)), ("two", network(speaker_features=3))]
    figures = draw_latents(
        models, voices.path, figures=tmp_path / "f", sounds=tmp_path / "s",
        vectors=vectors_of(voices), limit=2, steps=3,
    )  # fmt: skip
    assert all(figure.is_file() for figure in figures)
    assert len(figures) == 2 + 1 + 1
    names = sorted(path.stem for path in (tmp_path / "s").iterdir())
    assert sum("__recorded" in name for name in names) == 2
    assert sum("__as_" in name for name in names) == 2
    assert sum("__to__" in name for name in names) == 3
    assert sum("prior__" in name for name in names) == 2
    with pytest.raises(ConfigError, match="one sample rate"):
        draw_latents(
            [*models, ("three", network(sample_rate=8000))], voices.path,
            figures=tmp_path, sounds=tmp_path,
        )  # fmt: skip
