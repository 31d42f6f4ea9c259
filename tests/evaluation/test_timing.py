"""What a manifest of a synthesis says gets into the context of its scores."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from speechgen.audio import write
from speechgen.data import DataDirectory
from speechgen.errors import DataError
from speechgen.evaluation import score_synthesis
from speechgen.evaluation.timing import MANIFEST, timing_of
from speechgen.synthesis import manifest


def test_both_rooms_mean_the_same_file() -> None:
    assert MANIFEST == manifest.MANIFEST


def test_no_manifest_is_no_timing_and_a_broken_one_an_error(tmp_path: Path) -> None:
    assert timing_of(tmp_path) == {}
    for text in ("{", "[]", '{"real_time_factor": 1}', "null"):
        (tmp_path / MANIFEST).write_text(text)
        with pytest.raises(DataError, match="no manifest"):
            timing_of(tmp_path)


def test_scores_know_how_long_the_making_took(voices: DataDirectory, tmp_path: Path) -> None:
    import soundfile

    wave = soundfile.read(voices.wavs["ann_0"], dtype="float32")[0]
    write(tmp_path / "generated" / "ann_0__as__ann.wav", wave, 16000)
    facts = {"real_time_factor": 0.5, "device": "cpu", "threads": 2, "engine": "auto",
             "utterances": 1, "more": "words"}  # fmt: skip
    (tmp_path / "generated" / MANIFEST).write_text(json.dumps(facts))
    result = score_synthesis(voices.path, tmp_path / "generated")
    assert result["context"]["timing"]["real_time_factor"] == 0.5
    assert not result["failed"]
