"""Text and JSON: strict, sorted, whole; names that are not UTF-8."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from speechgen.errors import OutputError
from speechgen.files import counted, printable, write_json, write_text

LATIN = os.fsdecode(b"r\xe9union.wav")


def test_json_is_strict_sorted_and_takes_numpy(tmp_path: Path) -> None:
    value = {"b": np.float32(0.5), "a": [float("nan"), float("inf"), np.int64(3)], "c": "é"}
    write_json(tmp_path / "out.json", value)
    text = (tmp_path / "out.json").read_text(encoding="utf-8")
    assert json.loads(text) == {"a": [None, None, 3], "b": 0.5, "c": "é"}
    assert list(json.loads(text)) == ["a", "b", "c"]
    assert "é" in text


def test_names_come_back_out_of_json(tmp_path: Path) -> None:
    write_json(tmp_path / "out.json", {LATIN: LATIN})
    assert json.loads((tmp_path / "out.json").read_text(encoding="utf-8")) == {LATIN: LATIN}


def test_names_in_text_are_escaped_or_kept_byte_by_byte(tmp_path: Path) -> None:
    write_text(tmp_path / "a", LATIN)
    assert (tmp_path / "a").read_text(encoding="utf-8") == "r\\udce9union.wav"
    write_text(tmp_path / "a", LATIN, errors="surrogateescape")
    assert (tmp_path / "a").read_bytes() == b"r\xe9union.wav"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (LATIN, "r\\xe9union.wav"),
        ("Größe 会議.wav", "Größe 会議.wav"),
        ("two\nlines\r\n", "two lines"),
        ("\x1b[31mred\x9b\ud800", "\\x1b[31mred\\x9b\\ud800"),
    ],
)
def test_anything_can_be_printed(name: str, shown: str) -> None:
    assert printable(name) == shown


def test_one_of_something_is_not_called_in_the_plural() -> None:
    assert [counted(number, "file") for number in (0, 1, 2)] == ["0 files", "1 file", "2 files"]


def test_json_replaces_json_only(tmp_path: Path) -> None:
    """A recording given by mistake as --json is kept."""
    sound, old = tmp_path / "talk.wav", tmp_path / "old.json"
    sound.write_bytes(b"RIFF0000WAVE")
    old.write_text(" [1]")
    with pytest.raises(OutputError, match="not of JSON, and is kept"):
        write_json(sound, {"a": 1})
    assert sound.read_bytes() == b"RIFF0000WAVE"
    write_json(old, {"a": 1})
    write_json(tmp_path / "new.json", [])
    assert json.loads(old.read_text()) == {"a": 1}
