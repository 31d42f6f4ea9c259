"""Outputs: nothing is lost, replaced without leave, or written by halves."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import soundfile


def test_an_output_that_cannot_be_written(files_in, refused, tiny, speech, tmp_path):
    sound = speech / "ann/ann_0.wav"
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "folder.wav").mkdir()
    outputs = [tmp_path / "file" / "out.wav", "/proc/nowhere/out.wav"]
    if os.geteuid():
        locked = tmp_path / "locked"
        locked.mkdir(mode=0o500)
        outputs.append(locked / "out.wav")
    before = files_in(tmp_path)
    for output in outputs:
        refused("enhance", sound, "--output", output, "--model", tiny["identity"])
        refused(
            "synthesize", "--from", sound, "--speaker", "ann", "--output", output,
            "--model", tiny["wavenet"],
        )  # fmt: skip
        vectors = Path(output).with_suffix(".npz")
        refused("embed", sound, "--output", vectors, "--model", tiny["speaker_encoder"])
    assert files_in(tmp_path) == before


def test_nothing_is_replaced_without_leave(run, refused, tiny, speech, tmp_path):
    sound, output = speech / "ann/ann_0.wav", tmp_path / "out.wav"
    output.write_text("precious")
    line = refused("enhance", sound, "--output", output, "--model", tiny["identity"])
    assert "--overwrite" in line
    voice = ("--from", sound, "--speaker", "ann", "--model", tiny["wavenet"])
    assert "--overwrite" in refused("synthesize", *voice, "--output", output)
    assert output.read_text() == "precious"
    command = ("enhance", sound, "--output", output, "--model", tiny["identity"], "--overwrite")
    assert run(*command).status == 0
    assert soundfile.info(output).frames == soundfile.info(sound).frames


def test_numbers_of_a_synthesis_replace_no_sound(run, refused, tiny, speech, tmp_path):
    source, other = (tmp_path / name for name in ("source.wav", "other.wav"))
    for path in (source, other):
        shutil.copy(speech / "ann/ann_0.wav", path)
    before, output = source.read_bytes(), tmp_path / "out.wav"
    voice = ("--speaker", "ann", "--model", tiny["wavenet"])
    command = ("synthesize", "--from", source, *voice, "--output", output)
    for numbers in (source, other, output, tmp_path):
        assert str(numbers) in refused(*command, "--json", numbers)
        assert not output.exists()
    assert source.read_bytes() == other.read_bytes() == before
    for more in ((), ("--overwrite",)):
        assert run(*command, "--json", tmp_path / "numbers.json", *more).status == 0
    assert json.loads((tmp_path / "numbers.json").read_text())["utterances"] == 1


def test_the_input_is_never_the_output(refused, tiny, speech, tmp_path):
    sound = tmp_path / "sound.wav"
    shutil.copy(speech / "ann/ann_0.wav", sound)
    link = tmp_path / "link.wav"
    link.symlink_to(sound)
    content = sound.read_bytes()
    for output in (sound, link, tmp_path):
        refused(
            "enhance", sound, "--output", output, "--model", tiny["identity"], "--overwrite"
        )  # fmt: skip
    assert sound.read_bytes() == content


def test_options_of_enhance_that_would_do_harm_or_nothing(
    files_in, refused, tiny, speech, tmp_path
):
    sound = tmp_path / "sound.wav"
    shutil.copy(speech / "ann/ann_0.wav", sound)
    (tmp_path / "notes.txt").write_text("precious")
    (tmp_path / "out.wav.png").write_text("precious")
    before = {path: path.read_bytes() for path in files_in(tmp_path)}
    model, out = ("--model", tiny["identity"]), tmp_path / "out.wav"
    for options, words in (
        (("--report", sound), "sound file of this run"),
        (("--report", out), "sound file of this run"),
        (("--report", tmp_path / "notes.txt"), "is no report"),
        (("--report", tmp_path), "is a folder"),
        (("--report", sound / "r.jsonl"), "cannot be written"),
        (("--chart",), "--overwrite"),
        (("--stream",), "--stream"),
        (("--rate", 16000), "--stream"),
        (("--channels", 1), "--stream"),
        (("--format", "s16le"), "--stream"),
        (("--data", tmp_path), "one of the two"),
    ):
        assert words in refused("enhance", sound, "--output", out, *model, *options)
    for options in (("--jobs", 2), ("--chart",), ("--output", out)):
        assert "--stream" in refused("enhance", "--stream", *model, *options)
    assert {path: path.read_bytes() for path in files_in(tmp_path)} == before


def test_two_inputs_with_one_target(refused, tiny, speech, tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        shutil.copy(speech / "ann/ann_0.wav", tmp_path / folder / "same.wav")
    inputs = (tmp_path / "one/same.wav", tmp_path / "two/same.wav")
    refused("enhance", *inputs, "--output", tmp_path / "out", "--model", tiny["identity"])
    inputs = (tmp_path / "one", tmp_path / "two")
    refused("enhance", *inputs, "--output", tmp_path / "out", "--model", tiny["identity"])
    assert not (tmp_path / "out").exists()


def test_json_is_written_whole_or_not_at_all(run, speech, tmp_path):
    target = tmp_path / "scores.json"
    target.write_text(json.dumps({"old": 1}))
    outcome = run(
        "score", "enhancement", "--clean", speech, "--estimate", tmp_path / "none", "--json", target
    )
    assert outcome.status == 1
    assert json.loads(target.read_text()) == {"old": 1}
