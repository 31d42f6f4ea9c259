"""``speechgen prepare degrade``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from speechgen.audio import write
from speechgen.data.kaldi.reading import load_data_directory
from speechgen.data.kaldi.writing import write_data_directory


def test_pairs_of_a_room(run: Any, tmp_path: Path) -> None:
    wave = np.random.default_rng(0).standard_normal(8000).astype(np.float32)
    write(tmp_path / "a.wav", 0.1 * wave, 16000)
    write_data_directory(tmp_path / "data", {"a": tmp_path / "a.wav"}, {"a": "s"})
    words = ["prepare", "degrade", tmp_path / "data", "--output", tmp_path / "out"]
    outcome = run(*words, "--kind", "room")
    assert outcome.status == 0, outcome.err
    assert load_data_directory(tmp_path / "out").noisy is not None
    outcome = run(*words, "--kind", "telephone", "--rooms", tmp_path)
    assert outcome.status == 1 and "rooms are for 'room'" in outcome.err
