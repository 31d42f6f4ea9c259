"""The spectral post-filter: exact where there is nothing to do, nearer with every pass."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from speechgen.errors import ConfigError
from speechgen.features import FeatureSettings, extract
from speechgen.synthesis import synthesize
from speechgen.synthesis.postfilter import check_postfilter, match_mel

MEL = FeatureSettings("mel")


def distance(one, other):
    """Mean absolute difference of log-mel spectra in nepers."""
    return 6.5 * float((extract(MEL, one) - extract(MEL, other)).abs().mean())


@pytest.mark.parametrize("length", [1, 255, 1024, 5003])
def test_a_wave_with_the_wanted_spectrum_stays_as_it_is(length, make_speech):
    wave = make_speech(length)
    same = match_mel(wave, extract(MEL, wave), MEL, passes=3)
    assert same.shape == wave.shape
    assert np.allclose(same, wave, atol=2e-6)


def test_the_spectrum_comes_nearer_with_every_pass(make_speech):
    clean = make_speech(16000)
    noise = np.random.default_rng(0).normal(0, 0.02, len(clean)).astype(np.float32)
    frames = extract(MEL, clean)
    apart = [distance(match_mel(clean + noise, frames, MEL, passes=n), clean) for n in range(4)]
    assert apart[0] > apart[1] > apart[2] > apart[3]
    assert apart[2] < 0.5 * apart[0]
    error = match_mel(clean + noise, frames, MEL, passes=2) - clean
    assert np.square(error).mean() < 0.7 * np.square(noise).mean()


def test_filters_stand_at_the_time_of_their_frames(make_speech):
    """A wave that is twice as loud from a second on is made so, and not before or after."""
    wave = make_speech(32000)
    louder = wave * np.where(np.arange(len(wave)) < 16000, 1.0, 1.5).astype(np.float32)
    made = match_mel(wave, extract(MEL, louder), MEL, passes=2)
    for part in (slice(2000, 15000), slice(17000, 30000)):
        ratio = np.sqrt(np.square(made[part]).mean() / np.square(louder[part]).mean())
        assert ratio == pytest.approx(1.0, rel=0.02)


def test_gains_are_bounded_and_silence_is_no_fault():
    silence = np.zeros(3000, np.float32)
    loud = np.random.default_rng(0).normal(0, 0.1, 3000).astype(np.float32)
    assert not match_mel(silence, extract(MEL, loud), MEL, passes=2).any()
    quiet = match_mel(loud, extract(MEL, silence), MEL, passes=1)
    assert 0.02 < np.abs(quiet).max() / np.abs(loud).max() < 0.06


def test_synthesis_filters_what_was_drawn(mel_model, make_speech):
    wave = make_speech(4000)
    plain = synthesize(wave, model=mel_model)
    filtered = synthesize(wave, model=mel_model, postfilter=2)
    assert np.array_equal(plain, synthesize(wave, model=mel_model, postfilter=0))
    assert distance(filtered, wave) < distance(plain, wave)


def test_it_needs_mel_spectra_and_a_sensible_number():
    check_postfilter(0, None)
    check_postfilter(2, MEL)
    for passes in (-1, 33):
        with pytest.raises(ConfigError, match="0 to 32 passes"):
            check_postfilter(passes, MEL)
    with pytest.raises(ConfigError, match="this one has content features"):
        check_postfilter(1, FeatureSettings("content"))
    with pytest.raises(ConfigError, match="this one has no features"):
        check_postfilter(1, None)
    assert torch.is_inference_mode_enabled() is False
