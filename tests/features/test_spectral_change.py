"""A tone has no voice, however its loudness changes; whoever speaks has one, in any noise."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from speechgen.audio import read_mono
from speechgen.data.augment.loudness import scale_to_snr
from speechgen.errors import NoVoiceError
from speechgen.features import check_voice
from speechgen.features.spectral_change import spectral_changes_db, stands_still

RATE = 16000
TIME = np.arange(3 * RATE) / RATE


def tones(hertz: Sequence[float], partials: int = 1) -> np.ndarray:
    """Notes of as many partials, of loudness 1 / number, together: (time,)."""
    notes = [np.sin(2 * np.pi * f * k * TIME) / k for f in hertz for k in range(1, partials + 1)]
    return np.asarray(0.3 * sum(notes) / len(hertz), np.float32)


CHORD = tones([262, 330, 392])
STILL = {
    "beating": tones([440, 445, 451]),
    "chord": CHORD,
    "minor": tones([220, 262, 330]),
    "dying away": CHORD * np.exp(-1.5 * TIME),
    "swelling": CHORD * (0.55 + 0.45 * np.sin(2 * np.pi * 0.5 * TIME)),
    "organ": tones([220, 262, 330], 7),
    "tremolo": CHORD * (0.55 + 0.45 * np.sin(2 * np.pi * 4 * TIME)),
    "buzz": tones([120], 60) * (0.55 + 0.45 * np.sin(2 * np.pi * 3 * TIME)),
    "faint": 1e-3 * CHORD + 1e-6 * np.random.default_rng(0).standard_normal(len(TIME)),
}


@pytest.mark.parametrize("name", STILL)
@pytest.mark.parametrize("offset", [0.0, 0.1])
def test_tones_have_no_voice(name: str, offset: float) -> None:
    wave = STILL[name] + offset - offset * (name == "faint")
    with pytest.raises(NoVoiceError, match=r"^ref\.wav: is a (tone|noise)") as caught:
        check_voice(wave.astype(np.float32), RATE, "ref.wav")
    assert "\n" not in str(caught.value)


def test_a_tone_in_pauses_is_one_and_too_little_is_not_judged() -> None:
    apart = [CHORD[:8000], np.zeros(40000, np.float32)] * 3
    assert stands_still(np.concatenate(apart), RATE)
    assert not stands_still(CHORD[:6000], RATE)
    assert not stands_still(np.zeros(RATE, np.float32), RATE)


def test_what_is_long_is_judged_in_blocks() -> None:
    changes = spectral_changes_db(np.tile(CHORD, 45), RATE)
    assert len(changes) == pytest.approx(45 * 3 / 0.064, rel=0.01)
    assert np.quantile(changes, 0.25) < 0.1


def test_speech_is_none_of_a_second_nor_in_noise_as_loud(corpora: Path) -> None:
    folders = ("librispeech/test-other", "arctic/bdl", "arctic/slt", "vctk_sample", "fsdd")
    noises = sorted((corpora / "noise").rglob("*.opus"))
    rng = np.random.default_rng(0)
    tried = 0
    for folder in folders:
        files = sorted(p for p in (corpora / folder).rglob("*") if p.suffix in (".opus", ".flac"))
        for place, path in enumerate(files[:: max(1, len(files) // 25)]):
            wave = read_mono(path, RATE)
            wave = np.resize(wave, RATE) if folder == "fsdd" else wave[len(wave) // 3 :][:RATE]
            sound = np.resize(read_mono(noises[29 * place % len(noises)], RATE), len(wave))
            hiss = rng.standard_normal(len(wave)).astype(np.float32)
            for noise in (np.zeros_like(wave), sound, hiss):
                check_voice(wave + scale_to_snr(wave, noise, RATE, 0.0), RATE, str(path))
                tried += 1
    assert tried > 300
