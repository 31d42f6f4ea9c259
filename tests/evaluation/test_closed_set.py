"""A classifier names words of a small set; what is measured, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from speechgen.audio import write
from speechgen.data import load_data_directory, write_data_directory
from speechgen.data.corpora.fsdd import DIGITS
from speechgen.errors import DataError, ModelError
from speechgen.evaluation import score_closed_set
from speechgen.evaluation.closed_set import CHANCE, NAMED, active_frames, by_voice, pieces
from speechgen.store import LoadedModel, load_model, resolve_model


@pytest.fixture(scope="module")
def converter() -> LoadedModel:
    return load_model(resolve_model("converter-small", "synthesize"))


def folder_of(root: Path, files: dict[str, Path], texts: dict[str, str]) -> Path:
    return write_data_directory(root, files, dict.fromkeys(files, "who"), texts=texts).path


@pytest.fixture(scope="module")
def digits(corpora: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Recordings of two speakers: eight of each digit to learn from, two to be named."""
    root = tmp_path_factory.mktemp("digits")
    folders = {}
    for part, indices in {"train": range(10, 18), "test": range(2)}.items():
        files = {
            f"{digit}_{who}_{index}": corpora / "fsdd" / f"{digit}_{who}_{index}.flac"
            for digit in range(10) for who in ("jackson", "lucas") for index in indices
        }  # fmt: skip
        texts = {name: DIGITS[int(name[0])] for name in files}
        folders[part] = folder_of(root / part, files, texts)
    return folders


def test_digits_are_named(converter: LoadedModel, digits: dict[str, Path], tmp_path: Path) -> None:
    (found,) = score_closed_set(converter, digits["train"], digits["test"], [digits["test"]])
    assert found["mean"][NAMED] > 0.85 and found["mean"][CHANCE] == pytest.approx(0.1)
    assert len(found["files"]) == 40 and not found["failed"]
    assert len(found["named"]) == sum(one[NAMED] == 0.0 for one in found["files"].values())

    said = tmp_path / "said"  # a file that says another digit than it is called after
    data = load_data_directory(digits["test"])
    said.mkdir()
    (said / "3_lucas_0__as__jackson.flac").symlink_to(data.wavs["8_lucas_0"].resolve())
    (said / "nobody.flac").symlink_to(data.wavs["8_lucas_0"].resolve())
    both = score_closed_set(converter, digits["train"], digits["test"], [digits["test"], said])
    assert both[0]["files"] == found["files"] and both[0]["mean"] == found["mean"]
    assert [result["context"]["system"] for result in both] == ["test", "said"]
    found = both[1]
    assert found["mean"][NAMED] == 0.0
    assert found["named"] == {"3_lucas_0__as__jackson": "eight for three"}
    assert list(found["failed"]) == ["nobody"]


def test_silence_around_words_does_not_matter() -> None:
    rng = np.random.default_rng(0)
    word = rng.standard_normal(4096).astype(np.float32)
    quiet = 1e-3 * rng.standard_normal(16384).astype(np.float32)
    quiet[4096:8192] = word
    assert active_frames(quiet, 64) == slice(16, 32)
    assert active_frames(word, 16) == slice(0, 16)
    assert active_frames(np.zeros(64, np.float32), 4) == slice(0, 4)


@pytest.mark.parametrize("frames", [1, 2, 5, 7, 100])
def test_pieces_are_means_in_order(frames: int) -> None:
    rows = np.arange(frames, dtype=np.float64)[None].repeat(3, axis=0)
    found = pieces(rows, 5).reshape(5, 3)  # piece by piece
    assert (found == found[:, :1]).all() and (np.diff(found[:, 0]) >= 0).all()
    assert found[0, 0] <= frames / 5 and found[-1, 0] >= 0.8 * (frames - 1)
    constant = pieces(np.full((2, frames), 4.0), 5)
    assert constant == pytest.approx(np.full(10, 4.0))


def test_what_a_voice_has_in_all_files_does_not_matter() -> None:
    rng = np.random.default_rng(0)
    said, voices = rng.standard_normal((40, 6)), ["ann", "bob"] * 20
    coloured = said.copy()
    coloured[1::2] = 3.0 * coloured[1::2] + rng.standard_normal(6)  # as bob's microphone hears it
    usual = said.mean(axis=0), said.std(axis=0)
    found = by_voice(coloured, voices, usual)
    assert found == pytest.approx(by_voice(said, voices, usual), abs=0.15)
    alone = by_voice(said[:1], ["ann"], usual)  # one file keeps what it says
    assert alone == pytest.approx((said[:1] - usual[0]) / (usual[1] + 0.05))


def test_what_is_no_closed_set_is_refused(converter: LoadedModel, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    files = {}
    for name in ("a", "b"):
        files[name] = tmp_path / "sounds" / f"{name}.wav"
        write(files[name], 0.1 * rng.standard_normal((1, 8000)), 16000)
    one = folder_of(tmp_path / "one", files, dict.fromkeys(files, "yes"))
    with pytest.raises(DataError, match="has 1 different texts"):
        score_closed_set(converter, one, one, [one])
    two = folder_of(tmp_path / "two", files, {"a": "yes", "b": "No!"})
    with pytest.raises(DataError, match="no file is called after an utterance"):
        (tmp_path / "other").mkdir()
        (tmp_path / "other" / "c.wav").symlink_to(files["a"])
        score_closed_set(converter, two, two, [two, tmp_path / "other"])
    with pytest.raises(DataError, match="1 names for 2 systems"):
        score_closed_set(converter, two, two, [two, two], systems=["a"])
    (one / "text").unlink()
    with pytest.raises(DataError, match="has no file text"):
        score_closed_set(converter, two, one, [one])
    encoder = load_model(resolve_model("speaker-ecapa", "embed"))
    with pytest.raises(ModelError, match="recognises no phones"):
        score_closed_set(encoder, two, two, [two])
