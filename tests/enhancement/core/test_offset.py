"""A constant offset: models do not see it, the output is without, other sound is left as it is."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from torch import Tensor, nn

from speechgen.audio import read
from speechgen.enhancement import EnhanceOptions, StreamEnhancer, enhance_wave
from speechgen.enhancement.core.offset import OffsetRemover
from speechgen.models.classical.identity import Identity

RATE = 16000


def noise(channels: int, length: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (0.05 * rng.standard_normal((channels, length))).astype(np.float32)


def run(wave: np.ndarray, chunks: list[int], hop: int | None = 256) -> np.ndarray:
    remover = OffsetRemover(len(wave), RATE, hop)
    edges = np.minimum(np.cumsum([0, *chunks]), wave.shape[1])
    out = [remover.process(wave[:, a:b]) for a, b in itertools.pairwise(edges)]
    return np.concatenate([*out, remover.process(wave[:, edges[-1] :], last=True)], axis=1)


@pytest.mark.parametrize("length", [0, 1, 255, 256, 257, 40007])
def test_what_has_no_offset_comes_through_bit_by_bit(length: int) -> None:
    wave = noise(2, length)
    np.testing.assert_array_equal(run(wave, []), wave)
    np.testing.assert_array_equal(run(np.zeros_like(wave), [100]), np.zeros_like(wave))


def test_real_speech_without_an_offset_comes_through_bit_by_bit(corpora: Path) -> None:
    for path in sorted((corpora / "paired" / "dns2020_no_reverb_part" / "noisy").iterdir())[:8]:
        wave, _ = read(path, num_samples=4 * RATE)
        np.testing.assert_array_equal(run(wave, []), wave)


@pytest.mark.parametrize("offset", [0.01, -0.1, 0.5])
@pytest.mark.parametrize("hop", [None, 1, 128, 256, 4096])
def test_an_offset_is_taken_out_of_its_channel_and_no_other(offset: float, hop: int | None) -> None:
    wave = noise(3, RATE)
    shifted = wave + np.array([[0.0], [offset], [0.0]], np.float32)
    before = shifted.copy()
    out = run(shifted, [], hop)
    np.testing.assert_array_equal(shifted, before)
    np.testing.assert_array_equal(out[::2], wave[::2])
    late = slice(RATE // 2, None)
    assert abs(out[1, late].mean()) < 1e-3
    assert np.std(out[1, late] - wave[1, late]) < 0.1 * wave.std()


def test_the_chunks_do_not_matter_and_the_future_neither() -> None:
    wave = noise(2, 20000) + np.float32(0.1)
    wave[:, 12000:] -= 0.3
    whole = run(wave, [])
    for chunks in ([1, 2, 3], [256] * 30, [997] * 20, [20000, 0], [0, 20000]):
        np.testing.assert_array_equal(run(wave, chunks), whole)
    other = wave.copy()
    other[:, 256 * 40 :] = 0.9
    np.testing.assert_array_equal(run(other, [])[:, : 256 * 40], whole[:, : 256 * 40])


def test_steps_and_drifts_are_followed() -> None:
    wave, time = noise(1, 6 * RATE), np.arange(6 * RATE) / RATE
    moving = np.where(time < 2, 0.1, np.where(time < 4, -0.2, -0.2 + 0.05 * (time - 4)))
    out = run((wave + moving).astype(np.float32), [])
    rest = (out - wave)[0]
    for start, end in ((0, 2), (2.1, 4), (4.1, 6)):
        assert np.abs(rest[int(start * RATE) : int(end * RATE)]).max() < 0.02


def test_nothing_waits_longer_than_a_hop() -> None:
    remover, given = OffsetRemover(1, RATE, 256), 0
    for taken in range(256, 20 * 256, 256):
        given += remover.process(np.ones((1, 256), np.float32)).shape[1]
        assert given == taken


@pytest.mark.parametrize("rate", [8000, 16000, 48000])
def test_the_output_is_without_and_what_is_dry_keeps_its_share(rate: int) -> None:
    wave = noise(2, 2 * rate)
    shifted = wave + np.float32(0.2)
    late = slice(rate, -rate // 4)
    for options, left in (
        (EnhanceOptions(), 0.0),
        (EnhanceOptions(wet=0.5), 0.1),
        (EnhanceOptions(max_attenuation_db=20.0), 0.02),
        (EnhanceOptions(wet=0.0), 0.2),
    ):
        out = enhance_wave(Identity(), shifted, rate, options)[:, late]
        np.testing.assert_allclose(out.mean(axis=1), left, atol=2e-3)
        np.testing.assert_allclose(out - left, wave[:, late], atol=6e-3)


class Listener(nn.Module):
    """Remembers the means of what it hears."""

    sample_rate, window_samples = RATE, 2048

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[float] = []

    def enhance(self, noisy: Tensor) -> Tensor:
        self.heard.append(float(noisy.mean(dim=-1).abs().max()))
        return 0.5 * noisy


@pytest.mark.parametrize("rate", [16000, 44100])
def test_no_model_hears_it_from_the_first_window_on_in_blocks_or_whole(rate: int) -> None:
    wave = noise(1, rate) + np.float32(0.3)
    model = Listener()
    whole = enhance_wave(model, wave, rate)
    assert max(model.heard) < 0.01
    stream = StreamEnhancer(Listener(), rate, 1)
    pieces = [stream.process(wave[:, at : at + 999]) for at in range(0, rate, 999)]
    cut = np.concatenate([*pieces, stream.process(wave[:, :0], last=True)], axis=1)
    np.testing.assert_allclose(cut, whole, atol=2e-6)


@pytest.mark.parametrize("name", ["spectral-small", "segan-small", "classical"])
def test_an_offset_costs_a_shipped_model_nothing(name: str, corpora: Path) -> None:
    from speechgen.metrics import si_sdr
    from speechgen.store import load

    folder = corpora / "paired" / "dns2020_no_reverb_part"
    noisy_path, clean_path = (sorted((folder / side).iterdir())[0] for side in ("noisy", "clean"))
    (noisy, rate), (clean, _) = (read(p, num_samples=3 * RATE) for p in (noisy_path, clean_path))
    model = load(name)
    scores = [
        si_sdr(clean[0], enhance_wave(model, noisy + np.float32(offset), rate)[0])
        for offset in (0.0, 0.3)
    ]
    assert scores[1] > scores[0] - 0.3
