"""Noises for training, validation and test: no recording on two sides, held-out ones unheard."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from speechgen import audio
from speechgen.data import prepare_noise_parts
from speechgen.data.kaldi.noise_names import recording_of
from speechgen.errors import DataError


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Two sources of two classes; takes A and B of ten recordings, half of them of fold 5."""
    rng = np.random.default_rng(0)
    for name in ("rain", "dogs"):
        for clip in range(10):
            for take in "AB":
                file = tmp_path / "noise" / "esc" / name / f"{1 + clip % 5}-{100 + clip}-{take}.wav"
                audio.write(file, 0.1 * rng.standard_normal((1, 400)), 16000)
    audio.write(tmp_path / "noise" / "street" / "city" / "a.wav", np.ones((1, 400)) * 0.1, 16000)
    return tmp_path / "noise"


def recordings(part) -> set[str]:
    return {f"{part.speakers[name]}/{recording_of(part.wavs[name].stem)}" for name in part.ids}


@pytest.mark.parametrize("valid", [0, 0.2, 5])
def test_parts_share_no_recording_and_keep_what_is_held_out_apart(tree, tmp_path, valid) -> None:
    held_out = ["esc/*/5-*", "street"]
    parts = prepare_noise_parts(tree, tmp_path / "out", held_out=held_out, valid=valid, seed=1)
    assert set(parts) == ({"train", "test", "valid"} if valid else {"train", "test"})
    test = {file.relative_to(tree).as_posix() for file in parts["test"].wavs.values()}
    assert len(test) == 9
    assert all(name.startswith(("esc/rain/5-", "esc/dogs/5-", "street")) for name in test)
    found = [recordings(part) for part in parts.values()]
    assert sum(map(len, found)) == len(set.union(*found))
    assert sum(len(part) for part in parts.values()) == 41
    wanted = {0: 0, 0.2: 3, 5: 5}[valid]
    assert len(recordings(parts["valid"]) if valid else ()) == wanted
    for name, part in parts.items():
        assert (tmp_path / "out" / name / "wav.scp").is_file() and len(part) > 0


def test_without_patterns_that_fit_test_and_validation_are_drawn(tree, tmp_path) -> None:
    parts = prepare_noise_parts(tree, tmp_path / "out", held_out=["nowhere"], valid=0.1)
    found = [recordings(part) for part in parts.values()]
    assert set(parts) == {"train", "valid", "test"}
    assert sum(map(len, found)) == len(set.union(*found)) == 21


def test_too_much_for_validation_is_refused(tree, tmp_path) -> None:
    with pytest.raises(DataError, match="ask for fewer"):
        prepare_noise_parts(tree, tmp_path / "out", held_out=["street"], valid=20)


def test_real_noises_of_evaluation_are_held_out(corpora: Path, tmp_path: Path) -> None:
    held_out = ["esc10/*/5-*", "blanket", "openrct2_sfx"]
    parts = prepare_noise_parts(corpora / "noise", tmp_path, held_out=held_out, valid=0.05)
    for name in ("train", "valid"):
        for file in parts[name].wavs.values():
            below = file.relative_to(corpora / "noise").parts
            assert below[0] not in ("blanket", "openrct2_sfx")
            assert not (below[0] == "esc10" and below[-1].startswith("5-"))
    assert not recordings(parts["train"]) & recordings(parts["valid"])
