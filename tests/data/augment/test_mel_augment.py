"""Augmented mel frames: lengths follow the speed, nothing beyond the end matters, levels hold."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from speechgen.data.augment.mel_augment import MelAugmentation, augment_mel
from speechgen.errors import ConfigError

NOTHING = MelAugmentation(
    speed=0, voice_share=0, echo_share=0, noise_share=0, babble_share=0, frequency_masks=0,
    time_masks=0,
)  # fmt: skip
RATE = 16000
MEL, LENGTHS = torch.rand(3, 20, 50) * 1.4 - 0.9, torch.tensor([50, 50, 31])


def test_with_all_switched_off_nothing_changes() -> None:
    mel, lengths = augment_mel(MEL, LENGTHS, RATE, NOTHING)
    assert lengths.tolist() == LENGTHS.tolist()
    torch.testing.assert_close(mel[:2], MEL[:2], rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(mel[2, :, :31], MEL[2, :, :31], rtol=1e-4, atol=1e-4)


def test_speed_is_the_ratio_of_the_lengths() -> None:
    ramp = torch.linspace(-0.5, 0.5, 50).expand(3, 20, 50)
    mel, lengths = augment_mel(ramp, torch.tensor([50, 50, 50]), RATE, replace(NOTHING, speed=0.2))
    assert len(set(lengths.tolist())) > 1
    for row, count in zip(mel, lengths.tolist(), strict=True):
        slope = (row[0, count - 5] - row[0, 0]) / (count - 5)
        assert slope * 49 == pytest.approx(50 / count, rel=0.03)


def test_noise_only_adds_power_and_about_as_much_as_it_says() -> None:
    how = replace(NOTHING, noise_share=1.0, snr_db=(0.0, 0.0))
    mel, _ = augment_mel(MEL[:2], LENGTHS[:2], RATE, how)
    assert (mel >= MEL[:2] - 1e-4).all()
    power = [(2 * (one * 6.5 - 5)).exp().mean(dim=(1, 2)) for one in (mel, MEL[:2])]
    torch.testing.assert_close(power[0] / power[1], torch.full((2,), 2.0), rtol=0.05, atol=0)


def test_an_echo_only_adds_what_comes_after() -> None:
    click = torch.full((2, 20, 40), -1.0)
    click[:, :, 10] = 0.8
    how = replace(NOTHING, echo_share=1.0)
    mel, _ = augment_mel(click, torch.tensor([40, 40]), RATE, how)
    torch.testing.assert_close(mel[:, :, :10], click[:, :, :10], rtol=0, atol=2e-2)
    tail = mel[:, 0, 11:20]
    assert (tail.diff(dim=1) < 0).all()
    assert (tail[:, 0] > -0.9).all()


def test_masks_hide_no_more_than_they_may() -> None:
    how = replace(NOTHING, time_masks=2, time_mask_frames=5)
    mel, _ = augment_mel(MEL[:2], LENGTHS[:2], RATE, how)
    changed = ((mel - MEL[:2]).abs() > 1e-3).any(dim=1).sum(dim=1)
    assert changed.max() <= 12
    assert changed.max() > 0


def test_the_same_seed_gives_the_same() -> None:
    torch.manual_seed(5)
    first = augment_mel(MEL, LENGTHS, RATE)
    torch.manual_seed(5)
    again = augment_mel(MEL, LENGTHS, RATE)
    assert first[0].equal(again[0])
    assert first[0].isfinite().all()


def test_impossible_ranges_are_refused() -> None:
    with pytest.raises(ConfigError, match="speed"):
        MelAugmentation(speed=1.0)
