"""The example needs neither torch nor speechgen, and cleans files as ``speechgen enhance`` does."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import soundfile

from speechgen.enhancement import enhance_file
from speechgen.store import load

# Whoever imports one of these fails.
ALONE = """
import sys
for name in ("torch", "speechgen", "scipy", "librosa", "onnx"):
    sys.modules[name] = None
import runpy
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture
def example(repository):
    """Run it alone with these words; give the process when it has ended."""
    script = repository / "tools" / "examples" / "enhance_onnx.py"

    def run(*words: object) -> subprocess.CompletedProcess:
        command = [sys.executable, "-c", ALONE, str(script), *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, cwd=repository.parent)

    return run


@pytest.mark.parametrize(
    ("name", "options", "seconds", "channels"),
    [
        ("spectral", [], 2.03, 1),
        ("spectral", ["--stream"], 2.03, 2),
        ("low_delay", ["--stream"], 0.801, 1),
        ("segan", [], 2.03, 2),
        ("segan", [], 0.05, 1),
    ],
)
def test_files_are_cleaned_as_by_the_command(
    exported, small, example, tmp_path, name, options, seconds, channels
):
    rng = np.random.default_rng(0)
    wave = 0.1 * rng.standard_normal((round(16000 * seconds), channels))
    soundfile.write(tmp_path / "noisy.wav", wave, 16000, subtype="FLOAT")
    done = example(exported(name).folder, tmp_path / "noisy.wav", tmp_path / "clean.wav", *options)
    assert done.returncode == 0, done.stderr
    enhance_file(load(small(name)), tmp_path / "noisy.wav", tmp_path / "ours.wav")
    ours, theirs = (soundfile.read(tmp_path / file)[0] for file in ("ours.wav", "clean.wav"))
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() < 1e-4
    assert np.abs(ours - wave.reshape(ours.shape)).max() > 1e-2  # something was changed


def test_int8_runs_too_and_what_is_not_there_is_said(exported, example, tmp_path):
    wave = 0.1 * np.random.default_rng(0).standard_normal(8000)
    soundfile.write(tmp_path / "noisy.wav", wave, 16000)
    soundfile.write(tmp_path / "other.wav", wave, 8000)
    folder, noisy = exported("spectral").folder, tmp_path / "noisy.wav"
    assert example(folder, noisy, tmp_path / "a.wav", "--precision", "int8").returncode == 0
    assert soundfile.info(tmp_path / "a.wav").frames == len(wave)
    rate = example(folder, tmp_path / "other.wav", tmp_path / "b.wav")
    assert rate.returncode == 1
    assert "sox" in rate.stderr
    stream = example(exported("segan").folder, noisy, tmp_path / "c.wav", "--stream")
    assert stream.returncode == 1
    assert "leave out --stream" in stream.stderr
