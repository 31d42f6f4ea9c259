"""Sound that is no sound is refused in one line, and nothing is left half-written."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile


def _missing(path: Path, wave: np.ndarray) -> None:
    pass


def _empty(path: Path, wave: np.ndarray) -> None:
    path.write_bytes(b"")


def _no_samples(path: Path, wave: np.ndarray) -> None:
    soundfile.write(path, wave[:0], 16000)


def _truncated(path: Path, wave: np.ndarray) -> None:
    soundfile.write(path, wave, 16000)
    path.write_bytes(path.read_bytes()[:-2000])


def _text(path: Path, wave: np.ndarray) -> None:
    path.write_text("this is no sound\n")


def _nan(path: Path, wave: np.ndarray) -> None:
    broken = wave.copy()
    broken[100] = np.nan
    soundfile.write(path, broken, 16000, subtype="FLOAT")


def _infinity(path: Path, wave: np.ndarray) -> None:
    broken = wave.copy()
    broken[-1] = -np.inf
    soundfile.write(path, broken, 16000, subtype="FLOAT")


BAD_SOUND: list[Callable[[Path, np.ndarray], None]] = [
    _missing, _empty, _no_samples, _truncated, _text, _nan, _infinity,
]  # fmt: skip
RECORD = ".speechgen-enhance.jsonl"


SPOILED = [
    pytest.param(verb, spoil, id=f"{verb}-{spoil.__name__[1:]}")
    for verb in ("enhance", "synthesize", "embed", "info")
    for spoil in BAD_SOUND
    if verb != "info" or spoil not in (_nan, _infinity)  # info reads the header only
    if verb != "enhance" or spoil != _truncated  # enhanced as far as it goes: test_cut_sound.py
]


@pytest.mark.parametrize(("verb", "spoil"), SPOILED)
def test_bad_sound_is_refused_in_one_line(files_in, refused, tiny, voice, tmp_path, verb, spoil):
    bad = tmp_path / "bad.wav"
    spoil(bad, voice(1.0))
    before = files_in(tmp_path)
    arguments = {
        "enhance": ("enhance", bad, "--output", tmp_path / "out.wav", "--model", tiny["identity"]),
        "synthesize": (
            "synthesize", "--from", bad, "--speaker", "ann", "--output", tmp_path / "out.wav",
            "--model", tiny["wavenet"],
        ),
        "embed": (
            "embed", bad, "--output", tmp_path / "out.npz", "--model", tiny["speaker_encoder"],
        ),
        "info": ("info", bad),
    }[verb]  # fmt: skip
    line = refused(*arguments)
    assert "bad.wav" in line
    assert files_in(tmp_path) == before


def test_a_folder_run_does_the_good_files_and_lists_the_bad_ones_last(
    files_in, run, tiny, voice, tmp_path
):
    source, output = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    bad = [spoil for spoil in BAD_SOUND[1:] if spoil != _truncated]
    for spoil in bad:
        spoil(source / f"{spoil.__name__[1:]}.wav", voice(1.0))
    for name in ("a.wav", "z.wav", "deep/m.wav"):
        (source / name).parent.mkdir(exist_ok=True)
        soundfile.write(source / name, voice(1.0), 16000)
    outcome = run("enhance", source, "--output", output, "--model", tiny["identity"])
    assert outcome.status == 1
    wanted = {output / name for name in (RECORD, "a.wav", "z.wav", "deep/m.wav")}
    assert files_in(output) == wanted
    assert len(outcome.error_lines) == len(bad)
    for spoil in bad:
        named = [line for line in outcome.error_lines if f"{spoil.__name__[1:]}.wav" in line]
        assert len(named) == 1
        assert "error" in named[0]


def test_a_folder_without_sound(refused, tiny, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "notes.txt").write_text("nothing to hear")
    refused("enhance", tmp_path / "in", "--output", tmp_path / "out", "--model", tiny["identity"])
    refused("prepare", "tree", tmp_path / "in", "--output", tmp_path / "data")
    refused("info", tmp_path / "in")
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "data" / "wav.scp").exists()


def _stream_cases(wav: bytes) -> list[tuple[bytes, tuple, str]]:
    raw = ("--rate", 16000)
    nan = np.full(9, np.nan, "<f4").tobytes()
    return [
        (b"", (), "stdin"),
        (b"", raw, "no samples"),
        (b"no sound at all", (), "stdin"),
        (wav[:-100], (), "100 bytes"),
        (wav[:3001], raw, "within a sample"),
        (nan, (*raw, "--format", "f32le"), "NaN"),
        (wav, (*raw, "--format", "mp3"), "s16le"),
        (wav, ("--channels", 2), "--rate"),
    ]


@pytest.mark.parametrize("number", range(8))
def test_a_bad_stream_is_one_line(run, tiny, speech, monkeypatch, number):
    data, options, words = _stream_cases((speech / "ann/ann_0.wav").read_bytes())[number]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    outcome = run("enhance", "--stream", "--model", tiny["identity"], *options)
    assert outcome.status == 1
    told = [line for line in outcome.error_lines if "lags by" not in line]
    assert len(told) == 1
    assert "error" in told[0]
    assert words in told[0]
