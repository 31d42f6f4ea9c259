"""The command line run for real: in this process where that is enough, else in one of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile

from speechgen.cli import main

RATE = 16000


@dataclass(frozen=True)
class Outcome:
    """What a run left on its way out."""

    status: int
    out: str
    err: str

    @property
    def error_lines(self) -> list[str]:
        return self.err.splitlines()


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Run the command line in this process: ``run("enhance", path, ...)``."""
    numbers = (signal.SIGTERM, signal.SIGHUP)
    handlers = [signal.getsignal(number) for number in numbers]

    def call(*arguments: object) -> Outcome:
        capfd.readouterr()
        with pytest.raises(SystemExit) as leaving:
            main([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return Outcome(int(leaving.value.code or 0), out, err)

    yield call
    for number, handler in zip(numbers, handlers, strict=True):
        signal.signal(number, handler)


@pytest.fixture
def refused(run: Callable[..., Outcome]) -> Callable[..., str]:
    """Run what must be refused; give the one line that says why."""

    def call(*arguments: object) -> str:
        outcome = run(*arguments)
        assert outcome.status == 1, (outcome.out, outcome.err)
        assert len(outcome.error_lines) == 1, outcome.err
        line = outcome.error_lines[0]
        assert "error" in line
        assert "Traceback" not in line
        return line

    return call


def start(*arguments: object, **settings: object) -> subprocess.Popen:
    """Start the command line in a process of its own; ``settings`` go to Popen."""
    command = [sys.executable, "-m", "speechgen", *map(str, arguments)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "80"}
    return subprocess.Popen(command, env=environment, **settings)


@pytest.fixture
def spawn() -> Callable[..., subprocess.Popen]:
    """:func:`start`, as a fixture."""
    return start


def make_voice(
    seconds: float, *, pitch_hz: float = 120.0, rate: int = RATE, seed: int = 0
) -> np.ndarray:
    """Something like speech: syllables of a buzz with formants, and breath between. (time,)"""
    random = np.random.default_rng(seed)
    t = np.arange(int(seconds * rate)) / rate
    pitch = pitch_hz * (1 + 0.1 * np.sin(2 * np.pi * 0.7 * t))
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    wave = np.zeros_like(t)
    for harmonic in range(1, int(3800 / pitch_hz)):
        formants = 500 + 150 * np.sin(2 * np.pi * 1.3 * t), 1500 + 400 * np.sin(2 * np.pi * t)
        gain = sum(np.exp(-(((harmonic * pitch - f) / 200) ** 2)) for f in formants) + 0.02
        wave += gain * np.sin(harmonic * phase)
    syllables = np.clip(np.sin(2 * np.pi * 3 * t) + 0.3, 0, 1)
    wave = wave / np.abs(wave).max() * syllables + 0.002 * random.standard_normal(len(t))
    return (0.5 * wave).astype(np.float32)


def write_sound(path: Path, wave: np.ndarray, rate: int = RATE, subtype: str = "PCM_16") -> Path:
    """Write (time,) or (channel, time) as a sound file; give its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, wave.T, rate, subtype=subtype)
    return path


@pytest.fixture(scope="session")
def voice() -> Callable[..., np.ndarray]:
    """:func:`make_voice`, as a fixture."""
    return make_voice


@pytest.fixture(scope="session")
def write() -> Callable[..., Path]:
    """:func:`write_sound`, as a fixture."""
    return write_sound


@pytest.fixture(scope="session")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree of speaker/utterance.wav: two speakers, three utterances each."""
    root = tmp_path_factory.mktemp("speech")
    for speaker, pitch in (("ann", 210.0), ("bob", 110.0)):
        for number in range(3):
            wave = make_voice(1.6 + 0.1 * number, pitch_hz=pitch, seed=number)
            write_sound(root / speaker / f"{speaker}_{number}.wav", wave)
    return root


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Model directories of tiny, untrained models, by registry name."""
    import torch

    from speechgen.registry import build
    from speechgen.store import ModelConfig, save_model

    torch.manual_seed(1)
    content = _content_settings()
    described = {
        "identity": ("enhance", {}, {}),
        "segan": ("enhance", {"channels": [4, 8, 8], "window_samples": 2048}, {}),
        "speaker_encoder": ("embed", {"channels": 16, "embedding_features": 8}, {}),
        "wavenet": (
            "synthesize",
            {
                "stacks": 1,
                "layers_per_stack": 3,
                "residual_channels": 8,
                "gate_channels": 16,
                "skip_channels": 8,
                "local_features": content.num_features,
                "hop_samples": content.hop_samples,
                "speaker_features": 8,
                "speakers": ["ann", "bob"],
                "upsampler_channels": 8,
            },
            content.to_dict(),
        ),
    }
    root = tmp_path_factory.mktemp("models")
    for name, (task, arguments, features) in described.items():
        config = ModelConfig(
            name=name, task=task, arguments=arguments, features=features, training={}
        )
        network = build(name, arguments)
        if name == "wavenet":
            network.speaker_table.normal_()
        save_model(root / name, network, config, "A tiny model for a test.")
    return {name: root / name for name in described}


def _content_settings():
    from speechgen.features import FeatureSettings

    return FeatureSettings(kind="content")


@pytest.fixture
def files_in() -> Callable[[Path], set[Path]]:
    """All files below a folder."""
    return lambda folder: {path for path in folder.rglob("*") if path.is_file()}
