"""The spoken digits: the customary test set, digits as words, clear refusals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from speechgen.audio import write
from speechgen.data import load_data_directory
from speechgen.data.corpora.fsdd import prepare_fsdd
from speechgen.errors import DataError


def recordings(folder: Path, indices: list[int]) -> None:
    for digit in (0, 7):
        for speaker in ("ann", "ben"):
            for index in indices:
                path = folder / f"{digit}_{speaker}_{index}.wav"
                write(path, np.full((1, 80), 0.1, np.float32), 8000)


@pytest.mark.parametrize("below", ["", "recordings"])
def test_parts_by_index_with_words_and_speakers(below: str, tmp_path: Path) -> None:
    recordings(tmp_path / "corpus" / below, [0, 4, 5, 6, 7, 49])
    parts = prepare_fsdd(tmp_path / "corpus", tmp_path / "data")
    found = {
        name: sorted({int(utterance.rsplit("_", 1)[1]) for utterance in part.ids})
        for name, part in parts.items()
    }
    assert found == {"test": [0, 4], "valid": [5, 6], "train": [7, 49]}
    test = load_data_directory(tmp_path / "data" / "test")
    assert test.speakers["ann-7_ann_4"] == "ann"
    assert test.texts is not None and test.texts["ann-7_ann_4"] == "seven"
    assert test.speaker_names == ["ann", "ben"] and len(test) == 8


def test_refusals(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="DIGIT_SPEAKER_INDEX"):
        prepare_fsdd(tmp_path, tmp_path / "data")
    recordings(tmp_path / "few", [0, 7])
    with pytest.raises(DataError, match="no recordings for valid"):
        prepare_fsdd(tmp_path / "few", tmp_path / "data")
    write(tmp_path / "few" / "noise.wav", np.zeros((1, 80), np.float32), 8000)
    with pytest.raises(DataError, match=r"noise\.wav: is not named"):
        prepare_fsdd(tmp_path / "few", tmp_path / "data")
