"""Mel spectra as if of other throats, on tones whose place is known and on a real voice."""

from __future__ import annotations

import math
import os
from pathlib import Path

import pytest
import torch

from speechgen.data.augment.mel_voice import other_voice, random_gain, warped, with_gain
from speechgen.features import FeatureSettings, extract
from speechgen.features.extraction import MEL_CENTRE, MEL_SCALE

SETTINGS = FeatureSettings("mel")
FLOOR = (math.log(1e-5) - MEL_CENTRE) / MEL_SCALE


def tone(hz: float) -> torch.Tensor:
    return extract(SETTINGS, 0.1 * torch.sin(2 * math.pi * hz * torch.arange(16000) / 16000))[None]


@pytest.mark.parametrize("factor", [0.85, 1.0, 1.15])
@pytest.mark.parametrize("hz", [1200.0, 2500.0, 4200.0])
def test_a_tone_moves_to_its_frequency_times_the_factor(hz: float, factor: float) -> None:
    moved = warped(tone(hz), torch.tensor([factor]), 16000)[0, :, 30].argmax()
    wanted = tone(hz * factor)[0, :, 30].argmax()
    assert abs(int(moved) - int(wanted)) <= 2


def test_a_factor_of_one_changes_nothing() -> None:
    mel = tone(700.0)
    torch.testing.assert_close(warped(mel, torch.ones(1), 16000), mel)


def test_a_gain_is_one_of_the_wave_above_the_floor() -> None:
    time = torch.arange(16000) / 16000
    wave = 0.1 * torch.sin(2 * math.pi * 500 * time) + 1e-3 * torch.randn(16000)
    loud = with_gain(extract(SETTINGS, wave)[None], torch.tensor([6.0]))[0]
    torch.testing.assert_close(loud, extract(SETTINGS, wave * 10 ** (6 / 20)), atol=1e-4, rtol=0)
    assert float(with_gain(torch.full((1, 4, 2), FLOOR), torch.tensor([-20.0])).min()) == (
        pytest.approx(FLOOR)
    )


def test_each_example_has_a_draw_of_its_own_and_none_leaves_the_floor() -> None:
    torch.manual_seed(0)
    mel = tone(900.0).expand(4, -1, -1)
    for drawn in (other_voice(mel, 16000), random_gain(mel, 10.0)):
        assert drawn.shape == mel.shape and float(drawn.min()) >= FLOOR - 1e-6
        assert len(torch.unique(drawn[:, :, 30], dim=0)) == 4
    still = random_gain(mel, 0.0)
    torch.testing.assert_close(still, mel.clamp_min(FLOOR))


def test_a_real_voice_is_as_far_from_itself_as_from_another_s_level() -> None:
    root = os.environ.get("SPEECHGEN_CORPORA")
    if root is None:
        pytest.skip("no recordings: SPEECHGEN_CORPORA is not set")
    from speechgen.audio import read_mono

    path = sorted((Path(root) / "arctic" / "slt").glob("*.flac"))[0]
    mel = extract(SETTINGS, read_mono(path, 16000))[None]
    torch.manual_seed(1)
    drawn = torch.cat([other_voice(mel, 16000) for _ in range(8)])
    colour_db = (drawn - mel).mean(dim=2) * MEL_SCALE * 20 / math.log(10)
    assert float(colour_db.std()) > 4.0  # the long-term spectrum tells the voice no longer
    course = torch.stack([torch.corrcoef(torch.stack([one.mean(0), mel[0].mean(0)]))[0, 1]
                          for one in drawn])  # fmt: skip
    assert float(course.min()) > 0.97  # the course of the loudness does
