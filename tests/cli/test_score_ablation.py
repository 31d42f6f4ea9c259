"""``score enhancer`` and ``score ablation``: numbers of a model, and one line of error."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from speechgen.audio import write
from speechgen.cli.entry import app
from speechgen.data import write_data_directory
from speechgen.errors import SpeechgenError

RATE = 16000


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two pairs of generated speech-like sound, 2 s each."""
    root = tmp_path_factory.mktemp("score")
    rng, time = np.random.default_rng(0), np.arange(2 * RATE) / RATE
    clean, noisy = {}, {}
    for index, pitch_hz in enumerate((110.0, 190.0)):
        buzz = sum(np.sin(2 * np.pi * k * pitch_hz * time) / k for k in range(1, 20))
        wave = (0.05 * buzz * (1.0 + np.sin(2 * np.pi * 3 * time)))[None].astype(np.float32)
        noise = 0.02 * rng.standard_normal(wave.shape).astype(np.float32)
        for kind, sides, sound in (("clean", clean, wave), ("noisy", noisy, wave + noise)):
            sides[f"u{index}"] = root / kind / f"u{index}.wav"
            write(sides[f"u{index}"], sound, RATE)
    speakers = dict.fromkeys(clean, "x")
    write_data_directory(root / "pairs", wavs=clean, speakers=speakers, noisy=noisy)
    return root / "pairs"


def scores(*words: object) -> dict:
    """The JSON that ``score enhancer`` with ``words`` writes."""
    target = Path(str(words[-1]))
    done = CliRunner().invoke(
        app, ["score", "enhancer", *map(str, words[:-1]), "--json", target.as_posix()]
    )
    assert done.exit_code == 0, done.output + repr(done.exception)
    return json.loads(target.read_text("utf-8"))


def test_a_model_with_windows_without_overlap_and_overlapping(pairs: Path, tmp_path: Path) -> None:
    common = ("--data", pairs, "--model", "segan-small", "--jobs", 1, "--system", "small")
    joined = scores(*common, tmp_path / "joined.json")
    apart = scores(*common, "--windows", "no-overlap", tmp_path / "apart.json")
    noisy = scores("--data", pairs, "--noisy", "--jobs", 1, tmp_path / "noisy.json")
    assert (
        joined["context"]["windows"] == "overlapping"
        and apart["context"]["windows"] == "no-overlap"
    )
    assert joined["context"]["weights"] == apart["context"]["weights"] > 1_000_000
    assert joined["context"]["training"]["seed"] is not None
    values = [one["mean"]["SI-SDR"] for one in (joined, apart, noisy)]
    assert len(set(values)) == 3
    assert abs(values[0] - values[1]) < 3.0  # the seams cost something, not everything


def test_several_sets_in_one_file(pairs: Path, tmp_path: Path) -> None:
    several = scores(
        "--data", pairs, "--data", pairs, "--noisy", "--jobs", 1, tmp_path / "two.json"
    )["results"]  # fmt: skip
    assert len(several) == 2
    assert several[0]["files"] == several[1]["files"]


def test_what_contradicts_itself_is_refused(pairs: Path, tmp_path: Path) -> None:
    words = ["score", "enhancer", "--data", str(pairs), "--noisy", "--model", "segan-small"]
    done = CliRunner().invoke(app, words)
    assert isinstance(done.exception, SpeechgenError)
    assert "one of the two" in str(done.exception)
    (tmp_path / "rows").write_text("base the base\n", encoding="utf-8")
    words = ["score", "ablation", "--exp", str(tmp_path), "--rows", str(tmp_path / "rows")]
    done = CliRunner().invoke(app, words)
    assert isinstance(done.exception, SpeechgenError)
    assert "no scores of any of the rows" in str(done.exception)
    assert not (tmp_path / "RESULTS.md").exists()
