"""Any rate and channel count: identity, zero delay, wet and dry, and the band above the model."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from speechgen.enhancement import EnhanceOptions, StreamEnhancer, enhance_wave
from speechgen.errors import AudioError, ConfigError, ModelError
from speechgen.models.classical.identity import Identity

RATES = [8000, 11025, 16000, 44100, 48000]


class Gain(nn.Module):
    """Multiplies by a constant, which no window, rate or filter can hide."""

    sample_rate, window_samples = 16000, 2048

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def enhance(self, noisy: Tensor) -> Tensor:
        return self.factor * noisy


def noise(channels: int, length: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (0.2 * rng.standard_normal((channels, length))).astype(np.float32)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("channels", [1, 2, 3])
@pytest.mark.parametrize("length", [1, 2, 1001, 40007])
def test_an_identity_model_changes_nothing(rate: int, channels: int, length: int) -> None:
    wave = noise(channels, length)
    out = enhance_wave(Identity(window_samples=2048), wave, rate)
    np.testing.assert_array_equal(out, wave)
    double = wave.astype(np.float64) + 1e-12
    np.testing.assert_array_equal(enhance_wave(Identity(), double, rate), double)


@pytest.mark.parametrize("rate", [8000, 16000, 48000])
def test_wet_scales_the_change_and_nothing_else(rate: int) -> None:
    wave = noise(2, 9001)
    full = enhance_wave(Gain(0.25), wave, rate)
    half = enhance_wave(Gain(0.25), wave, rate, EnhanceOptions(wet=0.5))
    np.testing.assert_allclose(half, (wave + full) / 2, atol=1e-6)
    dry = enhance_wave(Gain(0.25), wave, rate, EnhanceOptions(wet=0.0))
    np.testing.assert_array_equal(dry, wave)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("limit_db", [0.0, 6.0, 20.0, 60.0])
def test_nothing_is_attenuated_by_more_than_the_limit(rate: int, limit_db: float) -> None:
    wave, inner = noise(1, rate), slice(rate // 8, -rate // 8)
    options = EnhanceOptions(max_attenuation_db=limit_db)
    quiet = enhance_wave(Gain(0.0), wave, rate, options)
    factor = 10 ** (-limit_db / 20)
    np.testing.assert_allclose(quiet[:, inner], factor * wave[:, inner], atol=2e-5)
    half = enhance_wave(Gain(0.5), wave, rate)
    limited = enhance_wave(Gain(0.5), wave, rate, options)
    np.testing.assert_allclose(limited, factor * wave + (1 - factor) * half, atol=1e-6)


@pytest.mark.parametrize("rate", RATES)
def test_a_quieter_model_is_quieter_over_the_whole_band(rate: int) -> None:
    # Above the model's Nyquist frequency too: there its gain is that of the top of its band.
    wave = noise(1, 3 * rate)
    out = enhance_wave(Gain(0.5), wave, rate)
    inner = slice(rate // 4, -rate // 4)
    before, after = (
        np.abs(np.fft.rfft(x[0, inner] * np.hanning(len(x[0, inner])))) for x in (wave, out)
    )
    bands = np.array_split(np.arange(len(before)), 12)
    ratios = [np.sqrt((after[b] ** 2).sum() / (before[b] ** 2).sum()) for b in bands]
    np.testing.assert_allclose(ratios, 0.5, atol=0.03)


@pytest.mark.parametrize("rate", RATES)
def test_there_is_no_delay(rate: int) -> None:
    wave = noise(1, rate)
    out = enhance_wave(Gain(0.5), wave, rate)[0].astype(np.float64)
    lags = range(-3, 4)
    scores = [np.dot(np.roll(wave[0], lag)[10:-10], out[10:-10]) for lag in lags]
    assert lags[int(np.argmax(scores))] == 0


class Muffler(nn.Module):
    """Removes everything from one half of the stream's time on, keeps the rest."""

    sample_rate, window_samples = 16000, 2048

    def enhance(self, noisy: Tensor) -> Tensor:
        return noisy * (noisy.abs().amax(dim=-1, keepdim=True) > 0.5)


def test_the_gain_above_follows_the_model_smoothly_in_time() -> None:
    rate, seconds = 48000, 2
    time = np.arange(rate * seconds) / rate
    high = 0.2 * np.sin(2 * np.pi * 12000 * time)  # above the model's 8 kHz
    low = np.where(time < 1, 0.7, 0.1) * np.sin(2 * np.pi * 6000 * time)
    out = enhance_wave(Muffler(), (high + low)[None].astype(np.float32), rate)[0]

    def level(start: float, end: float) -> float:
        part = out[int(start * rate) : int(end * rate)]
        carrier = np.exp(-2j * np.pi * 12000 * time[: len(part)])
        return 2 * abs(np.mean(part * carrier))

    assert level(0.2, 0.7) == pytest.approx(0.2, rel=0.02)
    assert level(1.4, 1.9) < 0.01
    steps = [level(t, t + 0.005) for t in np.arange(0.7, 1.4, 0.005)]
    assert np.abs(np.diff(steps)).max() < 0.05


class Twister(nn.Module):
    """Uses level and neighbours, as a network does."""

    sample_rate, window_samples = 16000, 2048

    def enhance(self, noisy: Tensor) -> Tensor:
        return noisy.tanh() * noisy.roll(1, dims=-1).abs().sqrt()


@pytest.mark.parametrize("rate", [8000, 48000])
def test_channels_do_not_hear_each_other(rate: int) -> None:
    wave = noise(2, rate)
    both = enhance_wave(Twister(), wave, rate)
    for channel in range(2):
        alone = enhance_wave(Twister(), wave[channel : channel + 1], rate)
        np.testing.assert_allclose(both[channel : channel + 1], alone, atol=2e-6)


@pytest.mark.parametrize("rate", RATES)
def test_the_blocks_of_a_stream_do_not_matter(rate: int) -> None:
    wave = noise(2, 2 * rate)
    whole = enhance_wave(Twister(), wave, rate)
    stream = StreamEnhancer(Twister(), rate, 2)
    out = []
    for start in range(0, wave.shape[1], 3001):
        out.append(stream.process(wave[:, start : start + 3001]))
    out.append(stream.process(wave[:, :0], last=True))
    np.testing.assert_allclose(np.concatenate(out, axis=1), whole, atol=1e-6)


PROMPT = EnhanceOptions(low_delay=True)


@pytest.mark.parametrize("rate", RATES)
def test_short_filters_change_nothing_of_an_identity_either(rate: int) -> None:
    wave = noise(2, rate)
    np.testing.assert_array_equal(
        enhance_wave(Identity(window_samples=512), wave, rate, PROMPT), wave
    )


@pytest.mark.parametrize("rate", RATES)
def test_with_low_delay_little_is_held_back_whatever_the_blocks(rate: int) -> None:
    model, wave = Identity(window_samples=512, hop_samples=128), noise(2, 2 * rate)
    whole = enhance_wave(model, wave, rate, PROMPT)
    stream, made, taken, given = StreamEnhancer(model, rate, 2, PROMPT), [], 0, 0
    for start in range(0, wave.shape[1], rate // 100 + 1):
        block = wave[:, start : start + rate // 100 + 1]
        made.append(stream.process(block))
        taken, given = taken + block.shape[1], given + made[-1].shape[1]
        most = 2 * 33 / min(rate, 16000) + (128 + 1) / 16000  # both filters, and a hop of the model
        assert rate == 16000 or (taken - given) / rate <= most
    made.append(stream.process(wave[:, :0], last=True))
    np.testing.assert_allclose(np.concatenate(made, axis=1), whole, atol=1e-6)


class Fading(Identity):
    """Leaves the first half second alone and takes nine tenths of the rest."""

    def __init__(self) -> None:
        super().__init__(window_samples=512, hop_samples=128)

    def initial_state(self, batch: int) -> tuple[Tensor]:
        return (torch.zeros(batch, dtype=torch.long),)

    def stream(self, noisy: Tensor, state: tuple[Tensor]) -> tuple[Tensor, tuple[Tensor]]:
        place = state[0][:, None, None] + torch.arange(noisy.shape[-1])
        return torch.where(place < 8000, 1.0, 0.1) * noisy, (state[0] + noisy.shape[-1],)


@pytest.mark.parametrize("low_delay", [False, True])
def test_the_band_above_the_model_follows_the_band_below(low_delay: bool) -> None:
    place = np.arange(48000 * 2) / 48000
    wave = 0.1 * (np.sin(2 * np.pi * 6000 * place) + np.sin(2 * np.pi * 15000 * place))
    wave = wave[np.newaxis].astype(np.float32)
    out = enhance_wave(Fading(), wave, 48000, EnhanceOptions(low_delay=low_delay))[0]
    before, later = slice(4800, 19200), slice(24000 + 4800, 91200)  # 0.1 s later all has followed
    np.testing.assert_allclose(out[before], wave[0, before], atol=1e-3)
    np.testing.assert_allclose(out[later], 0.1 * wave[0, later], atol=4e-3)


def test_arrays_that_are_no_waves_are_refused() -> None:
    model = Identity()
    for wrong in (
        np.zeros((1, 1, 5)),
        np.zeros((1, 0)),
        np.zeros((1, 5), np.int16),
        np.full((1, 5), np.nan),
    ):
        with pytest.raises(AudioError):
            enhance_wave(model, wrong, 16000)
    with pytest.raises(ConfigError, match="wet"):
        enhance_wave(model, np.zeros((1, 5)), 16000, EnhanceOptions(wet=1.5))


def test_models_that_are_no_enhancers_are_refused() -> None:
    with pytest.raises(ModelError, match="Linear"):
        enhance_wave(nn.Linear(1, 1), np.zeros((1, 5)), 16000)


class Settled(Gain):
    """With recurrent weights, which are taken apart where a model is moved."""

    def __init__(self) -> None:
        super().__init__(0.5)
        self.memory = nn.GRU(2, 3)


def test_a_model_that_others_use_is_left_alone() -> None:
    """It is put where and how it should be once; afterwards nothing of it is touched."""
    model = Settled()
    assert model.training
    StreamEnhancer(model, 16000, 1)
    assert not model.memory.training
    before = model.memory._flat_weights, model.memory._flat_weight_refs
    StreamEnhancer(model, 16000, 1)
    assert model.memory._flat_weights is before[0]
    assert model.memory._flat_weight_refs is before[1]
