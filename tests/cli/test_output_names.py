"""Outputs and inputs under names that some disks, shells and terminals find hard."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import soundfile

LATIN = os.fsdecode(b"r\xe9union.wav")


def test_names_that_are_not_utf8_go_through_every_verb(run, refused, tiny, speech, tmp_path):
    sounds = tmp_path / "sounds"
    sounds.mkdir()
    for name, source in ((LATIN, "ann/ann_0.wav"), ("plain.wav", "bob/bob_0.wav")):
        shutil.copy(speech / source, sounds / name)
    latin, model = sounds / LATIN, ("--model", tiny["identity"])
    for _ in range(2):  # done, and known to be done
        outcome = run(
            "enhance", sounds, *model, "--output", tmp_path / "out",
            "--report", tmp_path / "r.jsonl",
        )  # fmt: skip
        assert outcome.status == 0, outcome.err
    assert sorted(map(os.fsencode, os.listdir(tmp_path / "out")))[1:] == [
        b"plain.wav",
        b"r\xe9union.wav",
    ]
    lines = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text("utf-8").splitlines()]
    assert {line["source"] for line in lines} == {str(path) for path in sounds.iterdir()}
    assert "r\\xe9union" in refused("enhance", latin, "--output", latin, *model)
    assert "union.wav" in run("info", latin).out
    assert "r\\xe9union" in refused("info", sounds / f"no {LATIN}")
    outcome = run(
        "embed", latin, sounds / "plain.wav", "--output", tmp_path / "v.npz",
        "--model", tiny["speaker_encoder"],
    )  # fmt: skip
    assert outcome.status == 0, outcome.err
    outcome = run(
        "synthesize", "--from", latin, "--speaker", "ann", "--output", tmp_path / f"voice {LATIN}",
        "--json", tmp_path / "voice.json", "--model", tiny["wavenet"],
    )  # fmt: skip
    assert outcome.status == 0 and "voice r\\xe9union.wav" in outcome.out, outcome.err
    outcome = run(
        "score", "enhancement", "--clean", sounds, "--estimate", tmp_path / "out",
        "--json", tmp_path / "scores.json",
    )  # fmt: skip
    assert outcome.status in (0, 1) and "Traceback" not in outcome.err
    refused("prepare", "tree", sounds, "--output", tmp_path / "data")


def test_long_names(run, tiny, speech, tmp_path):
    sounds, sound = tmp_path / "sounds", speech / "ann/ann_0.wav"
    sounds.mkdir()
    longest, wide = "x" * 251 + ".wav", "会" * 83 + ".wav"
    for name in (longest, wide, "short.wav"):
        shutil.copy(sound, sounds / name)
    command = ("enhance", sounds, "--model", tiny["identity"], "--output")
    assert run(*command, tmp_path / "out").status == 0
    assert {longest, wide, "short.wav"} <= set(os.listdir(tmp_path / "out"))
    outcome = run(*command, tmp_path / "drawn", "--chart")
    assert outcome.status == 1 and outcome.err.count("too long a name") == 2
    assert {"short.wav", "short.wav.png"} <= set(os.listdir(tmp_path / "drawn"))
    outcome = run("enhance", sound, "--output", tmp_path / ("y" * 252 + ".wav"), *command[2:4])
    assert outcome.status == 1 and outcome.err.count("\n") == 1
    assert "too long" in outcome.err


def test_a_folder_does_not_become_a_folder_called_wav(refused, tiny, speech, tmp_path):
    for inputs in ([speech], [speech / "ann/ann_0.wav", speech / "bob/bob_0.wav"]):
        for name in ("x.wav", "x.flac"):
            output = tmp_path / name
            line = refused("enhance", *inputs, "--output", output, "--model", tiny["identity"])
            assert "like one sound file" in line and not output.exists()
        line = refused("enhance", *inputs, "--output", "/dev/null", "--model", tiny["identity"])
        assert "takes one file" in line


def test_sound_and_vectors_go_through_pipes(tiny, speech, tmp_path):
    sound, script = speech / "ann/ann_0.wav", [sys.executable, "-m", "speechgen"]
    expected = soundfile.read(sound, dtype="int16")[0]
    command = [*script, "enhance", sound, "--model", tiny["identity"], "--output"]
    through = subprocess.run([*command, "/dev/stdout"], capture_output=True, check=True)
    (tmp_path / "a.wav").write_bytes(through.stdout)
    np.testing.assert_array_equal(soundfile.read(tmp_path / "a.wav", dtype="int16")[0], expected)
    shell = '"$@" >(cat >b.wav) && while [ ! -s b.wav ]; do sleep 0.05; done'
    subprocess.run(["bash", "-c", shell, "-", *command], cwd=tmp_path, check=True, timeout=120)
    np.testing.assert_array_equal(soundfile.read(tmp_path / "b.wav", dtype="int16")[0], expected)
    command = [*script, "embed", sound, "--model", tiny["speaker_encoder"], "--output"]
    through = subprocess.run([*command, "/dev/stdout"], capture_output=True, check=True)
    (tmp_path / "v.npz").write_bytes(through.stdout)
    assert np.load(tmp_path / "v.npz")["vectors"].ndim == 2
    assert Path("/dev/null").is_char_device()
