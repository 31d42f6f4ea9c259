"""``adapt``: a file that info describes; one line where it cannot be done."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any


def test_too_little_speech_is_told_in_one_line(refused: Any, speech: Path, tmp_path: Path) -> None:
    target = tmp_path / "v.safetensors"
    line = refused("adapt", "--speaker", speech / "ann" / "ann_0.wav", "--output", target)
    assert "too little to adapt to; give 10 s at least" in line
    assert not target.exists()


def test_info_shows_what_a_voice_is_fitted_to(
    run: Any, voice: Any, write: Any, tmp_path: Path
) -> None:
    source, target = write(tmp_path / "ann.wav", voice(24.0)), tmp_path / "v.safetensors"
    outcome = run("adapt", "--speaker", source, "--name", "ann", "--output", target)
    assert outcome.status == 0, outcome.err
    assert re.search(r"held-out mel difference \d+\.\d\d -> \d+\.\d\d dB", outcome.out)
    told = run("info", target).out
    assert re.search(r"converter +converter-small", told) and re.search(r"name +ann", told)
    assert re.search(r"match +80 bands, [0-9a-f]{12}", told)
