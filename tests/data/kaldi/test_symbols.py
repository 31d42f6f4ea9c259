"""Symbols of a data directory: written, read again, refused where they are something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from speechgen.data.kaldi.symbols import read_symbols, sentence_of, write_symbols, written
from speechgen.errors import DataError

pytest.importorskip("gruut", reason="the front end needs gruut")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "wav.scp").write_text("a a.wav\nb b.wav\n")
    (tmp_path / "utt2spk").write_text("a x\nb x\n")
    (tmp_path / "spk2utt").write_text("x a b\n")
    (tmp_path / "text").write_text("a Well, go now. Why?\nb THE RED ONE\n")
    for name in "ab":
        (tmp_path / f"{name}.wav").touch()
    return tmp_path


def test_what_is_written_is_read_again(folder: Path) -> None:
    assert write_symbols(folder) == 2
    found = read_symbols(folder)
    assert found["a"][0] == (*"_wɛl,ɡ", "oʊ", *" n", "aʊ", *".w", "aɪ", *"?_")
    assert found["a"][1][2] == 1 and sum(found["a"][1]) == 4
    lines = (folder / "symbols").read_text(encoding="utf-8").splitlines()
    assert lines == [f"{name} {written(*found[name])}" for name in "ab"]
    assert lines[1] == "b _ ð ə | ɹ ˈɛ d | w ˈʌ n . _"


def test_sentences_are_joined_without_silence() -> None:
    sentence = sentence_of("Go. Now!")
    assert sentence.text == "Go Now" and sentence.symbols().count("_") == 2
    assert max(sentence.words()) == 1


def test_what_is_no_symbol_is_refused_by_line(folder: Path) -> None:
    with pytest.raises(DataError, match="speechgen prepare symbols"):
        read_symbols(folder)
    (folder / "symbols").write_text("a _ b _\nb _ QQ _\n")
    with pytest.raises(DataError, match=r"symbols:2: 'QQ' is no symbol"):
        read_symbols(folder)


def test_nothing_to_say_is_refused() -> None:
    with pytest.raises(DataError, match="nothing to say"):
        sentence_of("")
