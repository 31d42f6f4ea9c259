from __future__ import annotations

import numpy as np
import pytest

from speechgen.metrics import pitch_agreement


def pitch(*hz: float):
    f0_hz = np.array(hz, np.float64)
    return f0_hz, f0_hz > 0


def test_by_hand() -> None:
    reference = pitch(0, 0, 100, 100, 100, 100, 100, 200)
    estimate = pitch(0, 90, 0, 100, 200, 50, 100 * 2 ** (4 / 12), 200 * 2 ** (1 / 12))
    found = pitch_agreement(reference, estimate)
    assert (found.num_frames, found.misses, found.false_alarms) == (8, 1, 1)
    assert found.voicing_error == 2 / 8
    assert found.octave_errors == (1, 1)
    assert found.gross_errors == 3
    np.testing.assert_allclose(found.cents, [0, 1200, -1200, 400, 100], atol=1e-9)
    assert found.rms_cents == pytest.approx(np.sqrt((2 * 1200**2 + 400**2 + 100**2) / 5))
    assert found.fine_rms_cents == pytest.approx(np.sqrt(100**2 / 2))


def test_utterances_add_up_to_all_their_frames() -> None:
    rng = np.random.default_rng(0)
    both = [pitch(*np.where(rng.random(60) < 0.6, rng.uniform(60, 400, 60), 0)) for _ in range(2)]
    whole = pitch_agreement(*both)
    parts = [
        pitch_agreement(*((f0_hz[part], voiced[part]) for f0_hz, voiced in both))
        for part in (slice(0, 23), slice(23, None))
    ]
    added = parts[0] + parts[1]
    assert added.voicing_error == whole.voicing_error
    assert added.octave_errors == whole.octave_errors
    assert added.rms_cents == pytest.approx(whole.rms_cents)


def test_nothing_voiced_in_both_has_no_cents() -> None:
    found = pitch_agreement(pitch(0, 100), pitch(100, 0))
    assert found.voicing_error == 1.0
    assert np.isnan(found.rms_cents) and np.isnan(found.fine_rms_cents)


def test_other_numbers_of_frames_are_refused() -> None:
    with pytest.raises(ValueError, match="2 frames against 1"):
        pitch_agreement(pitch(100), pitch(100, 100))
    with pytest.raises(ValueError, match="0 frames"):
        pitch_agreement(pitch(), pitch())
