"""Data directories: what is written is loaded again, and every fault has a file and a line."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import soundfile

from speechgen import audio
from speechgen.data import (
    AudioBank,
    Segment,
    copy_data_directory,
    load_data_directory,
    validate,
    write_data_directory,
)
from speechgen.errors import DataError


@pytest.fixture
def good(tmp_path, make_sound) -> Path:
    """A directory with all files, two speakers and a path with spaces."""
    folder = tmp_path / "my data"
    wavs = {f"{s}-{n}": make_sound(folder / "a b" / f"{s} {n}.wav") for s in "ab" for n in "12"}
    write_data_directory(
        folder,
        wavs,
        {name: name[0] for name in wavs},
        texts=dict.fromkeys(wavs, "two  words"),
        noisy=wavs,
        durations=dict.fromkeys(wavs, 0.5),
    )
    return folder


def test_what_is_written_is_loaded(good) -> None:
    data = load_data_directory(good)
    assert validate(good, read_headers=True) == []
    assert data.ids == ["a-1", "a-2", "b-1", "b-2"]
    assert data.speaker_names == ["a", "b"]
    assert data.texts == dict.fromkeys(data.ids, "two words")
    assert data.durations == dict.fromkeys(data.ids, 0.5)
    assert data.wavs["a-1"] == good / "a b" / "a 1.wav"
    assert "a-1 a b/a 1.wav\n" in (good / "wav.scp").read_text()
    assert (good / "spk2utt").read_text() == "a a-1 a-2\nb b-1 b-2\n"


def test_a_directory_can_be_moved_with_its_sound(good, tmp_path) -> None:
    moved = good.rename(tmp_path / "elsewhere")
    assert load_data_directory(moved).wavs["b-2"].is_file()


def edit(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1))


FAULTS = [
    ("wav.scp", "a-1 ", "c-1 ", "wav.scp:2: a-2 is not in order"),
    ("wav.scp", "a-2 ", "a-1 ", "wav.scp:2: a-1 occurs twice"),
    ("wav.scp", "a b/a 2.wav", "gone.wav", "wav.scp:2: a-2: no such file: gone.wav"),
    ("wav.scp", "a b/b 1.wav", "touch owned |", "wav.scp:3: b-1 is a command"),
    ("wav.scp", "a b/b 1.wav", "", "wav.scp:3: b-1 names no file"),
    ("wav.scp", "a-1 ", " a-1 ", "wav.scp:1: begins with a space"),
    ("utt2spk", "b-2 b\n", "", "lacks b-2, which wav.scp has"),
    ("utt2spk", "a-2 a", "a-2 b", "utt2spk"),
    ("utt2spk", "a-2 a", "a-2 a x", "utt2spk:2: a-2 should have one speaker"),
    ("utt2spk", "a-1 a\na-2 a", "a-1 c\na-2 a", "utt2spk:2: a-2: sorting by utterance does not"),
    ("spk2utt", "a a-1 a-2", "a a-1", "utt2spk:2: a-2 of a is not in spk2utt"),
    ("spk2utt", "b b-1 b-2", "b b-1 b-3 b-2", "spk2utt:2: b-3 of b is not in utt2spk"),
    ("spk2utt", "a a-1 a-2\nb b-1", "a a-1 a-2 b-1\nb", "spk2utt:1: b-1 is of a here, of b in"),
    ("text", "b-2 ", "b-3 ", "text:4: b-3 is not in utt2spk"),
    ("noisy.scp", "b-2 ", "b-3 ", "noisy.scp:4: b-3 is not in wav.scp"),
    ("noisy.scp", "a b/a 1.wav", "rm -rf x|", "noisy.scp:1: a-1 is a command"),
    ("utt2dur", "a-2 0.5", "a-2 long", "utt2dur:2: a-2: 'long"),
    ("utt2dur", "a-2 0.5", "a-2 -0.5", "utt2dur:2: a-2"),
]


@pytest.mark.parametrize("name, old, new, message", FAULTS, ids=[fault[3] for fault in FAULTS])
def test_every_fault_is_named_with_its_line(good, name, old, new, message) -> None:
    edit(good, name, old, new)
    problems = validate(good)
    assert any(message in problem for problem in problems), problems
    assert all("\n" not in problem for problem in problems)
    with pytest.raises(DataError) as caught:
        load_data_directory(good)
    assert str(caught.value).startswith(problems[0])


SPELLINGS = {
    "a mark of UTF-8": lambda data: b"\xef\xbb\xbf" + data,
    "marks of joined files": lambda data: data.replace(b"\n", b"\n\xef\xbb\xbf", 1),
    "lines of Windows": lambda data: data.replace(b"\n", b"\r\n"),
    "lines of old Macs": lambda data: data.replace(b"\n", b"\r"),
    "tabs": lambda data: re.sub(rb"^(\S+) ", rb"\1\t", data, flags=re.MULTILINE),
    "many blanks": lambda data: re.sub(rb"^(\S+) ", rb"\1 \t  ", data, flags=re.MULTILINE),
    "blanks at the end": lambda data: data.replace(b"\n", b" \t\n"),
    "no-break spaces at the end": lambda data: data.replace(b"\n", "\u00a0\n".encode()),
    "empty lines at the end": lambda data: data + b"\n \n",
    "no last end of line": lambda data: data.rstrip(b"\n"),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_text_of_all_editors_is_read_as_the_same(good, spelling) -> None:
    expected = load_data_directory(good)
    for file in good.iterdir():
        if file.is_file():
            file.write_bytes(SPELLINGS[spelling](file.read_bytes()))
    assert load_data_directory(good) == expected


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("utt2spk", "a-1 a\na-2 a\n".encode("utf-16"), "utt2spk: is UTF-16 or no text; save it"),
        ("text", "a-1 a\n".encode("utf-16-le"), "text: is UTF-16 or no text; save it"),
        ("text", b"a-1 fine\na-2 caf\xe9\n", "text:2: is not UTF-8 text; save"),
        ("utt2spk", "a-1\u00a0a\n".encode(), "utt2spk:1: 'a-1\\xa0a' holds a space that is not"),
        ("utt2spk", b"a-1 a\n\na-2 a\n", "utt2spk:2: begins with a space or is empty"),
    ],
)
def test_text_that_cannot_be_read_is_one_line(good, name, data, message) -> None:
    (good / name).write_bytes(data)
    problems = validate(good)
    assert any(message in problem for problem in problems), problems
    assert all(len(problem.splitlines()) == 1 for problem in problems)


def test_paths_that_no_disk_could_have_are_problems_and_no_crash(good) -> None:
    edit(good, "wav.scp", "a b/a 1.wav", "x" * 5000)
    assert "wav.scp:1: a-1: no such file" in validate(good)[0]


def test_a_command_is_never_run(good) -> None:
    edit(good, "wav.scp", "a b/b 1.wav", f"touch {good}/owned |")
    validate(good, read_headers=True)
    assert not (good / "owned").exists()


def test_missing_folder_or_files(tmp_path, good) -> None:
    assert validate(tmp_path / "none") == [
        f"{tmp_path / 'none'}: no such data directory; make one with: speechgen prepare"
    ]
    (good / "spk2utt").unlink()
    assert "spk2utt is missing" in validate(good)[0]
    (good / "spk2utt").touch()
    for name in ("wav.scp", "utt2spk"):
        (good / name).write_text("")
    assert "is empty" in validate(good)[0]


def test_headers_are_read_on_request(good) -> None:
    (good / "a b" / "a 1.wav").write_text("no sound")
    assert validate(good) == []
    problems = validate(good, read_headers=True)
    assert len(problems) == 2  # in wav.scp and in noisy.scp
    assert "is not audio" in problems[0]


def test_segments_cut_recordings(tmp_path) -> None:
    wave = np.random.default_rng(0).uniform(-0.4, 0.4, 16000).astype(np.float32)
    audio.write(tmp_path / "r.wav", wave, 16000)
    wave = soundfile.read(tmp_path / "r.wav", dtype="float32")[0]
    pieces = {"s-a": Segment("rec", 0.25, 0.5), "s-b": Segment("rec", 0.5, 1.0)}
    out = tmp_path / "data"
    write_data_directory(
        out,
        dict.fromkeys(pieces, tmp_path / "r.wav"),
        dict.fromkeys(pieces, "s"),
        segments=pieces,
    )
    assert (out / "wav.scp").read_text() == f"rec {tmp_path / 'r.wav'}\n"
    data = copy_data_directory(load_data_directory(out), tmp_path / "copy")
    assert data.segments == pieces
    bank = AudioBank(data, 16000)
    np.testing.assert_array_equal(bank.wave(0), wave[4000:8000])
    np.testing.assert_array_equal(bank.wave(1), wave[8000:])
    edit(out, "segments", "1.000000", "1.500000")
    assert "s-b ends at 1.5 s" in validate(out, read_headers=True)[0]
    edit(out, "segments", "0.250000", "0.750000")
    assert "segments:1: s-a: from 0.75 s to 0.5 s" in validate(out)[0]
    edit(out, "segments", "rec", "other")
    assert "the recording other is not in wav.scp" in validate(out)[0]


@pytest.mark.parametrize("name", ["two words", "", "a\tb"])
def test_ids_that_do_not_fit_are_not_written(tmp_path, make_sound, name) -> None:
    with pytest.raises(DataError, match="white space"):
        write_data_directory(tmp_path / "d", {name: make_sound(tmp_path / "a.wav")}, {name: "s"})


def test_a_file_whose_name_looks_like_a_command_is_not_written(tmp_path, make_sound) -> None:
    with pytest.raises(DataError, match="rename the file"):
        write_data_directory(tmp_path / "d", {"a": tmp_path / "x.wav |"}, {"a": "s"})
