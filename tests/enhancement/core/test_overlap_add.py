"""Windows over a stream: no seam, no delay, weights that sum to one, any way of chunking."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from speechgen.enhancement.core.overlap_add import OverlapAddModel, cross_fade, fade_in
from speechgen.errors import ModelError

WINDOW = 1024


class Filter(nn.Module):
    """A short symmetric or lopsided FIR filter: what it does at a sample depends on neighbours."""

    sample_rate, window_samples = 16000, WINDOW

    def __init__(self, taps: np.ndarray, centre: int) -> None:
        super().__init__()
        self.taps, self.centre = torch.tensor(taps, dtype=torch.float32), centre
        self.batches: list[int] = []

    def enhance(self, noisy: Tensor) -> Tensor:
        self.batches.append(noisy.shape[0])
        count = len(self.taps)
        padded = nn.functional.pad(noisy, (count - 1 - self.centre, self.centre))
        return nn.functional.conv1d(padded, self.taps.flip(0)[None, None])


def offline(wave: np.ndarray, taps: np.ndarray, centre: int) -> np.ndarray:
    end = centre + wave.shape[1]
    return np.stack([np.convolve(row.astype(np.float64), taps)[centre:end] for row in wave])


def run(model: nn.Module, wave: np.ndarray, chunks: list[int], window_batch: int = 4) -> np.ndarray:
    windows = OverlapAddModel(model, wave.shape[0], window_batch=window_batch)
    edges = np.minimum(np.cumsum([0, *chunks]), wave.shape[1])
    out = [windows.process(wave[:, a:b]) for a, b in itertools.pairwise(edges)]
    return np.concatenate([*out, windows.process(wave[:, edges[-1] :], last=True)], axis=1)


@pytest.mark.parametrize("length", [1, 2, 100, WINDOW - 1, WINDOW, WINDOW + 1, 5000, 30011])
def test_a_filter_through_windows_is_the_filter(length: int) -> None:
    rng = np.random.default_rng(length)
    taps = 0.3 * rng.standard_normal(31)
    wave = 0.1 * rng.standard_normal((2, length)).astype(np.float32)
    out = run(Filter(taps, 11), wave, [])
    np.testing.assert_allclose(out, offline(wave, taps, 11), atol=1e-6)


def test_the_chunks_do_not_matter() -> None:
    rng = np.random.default_rng(0)
    wave = rng.standard_normal((2, 20000)).astype(np.float32)
    taps = rng.standard_normal(31)
    whole = run(Filter(taps, 15), wave, [])
    for chunks in ([1, 2, 3], [7000, 7000], [997] * 20, [0, 20000], [20000, 0]):
        np.testing.assert_array_equal(run(Filter(taps, 15), wave, chunks), whole)


def test_windows_go_in_batches_over_channels() -> None:
    wave = np.zeros((2, 40000), np.float32)
    model = Filter(np.ones(1), 0)
    run(model, wave, [], window_batch=8)
    assert max(model.batches) == 8
    assert len(model.batches) == -(-sum(model.batches) // 8)
    mono = Filter(np.ones(1), 0)
    run(mono, wave[:1], [], window_batch=8)
    assert sum(mono.batches) * 2 == sum(model.batches)


def test_what_comes_out_never_needs_more_than_a_batch_of_windows_to_come() -> None:
    windows = OverlapAddModel(Filter(np.ones(1), 0), 1, window_batch=2)
    given = 0
    for step in range(50):
        given += windows.process(np.zeros((1, 500), np.float32)).shape[1]
        assert (step + 1) * 500 - given <= 3 * WINDOW


def test_the_weights_of_a_fade_sum_to_exactly_one() -> None:
    ramp = fade_in(64)
    assert ((ramp > 0) & (ramp < 1) & (np.diff(ramp, append=1) > 0)).all()
    np.testing.assert_allclose(ramp + ramp[::-1], 1.0, atol=1e-6)
    same = np.random.default_rng(0).standard_normal((3, 64)).astype(np.float32)
    np.testing.assert_array_equal(cross_fade(same, same, ramp), same)
    from_one = cross_fade(np.ones((1, 64)), np.zeros((1, 64)), ramp)
    np.testing.assert_allclose(from_one[0], 1 - ramp, atol=1e-7)


class Moody(nn.Module):
    """Adds another constant to each window, as a model that hears each window differently."""

    sample_rate, window_samples = 16000, WINDOW

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def enhance(self, noisy: Tensor) -> Tensor:
        moods = torch.tensor([float((self.count + i) % 2) for i in range(noisy.shape[0])])
        self.count += noisy.shape[0]
        return noisy + moods[:, None, None]


def test_windows_that_disagree_are_joined_without_a_step() -> None:
    out = run(Moody(), np.zeros((1, 20000), np.float32), [], window_batch=1)[0]
    assert out.min() == 0.0
    assert out.max() == 1.0
    assert np.abs(np.diff(out)).max() < 2.0 / (WINDOW // 16)


class Blind(nn.Module):
    """Spoils the ends of every window, where a real network misses its surroundings."""

    sample_rate, window_samples = 16000, WINDOW

    def enhance(self, noisy: Tensor) -> Tensor:
        out = noisy.clone()
        out[..., : WINDOW // 8] = 9.0
        out[..., -(WINDOW // 8) :] = 9.0
        return out


def test_the_ends_of_windows_are_thrown_away() -> None:
    wave = np.random.default_rng(0).standard_normal((1, 9000)).astype(np.float32)
    np.testing.assert_array_equal(run(Blind(), wave, []), wave)


class Wrong(nn.Module):
    sample_rate, window_samples = 16000, WINDOW

    def enhance(self, noisy: Tensor) -> Tensor:
        return noisy[..., :-1]


def test_models_that_cannot_be_wrapped_are_refused() -> None:
    with pytest.raises(ModelError, match="turned"):
        run(Wrong(), np.zeros((1, 100), np.float32), [])
    tiny = Filter(np.ones(1), 0)
    tiny.window_samples = 16
    with pytest.raises(ModelError, match="too short"):
        OverlapAddModel(tiny, 1)


def test_nothing_in_nothing_out() -> None:
    assert run(Filter(np.ones(1), 0), np.zeros((2, 0), np.float32), []).shape == (2, 0)
