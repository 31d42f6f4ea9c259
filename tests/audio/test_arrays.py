"""One door for arrays: what is taken, what is refused with which words, everywhere alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import speechgen
from speechgen import features, metrics
from speechgen.audio import as_waves, check_rate, mix_down, resample, write
from speechgen.enhancement import StreamEnhancer, enhance_wave
from speechgen.errors import ArrayError, AudioError
from speechgen.models.classical.identity import Identity

RATE = 16000
WAVE = (0.1 * np.random.default_rng(0).standard_normal(RATE)).astype(np.float32)


def backwards(wave: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(wave[::-1])[::-1]


def read_only(wave: np.ndarray) -> np.ndarray:
    wave = wave.copy()
    wave.flags.writeable = False
    return wave


GOOD: dict[str, Callable[[np.ndarray], Any]] = {
    "float32": lambda wave: wave,
    "float64": lambda wave: wave.astype(np.float64),
    "float16": lambda wave: wave.astype(np.float16),
    "big endian": lambda wave: wave.astype(">f4"),
    "list": lambda wave: wave.tolist(),
    "one channel": lambda wave: wave[None],
    "backwards": backwards,
    "every second": lambda wave: np.repeat(wave, 2)[::2],
    "read-only": read_only,
    "tensor": torch.from_numpy,
    "with gradients": lambda wave: torch.from_numpy(wave).requires_grad_(),
    "half": lambda wave: torch.from_numpy(wave).half(),
    "bfloat16": lambda wave: torch.from_numpy(wave).bfloat16(),
    "double tensor": lambda wave: torch.from_numpy(wave).double(),
}
BAD: dict[str, tuple[Any, str]] = {
    "int16": ((WAVE * 32767).astype(np.int16), "pass wave / 32768"),
    "int32": ((WAVE * 32767).astype(np.int32), "wave / 2147483648"),
    "uint8": (np.full(RATE, 128, np.uint8), r"\(wave - 128.0\) / 128"),
    "short tensor": (torch.zeros(RATE, dtype=torch.int16), "pass wave / 32768"),
    "list of integers": ([0] * RATE, "int64"),
    "16 bits as floats": (np.round(WAVE * 32767), "divide it by 32768"),
    "(time, channel)": (np.stack([WAVE, WAVE], 1), r"pass wave\.T"),
    "(time, 1)": (torch.from_numpy(WAVE)[:, None], r"pass wave\.T"),
    "batch": (np.zeros((2, 1, RATE)), "each example of the batch alone"),
    "number": (0.5, r"shape \(\)"),
    "empty": (np.zeros(0), "empty"),
    "no channel": (np.zeros((0, RATE)), "empty"),
    "NaN": (np.where(np.arange(RATE) == 7, np.nan, WAVE), "NaN or infinity at sample 7"),
    "infinity": (np.where(np.arange(RATE) == 7, -np.inf, WAVE), "NaN or infinity at sample 7"),
    "masked": (np.ma.masked_array(WAVE, WAVE > 0.3), "NaN"),
    "complex": (WAVE + 0j, "complex"),
    "bool": (WAVE > 0, "bool"),
    "objects": (WAVE.astype(object), "object"),
    "words": (["a", "b"], "type <U1"),
    "nothing": (None, "NoneType"),
    "wave and rate": ((WAVE, RATE), "no array can be made"),
}


def pair(function: Callable[..., Any]) -> Callable[[Any], Any]:
    return lambda wave: function(wave, wave, RATE)


ENTRIES: dict[str, Callable[[Any], Any]] = {
    "as_waves": as_waves,
    "enhance": lambda wave: speechgen.enhance(wave, sample_rate=RATE, model=Identity()),
    "enhance_wave": lambda wave: enhance_wave(Identity(), wave, RATE),
    "extract": lambda wave: features.extract(features.FeatureSettings("mel"), wave),
    "f0": lambda wave: features.f0(wave, RATE, 160),
    "mel_cepstra": lambda wave: features.mel_cepstra(wave, RATE),
    "active_seconds": lambda wave: features.active_seconds(wave, RATE),
    "si_sdr": lambda wave: metrics.si_sdr(wave, wave),
    "stoi": pair(metrics.stoi),
    "segmental_snr": pair(metrics.segmental_snr),
    "weighted_spectral_slope": pair(metrics.weighted_spectral_slope),
    "log_likelihood_ratio": pair(metrics.log_likelihood_ratio),
    "log_spectral_distance": pair(metrics.log_spectral_distance),
    "mel_cepstral_distortion": pair(metrics.mel_cepstral_distortion),
    "f0_error": pair(metrics.f0_error),
}


@pytest.mark.parametrize("kind", GOOD)
@pytest.mark.parametrize("entry", ENTRIES)
def test_sound_of_any_floating_type_is_taken_and_left_as_it_was(entry: str, kind: str) -> None:
    part = WAVE if entry == "stoi" else WAVE[:4000]
    given = GOOD[kind](part)
    before = as_waves(given).copy()
    ENTRIES[entry](given)
    np.testing.assert_array_equal(as_waves(given), before)
    np.testing.assert_allclose(before[0], part, atol=1e-3)


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("entry", ENTRIES)
def test_what_is_no_sound_is_refused_by_the_same_words_everywhere(entry: str, kind: str) -> None:
    given, words = BAD[kind]
    with pytest.raises(ArrayError, match=words) as caught:
        ENTRIES[entry](given)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", BAD)
def test_nothing_that_is_no_sound_is_written(kind: str, tmp_path) -> None:
    with pytest.raises(ArrayError, match=BAD[kind][1]):
        write(tmp_path / "a.wav", BAD[kind][0], RATE)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("kind", GOOD)
def test_what_is_enhanced_comes_back_as_it_was_given(kind: str) -> None:
    given = GOOD[kind](WAVE[:1000])
    clean = speechgen.enhance(given, sample_rate=RATE, model=Identity())
    if isinstance(given, torch.Tensor):
        assert clean.dtype == given.dtype and clean.shape == given.shape
        assert torch.equal(clean, given.detach())
    else:
        given = np.asarray(given)
        assert clean.dtype == given.dtype and clean.shape == given.shape
        np.testing.assert_array_equal(clean, given)


@pytest.mark.parametrize("rate", [0, -16000, 16, 44.1, 16000.5, True, "16000", None, float("nan")])
def test_rates_that_are_none_are_refused(rate: Any, tmp_path) -> None:
    entries = [
        lambda: check_rate(rate),
        lambda: enhance_wave(Identity(), WAVE, rate),
        lambda: StreamEnhancer(Identity(), rate, 1),
        lambda: resample(WAVE, rate, RATE),
        lambda: resample(WAVE, RATE, rate),
        lambda: write(tmp_path / "a.wav", WAVE, rate),
        lambda: features.f0(WAVE, rate, 160),
        lambda: features.frame_levels_db(WAVE, rate),
        lambda: metrics.segmental_snr(WAVE, WAVE, rate),
    ]
    for entry in entries:
        with pytest.raises(ArrayError, match="Hz"):
            entry()
    assert not any(tmp_path.iterdir())


def test_whole_numbers_of_any_type_are_rates() -> None:
    for rate in (48000, 48000.0, np.int32(48000), np.float32(48000)):
        assert check_rate(rate) == 48000
    with pytest.raises(ArrayError, match="48000 for 48 kHz"):
        check_rate(48)


def test_few_samples_of_few_channels_are_what_they_are() -> None:
    assert as_waves(np.zeros((8, 1))).shape == (8, 1)
    with pytest.raises(ArrayError, match="9 channels of 1 sample;"):
        as_waves(np.zeros((9, 1)))
    assert as_waves(np.zeros((64, 64))).shape == (64, 64)


def test_a_stream_knows_its_channels() -> None:
    stream = StreamEnhancer(Identity(), RATE, 2)
    assert stream.process(np.zeros((2, 0), np.float32)).shape[0] == 2
    assert stream.process(torch.zeros(2, 1)).shape[0] == 2
    with pytest.raises(ArrayError, match=r"pass chunk\.T"):
        stream.process(np.zeros((160, 2), np.float32))
    for wrong in (np.zeros(160), np.zeros((3, 160)), np.zeros((2, 160), np.int16)):
        with pytest.raises(ArrayError):
            stream.process(wrong)
    with pytest.raises(ArrayError, match="NaN"):
        stream.process(np.full((2, 3), np.nan))
    wide = StreamEnhancer(Identity(), RATE, 16)
    wide.process(np.zeros((16, 3), np.float32))


def test_channels_that_cancel_are_not_mixed() -> None:
    other = np.roll(WAVE, 100)
    np.testing.assert_array_equal(
        mix_down(np.stack([WAVE, other])), np.stack([WAVE, other]).mean(0)
    )
    assert not mix_down(np.zeros((2, 10))).any()
    for opposite in (-WAVE, -WAVE + 1e-3 * other, 0.2 - WAVE):
        with pytest.raises(AudioError, match=r"take\.wav: its 2 channels cancel"):
            mix_down(np.stack([WAVE, opposite]), "take.wav")
