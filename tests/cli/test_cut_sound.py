"""Sound that is cut short: enhanced as far as it goes, told, and not done unless accepted."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

KINDS = [
    ("a.w64", "W64", "PCM_16"), ("a.flac", "FLAC", "PCM_16"), ("a.opus", "OGG", "OPUS"),
    ("a.mp3", "MP3", "MPEG_LAYER_III"),
]  # fmt: skip


def cut(path: Path, wave: np.ndarray, container: str, subtype: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, wave, 16000, format=container, subtype=subtype)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 6 // 10])
    return path


def test_a_cut_file_is_enhanced_told_and_redone_until_it_is_whole(run, tiny, voice, tmp_path):
    folder, output = tmp_path / "in", tmp_path / "out"
    wave = voice(2.0)
    bad = cut(folder / "bad.wav", wave, "WAV", "PCM_16")
    soundfile.write(folder / "good.wav", wave, 16000)
    command = ("enhance", folder, "--output", output, "--model", tiny["identity"])
    for _ in range(2):
        outcome = run(*command, "--report", tmp_path / "r.jsonl")
        assert outcome.status == 1
        told = [line for line in outcome.error_lines if "done before" not in line]
        assert len(told) == 2
        for words in ("warning", str(bad), "25618 bytes", "1.199 s are there", "--salvage"):
            assert words in told[0]
        assert "error: 1 file is not whole" in told[1]
        assert "bad.wav" not in outcome.out
        known = soundfile.info(output / "bad.wav").frames
        assert known == soundfile.info(bad).frames == 19191
    lines = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text().splitlines()]
    assert ["damage" in line for line in lines] == [True, False]
    assert [line.get("done_before", False) for line in lines] == [False, True]
    soundfile.write(bad, wave, 16000)  # copied again
    outcome = run(*command)
    assert (outcome.status, soundfile.info(output / "bad.wav").frames) == (0, 32000)


def test_with_salvage_it_is_done(run, tiny, voice, tmp_path):
    bad = cut(tmp_path / "in" / "bad.flac", voice(2.0), "FLAC", "PCM_16")
    command = ("enhance", bad.parent, "--output", tmp_path / "out", "--model", tiny["identity"])
    assert run(*command).status == 1
    outcome = run(*command, "--salvage")
    assert outcome.status == 0
    assert ["warning" in line for line in outcome.error_lines] == [True]
    assert "bad.flac" in outcome.out
    outcome = run(*command)
    assert (outcome.status, outcome.error_lines) == (0, ["1 file was done before"])


@pytest.mark.parametrize(("name", "container", "subtype"), KINDS)
def test_verbs_that_a_cut_file_would_mislead_refuse_it(
    refused, tiny, voice, files_in, tmp_path, name, container, subtype
):
    bad = cut(tmp_path / "in" / "ann" / name, voice(2.0), container, subtype)
    before = files_in(tmp_path)
    whole = tmp_path / "in" / "ann"
    for command in (
        ("info", bad),
        ("embed", bad, "--output", tmp_path / "v.npz", "--model", tiny["speaker_encoder"]),
        ("synthesize", "--from", bad, "--speaker", "ann", "--output", tmp_path / "o.wav", "--model",
         tiny["wavenet"]),
        ("prepare", "tree", tmp_path / "in", "--output", tmp_path / "data"),
        ("score", "enhancement", "--clean", whole, "--estimate", whole),
    ):  # fmt: skip
        line = refused(*command)
        assert name in line
        assert "cut short" in line
    assert files_in(tmp_path) == before


def test_sound_that_is_left_out_is_told(run, tiny, voice, tmp_path, monkeypatch):
    folder = tmp_path / "in"
    (folder / "ann").mkdir(parents=True)
    soundfile.write(folder / "ann" / "a.wav", voice(1.0), 16000)
    (folder / "ann" / "b.m4a").write_bytes(b"\0" * 99)
    monkeypatch.setenv("PATH", str(tmp_path))
    for command in (
        ("enhance", folder, "--output", tmp_path / "out", "--model", tiny["identity"]),
        ("prepare", "tree", folder, "--output", tmp_path / "data"),
    ):
        outcome = run(*command)
        assert outcome.status == 0
        told = [line for line in outcome.error_lines if "left out (1 .m4a); install" in line]
        assert len(told) == 1


def test_one_that_cannot_be_described_does_not_hide_the_others(run, voice, tmp_path):
    bad = cut(tmp_path / "bad.wav", voice(2.0), "WAV", "PCM_16")
    good = tmp_path / "good.wav"
    soundfile.write(good, voice(2.0), 16000)
    outcome = run("info", bad, tmp_path / "none.wav", good)
    assert outcome.status == 1
    told = zip(outcome.error_lines, (bad, tmp_path / "none.wav"), strict=True)
    assert all(f"error: {path}" in line for line, path in told)
    assert str(good) in outcome.out and "32000 samples" in outcome.out
