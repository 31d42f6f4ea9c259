"""A voice of a minute: held-out pieces come nearer, and what is no gain is not kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from speechgen.audio import write
from speechgen.errors import AudioError, ConfigError, DataError, NoVoiceError, OutputError
from speechgen.models.converter.voice_converter import VoiceConverter
from speechgen.models.vocoders.harmonic_vocoder import HarmonicVocoder
from speechgen.store import load, load_model, locate
from speechgen.synthesis.adaptation import PIECE_FRAMES, adapt_voice, pieces_of
from speechgen.synthesis.conversion import with_vocoder
from speechgen.synthesis.target_voice import TargetVoices
from speechgen.synthesis.voice_file import load_fit, load_voice
from tests.synthesis.conftest import speech_like
from tests.synthesis.test_conversion import CONVERTER, SETTINGS, VOCODER, saved


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("adapt")
    converter = saved(folder / "c", VoiceConverter, "voice_converter", CONVERTER)
    vocoder = saved(folder / "v", HarmonicVocoder, "harmonic_vocoder", VOCODER)
    return with_vocoder(load_model(converter), vocoder, "cpu")


@pytest.fixture(scope="module")
def encoder(encoder_model: Path) -> Any:
    return load(encoder_model)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("speech") / "anna.wav"
    write(path, speech_like(16 * 16000, pitch_hz=180.0), 16000)
    return path


def test_every_fifth_piece_is_held_out_and_none_is_in_both() -> None:
    frames = torch.arange(11.5 * PIECE_FRAMES)[None]
    measured, tested = pieces_of([frames[:, :1000], frames[:, 1000:]])
    assert len(measured) == 9 and len(tested) == 2
    begins = [float(piece[0, 0]) / PIECE_FRAMES for piece in (*measured, *tested)]
    assert sorted(begins) == list(range(11)) and begins[-2:] == [2, 7]


def test_the_file_brings_held_out_pieces_nearer_and_is_a_voice(
    loaded: Any, encoder: Any, recording: Path, tmp_path: Path
) -> None:
    path = tmp_path / "anna.safetensors"
    report = adapt_voice([recording], path, converter=loaded, encoder=encoder)
    assert report.is_better and report.seconds > 10
    fit, (table, facts) = load_fit(path), load_voice(path)
    assert fit is not None and table.ids == ("anna",)
    assert facts["done"] == str(report) and facts["done"] in facts["card"]
    target = TargetVoices(loaded.model, SETTINGS, None, "cpu").of(path)
    assert target.match is not None and (target.match[0].numpy() == fit.match).all()
    assert (target.vector == table.vectors[0]).all() and target.f0_hz == pytest.approx(180, rel=0.1)
    again = tmp_path / "b.safetensors"
    adapt_voice([recording], again, converter=loaded, encoder=encoder, name="anna")
    second = load_fit(again)
    assert second is not None and (second.match == fit.match).all()
    assert load_voice(again)[1] == facts
    with pytest.raises(OutputError, match="exists"):
        adapt_voice([recording], path, converter=loaded, encoder=encoder)


def test_a_match_that_is_no_gain_is_not_kept(loaded: Any, encoder: Any, tmp_path: Path) -> None:
    """The held-out piece is nearly silent, as what the untrained converter makes is."""
    pieces = [speech_like(PIECE_FRAMES * 256, seed=seed) for seed in range(5)]
    pieces[2] = np.random.default_rng(0).normal(0.0, 1e-4, len(pieces[2])).astype(np.float32)
    write(tmp_path / "mixed.wav", np.concatenate(pieces), 16000)
    path = tmp_path / "v.safetensors"
    report = adapt_voice([tmp_path / "mixed.wav"], path, converter=loaded, encoder=encoder)
    assert not report.is_better and load_fit(path) is None
    assert "kept without a match" in load_voice(path)[1]["card"]


def test_what_cannot_be_adapted_to_is_refused_and_leaves_nothing(
    loaded: Any, encoder: Any, recording: Path, tmp_path: Path
) -> None:
    sounds = {"short": speech_like(5 * 16000), "silent": np.zeros(16 * 16000, np.float32)}
    for name, wave in sounds.items():
        write(tmp_path / f"{name}.wav", wave, 16000)
    (tmp_path / "empty").mkdir()
    output = tmp_path / "out" / "v.safetensors"
    output.parent.mkdir()
    for names, error, words in (
        (["short.wav"], NoVoiceError, "too little to adapt to; give 10 s at least"),
        (["silent.wav"], NoVoiceError, "silent.wav"),
        ([recording, "silent.wav"], NoVoiceError, "silent.wav"),
        (["missing.wav"], AudioError, "missing.wav"),
        (["empty"], AudioError, "holds no sound files"),
        ([], ConfigError, "no recordings"),
    ):
        with pytest.raises(error, match=words) as caught:
            files = [tmp_path / name for name in names]
            adapt_voice(files, output, converter=loaded, encoder=encoder)
        assert "\n" not in str(caught.value)
    common: dict[str, Any] = {"converter": loaded, "encoder": encoder}
    with pytest.raises(ConfigError, match="takes vectors of 6 numbers"):
        adapt_voice([recording], output, converter=loaded, encoder=load("speaker-ecapa"))
    with pytest.raises(ConfigError, match="no voice_converter"):
        vocoder = load_model(locate("vocoder-small"))
        adapt_voice([recording], output, converter=vocoder, encoder=encoder)
    with pytest.raises(DataError, match="given twice"):
        adapt_voice([recording, recording], output, **common)
    with pytest.raises(OutputError, match="safetensors"):
        adapt_voice([recording], tmp_path / "v.npz", **common)
    assert list(output.parent.iterdir()) == []
