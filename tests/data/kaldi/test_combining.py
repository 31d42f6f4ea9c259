"""Data directories become one; sentences that are held out stay out of it."""

from __future__ import annotations

import pytest

from speechgen.data import combine_data, write_data_directory
from speechgen.errors import DataError


@pytest.fixture
def said(tmp_path, make_sound):
    """A data directory of utterances by one speaker, from their texts."""

    def write(who: str, texts: dict[str, str]):
        wavs = {f"{who}-{key}": make_sound(tmp_path / who / f"{key}.wav") for key in texts}
        words = {f"{who}-{key}": text for key, text in texts.items() if text}
        return write_data_directory(
            tmp_path / f"data_{who}", wavs, dict.fromkeys(wavs, who), texts=words
        )

    return write


def test_all_utterances_of_several(said, tmp_path) -> None:
    ann, bob = said("ann", {"1": "One."}), said("bob", {"1": "Two.", "2": ""})
    both = combine_data([ann.path, bob.path], tmp_path / "both")
    assert both.ids == ["ann-1", "bob-1", "bob-2"]
    assert both.texts == {"ann-1": "One.", "bob-1": "Two."}
    with pytest.raises(DataError, match="ann-1 is both in"):
        combine_data([ann.path, ann.path], tmp_path / "twice")


def test_sentences_held_out_are_left_out_whoever_says_them(said, tmp_path) -> None:
    ann = said("ann", {"1": "Hello, you.", "2": "Go!", "3": ""})
    bob = said("bob", {"1": "GO", "2": "Stay.", "3": ""})
    test = said("cyd", {"1": "hello you", "2": "Go.", "3": ""})
    left = combine_data([ann.path, bob.path], tmp_path / "left", unlike=[test.path])
    assert left.ids == ["ann-3", "bob-2", "bob-3"]  # those without words cannot be told
    only = said("dan", {"1": "Go"})
    with pytest.raises(DataError, match="all of its sentences"):
        combine_data([only.path], tmp_path / "x", unlike=[test.path])
