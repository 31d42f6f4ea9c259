"""The average spectrum: of frames with speech, without the level and what is typical."""

from __future__ import annotations

import torch

from speechgen.models.speaker.average_spectrum import AverageSpectrum


def bands(batch: int = 3, frames: int = 60) -> torch.Tensor:
    torch.manual_seed(0)
    return torch.randn(batch, 10, frames) + torch.randn(batch, 10, 1)


def test_order_level_and_pauses_do_not_matter() -> None:
    average, mel = AverageSpectrum(10).eval(), bands()
    vectors = average(mel)
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(3))
    torch.testing.assert_close(average(mel.flip(2)), vectors)
    torch.testing.assert_close(average(mel - 3.0), vectors)
    pauses = torch.full((3, 10, 40), -9.0)
    torch.testing.assert_close(average(torch.cat([pauses, mel, pauses], dim=2)), vectors)


def test_a_colour_matters() -> None:
    average, mel = AverageSpectrum(10).eval(), bands()
    colour = torch.linspace(-1.0, 1.0, 10)[:, None]
    assert (average(mel) * average(mel + colour)).sum(dim=1).max() < 0.99


def test_the_typical_is_the_mean_over_training_and_is_taken_away() -> None:
    average, mel = AverageSpectrum(10), bands()
    average.eval()(mel)
    assert not average.typical.any()
    average.train()
    for _ in range(2000):
        average(mel)
    torch.testing.assert_close(average.eval()(mel).isfinite().all(), torch.tensor(True))
    mean = mel.mean(dim=2) - mel.mean(dim=(1, 2))[:, None]
    found = torch.cat([mean, (mel.var(dim=2, correction=0) + 1e-6).sqrt()], dim=1)
    torch.testing.assert_close(average.typical, found.mean(dim=0), rtol=1e-4, atol=1e-4)
    centred = found - found.mean(dim=0)
    expected = centred / centred.norm(dim=1, keepdim=True)
    torch.testing.assert_close(average(mel), expected, rtol=1e-3, atol=1e-3)
