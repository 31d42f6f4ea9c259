"""Files through the enhancer: what they are stays, what was given is never touched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from torch import Tensor, nn

from speechgen.enhancement import EnhanceOptions, enhance_file
from speechgen.errors import AudioError, OutputError
from speechgen.models.classical.identity import Identity

SUBTYPES = ["PCM_16", "PCM_24", "FLOAT"]


class Failing(nn.Module):
    """Works for a while, then raises."""

    sample_rate, window_samples = 16000, 2048

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error, self.calls = error, 0

    def enhance(self, noisy: Tensor) -> Tensor:
        self.calls += 1
        if self.calls > 2:
            raise self.error
        return noisy


def make(path: Path, *, rate=16000, channels=1, length=1001, subtype="PCM_16", seed=0) -> Path:
    wave = np.random.default_rng(seed).uniform(-1, 1, (length, channels))
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, wave, rate, subtype=subtype)
    return path


def stored(path: Path) -> np.ndarray:
    """The samples as they are in the file: integers, or the bits of floats."""
    if soundfile.info(path).subtype == "FLOAT":
        return soundfile.read(path, dtype="float32")[0].view(np.int32)
    return soundfile.read(path, dtype="int32")[0]


@pytest.mark.parametrize("wet", [0.0, 1.0])
@pytest.mark.parametrize("subtype", SUBTYPES)
@pytest.mark.parametrize("rate", [8000, 16000, 44100, 48000])
@pytest.mark.parametrize("channels", [1, 2])
def test_identity_gives_back_every_bit(tmp_path, rate, channels, subtype, wet) -> None:
    for length in (1, 1001, 20011):
        source = make(
            tmp_path / f"{length}.wav", rate=rate, channels=channels, length=length, subtype=subtype
        )
        target = tmp_path / f"out{length}.wav"
        enhance_file(Identity(window_samples=2048), source, target, EnhanceOptions(wet=wet))
        before, after = soundfile.info(source), soundfile.info(target)
        for field in ("samplerate", "channels", "frames", "format", "subtype"):
            assert getattr(after, field) == getattr(before, field), field
        np.testing.assert_array_equal(stored(target), stored(source))


@pytest.mark.parametrize("hop", [None, 256])
@pytest.mark.parametrize("rate", [8000, 96000, 192000])
@pytest.mark.parametrize("channels", [1, 5, 8])
def test_identity_at_every_rate_and_with_many_channels(tmp_path, rate, channels, hop) -> None:
    model = Identity(window_samples=2048, hop_samples=hop, latency_samples=256 if hop else 0)
    for length, subtype, suffix in ((1, "PCM_16", "wav"), (50021, "PCM_24", "flac")):
        source = make(
            tmp_path / f"{length}.{suffix}",
            rate=rate,
            channels=channels,
            length=length,
            subtype=subtype,
        )
        target = tmp_path / f"out{length}.{suffix}"
        enhance_file(model, source, target)
        assert soundfile.info(target).samplerate == rate
        np.testing.assert_array_equal(stored(target), stored(source))


def test_a_wav_that_grows_too_big_becomes_rf64_bit_by_bit(tmp_path, monkeypatch) -> None:
    from speechgen.audio import writing

    source = make(tmp_path / "a.wav", length=300_000, channels=2)
    monkeypatch.setattr(writing, "WAV_LIMIT_BYTES", 500_000)
    enhance_file(Identity(), source, tmp_path / "b.wav")
    assert soundfile.info(tmp_path / "b.wav").format == "RF64"
    np.testing.assert_array_equal(stored(tmp_path / "b.wav"), stored(source))


@pytest.mark.parametrize(
    ("source", "subtype", "target", "expected"),
    [
        ("a.flac", "PCM_24", "b.flac", ("FLAC", "PCM_24")),
        ("a.wav", "PCM_16", "b.flac", ("FLAC", "PCM_16")),
        ("a.wav", "FLOAT", "b.flac", ("FLAC", "PCM_24")),
        ("a.flac", "PCM_16", "b.wav", ("WAV", "PCM_16")),
        ("a.ogg", "VORBIS", "b.wav", ("WAV", "PCM_16")),
        ("a.mp3", "MPEG_LAYER_III", "b.flac", ("FLAC", "PCM_16")),
        ("a.aiff", "PCM_24", "b.aiff", ("AIFF", "PCM_24")),
    ],
)
def test_formats(tmp_path, source, subtype, target, expected) -> None:
    make(tmp_path / source, subtype=subtype, length=9000, rate=44100)
    enhance_file(Identity(), tmp_path / source, tmp_path / target)
    about = soundfile.info(tmp_path / target)
    assert (about.format, about.subtype) == expected
    assert about.samplerate == 44100
    assert about.frames == soundfile.info(tmp_path / source).frames


@pytest.mark.parametrize("name", ["b.mp3", "b.ogg", "b.xyz", "b"])
def test_lossy_and_unknown_outputs_are_refused(tmp_path, name) -> None:
    source = make(tmp_path / "a.wav")
    with pytest.raises(OutputError, match="wav"):
        enhance_file(Identity(), source, tmp_path / name)
    assert os.listdir(tmp_path) == ["a.wav"]


def test_tags_are_kept(tmp_path) -> None:
    source = make(tmp_path / "a.flac")
    with soundfile.SoundFile(source, "w", 16000, 1, format="FLAC") as file:
        file.title, file.artist = "A title", "Somebody"
        file.write(np.zeros(500))
    enhance_file(Identity(), source, tmp_path / "b.flac")
    with soundfile.SoundFile(tmp_path / "b.flac") as file:
        assert (file.title, file.artist) == ("A title", "Somebody")


def test_an_existing_file_is_replaced_only_when_told(tmp_path) -> None:
    source = make(tmp_path / "a.wav")
    target = make(tmp_path / "b.wav", seed=1)
    before = target.read_bytes()
    with pytest.raises(OutputError, match="--overwrite"):
        enhance_file(Identity(), source, target)
    assert target.read_bytes() == before
    enhance_file(Identity(), source, target, overwrite=True)
    np.testing.assert_array_equal(stored(target), stored(source))


def test_a_file_is_never_its_own_output_by_any_name(tmp_path) -> None:
    source = make(tmp_path / "a.wav")
    before = source.read_bytes()
    (tmp_path / "soft.wav").symlink_to(source)
    os.link(source, tmp_path / "hard.wav")
    for name in ("a.wav", "soft.wav", "hard.wav"):
        with pytest.raises(OutputError, match="input"):
            enhance_file(Identity(), source, tmp_path / name, overwrite=True)
    assert source.read_bytes() == before


@pytest.mark.parametrize("error", [RuntimeError("model"), KeyboardInterrupt()])
def test_a_model_that_fails_half_way_leaves_nothing(tmp_path, error) -> None:
    source = make(tmp_path / "a.wav", length=500_000)
    with pytest.raises(type(error)):
        enhance_file(
            Failing(error), source, tmp_path / "out" / "b.wav", EnhanceOptions(window_batch=1)
        )
    assert os.listdir(tmp_path) == ["a.wav"]


def test_a_damaged_source_leaves_nothing(tmp_path) -> None:
    source = make(tmp_path / "a.wav", length=300_000, subtype="FLOAT")
    wave = np.zeros(300_000, np.float32)
    wave[250_000] = np.nan
    soundfile.write(source, wave, 16000, subtype="FLOAT")
    with pytest.raises(AudioError, match="NaN"):
        enhance_file(Identity(), source, tmp_path / "b.wav")
    assert os.listdir(tmp_path) == ["a.wav"]


_SLOW_PROGRAM = """
import sys, time
from pathlib import Path
from torch import nn
from speechgen.enhancement import EnhanceOptions, enhance_paths

class Slow(nn.Module):
    sample_rate, window_samples = 16000, 2048
    def enhance(self, noisy):
        time.sleep(0.02)
        return noisy

one = EnhanceOptions(window_batch=1)
enhance_paths(Slow(), [Path(sys.argv[1])], Path(sys.argv[2]), one)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_request_to_end_leaves_nothing(tmp_path, number) -> None:
    source = make(tmp_path / "a.wav", length=2_000_000)
    out = tmp_path / "out"
    command = [sys.executable, "-c", _SLOW_PROGRAM, str(source), str(out / "b.wav")]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        until = time.monotonic() + 60
        while not (out.is_dir() and os.listdir(out)) and time.monotonic() < until:
            time.sleep(0.05)
        assert os.listdir(out), "it never began to write"
        time.sleep(0.3)
        process.send_signal(number)
        process.communicate(timeout=30)
    assert process.returncode != 0
    assert os.listdir(tmp_path) == ["a.wav"]


@pytest.mark.parametrize("hop", [None, 256])
def test_memory_does_not_grow_with_length(tmp_path, hop) -> None:
    import tracemalloc

    from speechgen.enhancement.batch.loudness_report import Meter
    from speechgen.enhancement.batch.spectrogram import Chart

    peaks = []
    for seconds in (30, 120):
        source = make(tmp_path / f"{seconds}.wav", rate=48000, channels=2, length=seconds * 48000)
        tracemalloc.start()
        model = Identity(window_samples=4096, hop_samples=hop)
        watchers = [Meter(48000, 2), Chart(seconds * 48000, 48000, 2)]
        enhance_file(model, source, tmp_path / f"out{seconds}.wav", watchers=watchers)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]
    assert peaks[1] < 150e6
