"""A folder of speech that is gone on with: what is finished, what was made of something else."""

from __future__ import annotations

import hashlib
import json

import pytest

pytest.importorskip("gruut", reason="text: gruut is not installed")


@pytest.fixture
def say(run, text_model):
    def call(*arguments):
        return run("say", *arguments, "--model", text_model, "--device", "cpu")

    return call


def lines_of(folder):
    return [json.loads(line) for line in (folder / "speech.jsonl").read_text().splitlines()]


def test_a_voice_that_has_changed_is_noticed(say, voice, write, tmp_path):
    folder, bob = tmp_path / "f", tmp_path / "bob.wav"
    write(bob, voice(3.0, pitch_hz=110.0))
    command = ("Hello.", "--voice", bob, "--output", folder)
    assert say(*command).status == 0
    first = (folder / "000001.wav").read_bytes()
    again = say(*command)
    assert again.status == 0 and not again.out
    assert again.err.splitlines() == [f"speechgen: {folder}: all 1 files are finished"]

    other = say(*command, "--spectral-match", "0.5")
    assert other.status == 1 and "was made of something else" in other.err
    write(bob, voice(3.0, pitch_hz=210.0, seed=1))
    changed = say(*command)
    assert changed.status == 1 and "bob.wav or how it is heard" in changed.err
    assert len(changed.error_lines) == 1 and (folder / "000001.wav").read_bytes() == first
    assert say(*command, "--overwrite").status == 0
    assert (folder / "000001.wav").read_bytes() != first


def test_other_models_are_noticed(say, run, text_model, tmp_path):
    import torch

    from speechgen.store import load_model, save_model

    folder = tmp_path / "f"
    assert say("Hello.", "--output", folder).status == 0
    loaded = load_model(text_model)
    with torch.no_grad():
        loaded.model.prosody.out.bias[1] += 0.5
    save_model(tmp_path / "other", loaded.model, loaded.config)
    other = run("say", "Hello.", "--output", folder, "--model", tmp_path / "other")
    assert other.status == 1 and "by other models" in other.err
    save_model(tmp_path / "same", load_model(text_model).model, loaded.config)
    assert run("say", "Hello.", "--output", folder, "--model", tmp_path / "same").status == 0


def test_what_the_user_put_there_stays(say, tmp_path):
    folder = tmp_path / "f"
    folder.mkdir()
    (folder / "000002.wav").write_bytes(b"mine")
    outcome = say("One.\n\nTwo.", "--output", folder)
    assert (
        outcome.status == 1
        and "000002.wav: was not finished here, and may be yours; give --overwrite" in outcome.err
    )
    assert (folder / "000002.wav").read_bytes() == b"mine" and (folder / "000001.wav").exists()


def test_a_folder_of_an_earlier_version_is_gone_on_with_where_voices_are_names(
    say, voice, write, text_model, tmp_path
):
    """Its lines have a digest of text, names and paths, and say nothing of what these are."""
    from speechgen.store.shipped import SHIPPED

    folder, bob = tmp_path / "f", write(tmp_path / "bob.wav", voice(3.0))
    for who in ("slt", str(bob)):
        assert say("Hello.", "--voice", who, "--output", folder, "--overwrite").status == 0
        manner = {"rate": 1.0, "semitones": 0.0, "volume_db": 0.0, "temperature": 0.2, "seed": 0}
        script = {"name": "000001", "text": "Hello.", "voice": who, "manner": manner,
                  "ssml": False, "by_line": False}  # fmt: skip
        paths = [str(text_model), *(str(SHIPPED / n) for n in ("converter-small", "vocoder-small"))]
        text = json.dumps([script, [0.2, paths, None]], sort_keys=True)
        line = lines_of(folder)[-1]
        old = {key: line[key] for key in ("file", "voice", "seconds", "work_seconds", "sentences")}
        old["digest"] = hashlib.sha256(text.encode()).hexdigest()[:32]
        (folder / "speech.jsonl").write_text(json.dumps(old) + "\n", encoding="utf-8")
        again = say("Hello.", "--voice", who, "--output", folder)
        quick = say("Hello.", "--voice", who, "--output", folder, "--rate", "1.2")
        assert quick.status == 1 and "was made of something else; give" in quick.err
        if who == "slt":
            assert again.status == 0 and "all 1 files are finished" in again.err
        else:
            assert again.status == 1 and "an earlier version did not note what" in again.err
