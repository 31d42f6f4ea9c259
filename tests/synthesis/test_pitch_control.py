"""Semitones asked for are semitones heard, by the shipped vocoder on real speech."""

from __future__ import annotations

import numpy as np
import pytest

from speechgen.audio import read_mono
from speechgen.features import f0
from speechgen.synthesis import synthesize


@pytest.mark.parametrize("name", ["bdl", "slt"])
@pytest.mark.parametrize("semitones", [2.0, -2.0])
def test_semitones_are_heard(corpora, name: str, semitones: float) -> None:
    wave = read_mono(corpora / "arctic" / name / "arctic_a0011.flac", 16000)[:32000]
    copy, moved = (
        f0(synthesize(wave, model="vocoder-small", semitones=value, device="cpu"), 16000, 256)
        for value in (0.0, semitones)
    )
    voiced = copy[1] & moved[1]
    assert voiced.mean() > 0.5
    heard = 12 * np.log2(moved[0][voiced] / copy[0][voiced])
    assert np.median(heard) == pytest.approx(semitones, abs=0.1)
    assert (np.abs(heard - semitones) < 0.5).mean() > 0.8
