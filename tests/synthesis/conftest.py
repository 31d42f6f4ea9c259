"""A tiny synthesiser and speaker encoder on disk, and something like speech."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from speechgen.features import FeatureSettings
from speechgen.models.speaker.encoder import SpeakerEncoder
from speechgen.models.wavenet.wavenet import WaveNet
from speechgen.store import ModelConfig, save_model

WAVENET = {"stacks": 1, "layers_per_stack": 3, "residual_channels": 4, "gate_channels": 8,
           "skip_channels": 4, "upsampler_channels": 8}  # fmt: skip
ENCODER = {"num_mels": 20, "channels": 8, "num_blocks": 1, "pooled_channels": 8,
           "embedding_features": 6}  # fmt: skip


def speech_like(num_samples, sample_rate=16000, pitch_hz=120.0, seed=0):
    """A buzz at a wandering pitch, in colours that change, with pauses and a little noise."""
    rng = np.random.default_rng(seed)
    time = np.arange(num_samples) / sample_rate
    phase = np.cumsum(pitch_hz * (1 + 0.1 * np.sin(3 * time))) / sample_rate
    colours = [(1 + 0.7 * np.sin(20 * time + k)) / k for k in range(1, 12)]
    wave = sum(c * np.sin(2 * np.pi * k * phase) for k, c in enumerate(colours, 1))
    wave = wave * (0.2 + (np.sin(5 * time) > -0.5)) + 0.01 * rng.standard_normal(num_samples)
    return (0.1 * wave).astype(np.float32)


def save_wavenet(directory, settings, **arguments):
    torch.manual_seed(0)
    values = {**WAVENET, **arguments}
    if settings is not None:
        values |= {"local_features": settings.num_features, "hop_samples": settings.hop_samples}
    features = {} if settings is None else settings.to_dict()
    save_model(directory, WaveNet(**values), ModelConfig("wavenet", "synthesize", values, features))
    return directory


@pytest.fixture(scope="session")
def content_model(tmp_path_factory):
    settings = FeatureSettings(kind="content")
    folder = tmp_path_factory.mktemp("content") / "model"
    return save_wavenet(folder, settings, speaker_features=6, speakers=["anna", "ben"])


@pytest.fixture(scope="session")
def mel_model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mel") / "model"
    return save_wavenet(folder, FeatureSettings(kind="mel"))


@pytest.fixture(scope="session")
def encoder_model(tmp_path_factory):
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("encoder") / "model"
    save_model(folder, SpeakerEncoder(**ENCODER), ModelConfig("speaker_encoder", "embed", ENCODER))
    return folder


@pytest.fixture
def recordings(tmp_path):
    """Two recordings, one at another rate and in stereo."""
    from speechgen.audio import write

    one, two = tmp_path / "one.wav", tmp_path / "two.wav"
    write(one, speech_like(17000), 16000)
    stereo = speech_like(25001, 22050, 200.0, seed=1)
    write(two, np.stack([stereo, 0.5 * stereo]), 22050)
    return one, two


@pytest.fixture
def make_speech():
    return speech_like
