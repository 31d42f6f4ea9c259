"""Texts said by the jobs of an array."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("gruut", reason="text: gruut is not installed")


def test_jobs_say_each_text_once_and_as_one_run_does(run, text_model, tmp_path):
    prompts, out = tmp_path / "prompts.jsonl", tmp_path / "out"
    words = ("One", "Two", "Three", "Four", "Five")
    prompts.write_text("".join(json.dumps({"text": f"{word}."}) + "\n" for word in words))

    def say(folder, *more):
        given = ("--batch", prompts, "--output", folder, "--model", text_model, "--device", "cpu")
        outcome = run("say", *given, *more)
        assert outcome.status == 0, outcome.err
        return outcome

    whole = say(tmp_path / "whole").out.splitlines()
    jobs = [say(out, "--shard", f"{number}/2").out.splitlines() for number in (2, 1)]
    assert sorted(len(one) for one in jobs)[0] >= 1
    assert sum(len(one) for one in jobs) == len(whole) == 5
    assert not say(out, "--shard", "1/3").out
    assert "all 5 files are finished" in say(out).err
    for path in out.glob("*.wav"):
        assert path.read_bytes() == (tmp_path / "whole" / path.name).read_bytes()


def test_a_part_of_one_sound_is_refused(run, tmp_path):
    outcome = run("say", "Hello.", "--output", tmp_path / "a.wav", "--shard", "1/2")
    assert outcome.status == 2 and "--shard is a part of many files" in outcome.err
