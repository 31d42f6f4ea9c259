"""LJ Speech as it is unpacked: one voice, words with numbers spelled."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from speechgen.audio import write
from speechgen.data import prepare_auto, prepare_ljspeech
from speechgen.data.corpora import ljspeech
from speechgen.data.corpora.ljspeech import download_ljspeech
from speechgen.errors import DataError

LINES = """LJ001-0001|In 1450, "printing"|In fourteen fifty, "printing"
LJ001-0002|in being|
LJ002-0001||
"""


def corpus(folder: Path) -> Path:
    for line in LINES.splitlines():
        path = folder / "wavs" / f"{line.split('|')[0]}.wav"
        write(path, np.full((1, 400), 0.1, np.float32), 22050)
    (folder / "metadata.csv").write_text(LINES, encoding="utf-8")
    return folder


@pytest.mark.parametrize("below", ["", "LJSpeech-1.1"])
def test_one_voice_and_the_words_that_are_spelled(below: str, tmp_path: Path) -> None:
    corpus(tmp_path / "root" / below)
    data = prepare_ljspeech(tmp_path / "root", tmp_path / "data")
    assert data.ids == ["lj-LJ001-0001", "lj-LJ001-0002", "lj-LJ002-0001"]
    assert data.speaker_names == ["lj"]
    assert data.texts == {
        "lj-LJ001-0001": 'In fourteen fifty, "printing"',
        "lj-LJ001-0002": "in being",
    }
    assert prepare_auto(tmp_path / "root", tmp_path / "auto").texts == data.texts


def test_what_is_there_is_not_fetched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = []
    monkeypatch.setattr(ljspeech, "fetch_archives", lambda *words: asked.append(words))
    assert download_ljspeech(corpus(tmp_path / "there")) == tmp_path / "there" and not asked
    download_ljspeech(tmp_path / "empty")
    assert asked == [(ljspeech.ARCHIVES, tmp_path / "empty")]
    with pytest.raises(DataError, match="holds no metadata.csv"):
        prepare_ljspeech(tmp_path / "empty", tmp_path / "data")
