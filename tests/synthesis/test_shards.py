"""A data directory made in parts: the same files, each once, whatever the parts are."""

from __future__ import annotations

import json

import pytest

from speechgen.audio import write
from speechgen.data import write_data_directory
from speechgen.errors import OutputError
from speechgen.files.shard import Shard
from speechgen.synthesis import directory_jobs, synthesize_data


@pytest.fixture
def data(tmp_path, make_speech):
    wavs, speakers = {}, {}
    for number in range(7):
        utterance, speaker = f"s{number % 3}-{number}", f"s{number % 3}"
        wavs[utterance], speakers[utterance] = tmp_path / "wavs" / f"{utterance}.wav", speaker
        write(wavs[utterance], make_speech(900 + 100 * number, seed=number), 16000)
    write_data_directory(tmp_path / "data", wavs, speakers)
    return tmp_path / "data"


def sounds(folder):
    return {path.name: path.read_bytes() for path in folder.glob("*.wav")}


def test_parts_make_what_the_whole_makes(data, mel_model, tmp_path, monkeypatch):
    """Noise goes by the number of the utterance in the directory, not in the part or block."""
    whole = synthesize_data(data, tmp_path / "whole", model=mel_model)
    assert len(whole) == 7
    monkeypatch.setattr(directory_jobs, "_BLOCK", 2)
    out, done = tmp_path / "out", []
    for number in (2, 1, 3):
        done += synthesize_data(data, out, model=mel_model, shard=Shard(number, 3))
    assert sorted(path.name for path in done) == sorted(path.name for path in whole)
    assert sounds(out) == sounds(tmp_path / "whole")
    assert not (out / "synthesis.json").exists()
    assert synthesize_data(data, out, model=mel_model) == []
    ours, theirs = (
        json.loads((folder / "synthesis.json").read_text()) for folder in (out, tmp_path / "whole")
    )
    assert ours["files"] == theirs["files"] and ours["utterances"] == 7


def test_what_is_finished_stays_and_what_is_missing_or_other_does_not(
    data, mel_model, tmp_path, make_speech
):
    out = tmp_path / "out"
    made = synthesize_data(data, out, model=mel_model)
    before = sounds(out)
    made[3].unlink()
    assert synthesize_data(data, out, model=mel_model, shard=Shard(1, 1)) == [made[3]]
    assert sounds(out) == before
    for other in ({"seed": 1}, {"postfilter": 1}, {"seconds": 0.05}):
        with pytest.raises(OutputError, match="made of something else"):
            synthesize_data(data, out, model=mel_model, **other)
    write(tmp_path / "wavs" / "s0-0.wav", make_speech(950), 16000, overwrite=True)
    with pytest.raises(OutputError, match=r"s0-0__as__s0\.wav: was made of something else"):
        synthesize_data(data, out, model=mel_model)
    assert sounds(out) == before
    assert len(synthesize_data(data, out, model=mel_model, overwrite=True)) == 7
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / made[5].name).write_bytes(b"mine")
    with pytest.raises(OutputError, match="exists already"):
        synthesize_data(data, tmp_path / "mine", model=mel_model)
    assert sounds(tmp_path / "mine") == {made[5].name: b"mine"}


def test_a_run_that_fails_in_the_middle_has_what_came_before(
    data, mel_model, tmp_path, monkeypatch
):
    monkeypatch.setattr(directory_jobs, "_BLOCK", 3)
    real, made = directory_jobs.waves_of, []

    def failing(jobs, *given):
        if made:
            raise KeyboardInterrupt
        made.append(len(jobs))
        return real(jobs, *given)

    monkeypatch.setattr(directory_jobs, "waves_of", failing)
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        synthesize_data(data, out, model=mel_model, shard=Shard(1, 1))
    assert len(sounds(out)) == 3
    monkeypatch.setattr(directory_jobs, "waves_of", real)
    assert len(synthesize_data(data, out, model=mel_model, shard=Shard(1, 1))) == 4
