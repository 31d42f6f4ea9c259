"""The average spectrum of what a converter makes is brought to the one that is wanted."""

from __future__ import annotations

import pytest
import torch

from speechgen.errors import ConfigError
from speechgen.models.converter.spectral_match import (
    check_strength,
    match_between,
    matched,
    neutral,
    weakened,
)


def mels(seed: int, frames: int = 400, bands: int = 80) -> torch.Tensor:
    torch.manual_seed(seed)
    tilt = torch.linspace(0.2, -0.4, bands)[:, None]
    return tilt + 0.15 * torch.randn(bands, frames) + 0.02 * torch.randn(bands, 1)


def test_what_is_right_is_left_alone() -> None:
    mel = mels(0)
    match = match_between([mel], [mel])
    torch.testing.assert_close(match, neutral(80))
    torch.testing.assert_close(matched(mel[None], match), mel[None])
    assert matched(mel[None], None) is not None


def test_a_smooth_colour_is_undone_and_a_spread_by_its_root() -> None:
    wanted = mels(1)
    colour = 0.1 * torch.sin(torch.linspace(0.0, 3.0, 80))[:, None]
    centre = wanted.mean(dim=1, keepdim=True)
    made = centre + 0.5 * (wanted - centre) + colour
    found = matched(made[None], match_between([made], [wanted]))[0]
    torch.testing.assert_close(found.mean(dim=1), wanted.mean(dim=1), atol=5e-3, rtol=0.0)
    ratio = found.std(dim=1) / wanted.std(dim=1)
    torch.testing.assert_close(ratio, torch.full((80,), 0.5**0.5), atol=1e-3, rtol=0.0)


def test_pauses_do_not_count() -> None:
    wanted, pause = mels(2), torch.full((80, 300), -1.5)
    made = wanted - 0.05
    alone = match_between([made], [wanted])
    around = [torch.cat([pause, mel, pause], dim=1) for mel in (made, wanted)]
    torch.testing.assert_close(match_between(around[:1], around[1:]), alone)
    parts = match_between(list(made.split(100, dim=1)), list(wanted.split(100, dim=1)))
    torch.testing.assert_close(parts, alone)


def test_a_flat_band_is_not_blown_up() -> None:
    made = torch.zeros(80, 50)
    match = match_between([made], [mels(3, 50)])
    assert match.isfinite().all() and match[:, 0].max() <= 2.0


def test_a_part_of_a_match() -> None:
    match = match_between([mels(4)], [mels(5)])
    assert weakened(match, 0.0) is None and weakened(None, 1.0) is None
    full, half = weakened(match, 1.0), weakened(match, 0.5)
    assert full is not None and half is not None
    torch.testing.assert_close(full, match)
    torch.testing.assert_close(half, (match + neutral(80)) / 2)
    for wrong in (-0.1, 1.1, float("nan")):
        with pytest.raises(ConfigError, match="spectral_match"):
            check_strength(wrong)
