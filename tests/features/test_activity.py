"""How much of a recording is speech, and what is too little of it."""

from __future__ import annotations

import numpy as np
import pytest

from speechgen.errors import NoVoiceError
from speechgen.features import active_seconds
from speechgen.features.activity import VOICE_SECONDS, active_frames, check_enough


def test_frames_that_are_active_are_those_that_count() -> None:
    wave = np.zeros(32000)
    wave[8000:16000] = 0.1 * np.random.default_rng(0).standard_normal(8000)
    active = active_frames(wave, 16000)
    assert len(active) == 199  # of 20 ms, every 10 ms
    assert active[50:99].all() and not active[:49].any() and not active[101:].any()
    assert active_seconds(wave, 16000) == pytest.approx(0.5, abs=0.03)
    assert active_seconds(wave, 16000) == pytest.approx((active.sum() + 1) / 100)


def test_too_little_speech_is_refused_with_what_there_is_and_what_it_takes() -> None:
    check_enough(VOICE_SECONDS, "anna")
    with pytest.raises(NoVoiceError, match=r"^anna: holds 0\.42 s of speech; a voice takes 1 s"):
        check_enough(0.42, "anna")
