"""Windows of speech: they cover it, and those in which nobody speaks do not count."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from speechgen.models.speaker.encoder import SpeakerEncoder
from speechgen.models.speaker.windows import (
    WINDOW_SECONDS,
    mean_direction,
    window_starts,
    window_vectors,
)

SIZE = round(WINDOW_SECONDS * 16000)
HOP = SIZE // 2


@pytest.fixture
def encoder() -> SpeakerEncoder:
    torch.manual_seed(1)
    network = SpeakerEncoder(channels=16, num_blocks=2, pooled_channels=24, embedding_features=8)
    network(torch.randn(8, 8000))
    return network.eval()


def _wave(num_samples: int) -> np.ndarray:
    """Noise whose colour and level change."""
    rng = np.random.default_rng(0)
    slow = 1 + np.sin(np.arange(num_samples) / 3000)
    return (0.1 * slow * np.cumsum(rng.standard_normal(num_samples)) / 100).astype(np.float32)


@pytest.mark.parametrize("num_samples", [1, 99, 100, 101, 149, 150, 151, 1000, 1037])
def test_windows_cover_all_of_it_at_equal_distances(num_samples: int) -> None:
    starts = window_starts(num_samples, 100, 50)
    assert starts[0] == 0 and starts[-1] == max(num_samples - 100, 0)
    gaps = np.diff(starts)
    assert len(gaps) == 0 or (gaps.max() <= 50 and np.ptp(gaps) <= 1 and gaps.min() > 0)


def test_a_vector_is_that_of_the_window_alone(encoder: SpeakerEncoder) -> None:
    wave = _wave(SIZE + 17 * HOP + 5)
    vectors = window_vectors(encoder, wave)
    starts = window_starts(len(wave), SIZE, HOP)
    assert vectors.shape == (len(starts), 8) and len(starts) > 16  # more than fit one batch
    for row, start in zip(vectors, starts, strict=True):
        with torch.inference_mode():
            alone = encoder(torch.from_numpy(wave[start : start + SIZE])[None])[0].numpy()
        np.testing.assert_allclose(row, alone, atol=1e-5)


def test_a_short_wave_is_one_window(encoder: SpeakerEncoder) -> None:
    wave = _wave(SIZE - 1)
    with torch.inference_mode():
        whole = encoder(torch.from_numpy(wave)[None]).numpy()
    np.testing.assert_allclose(window_vectors(encoder, wave), whole, atol=1e-5)


def test_windows_of_silence_do_not_count(encoder: SpeakerEncoder) -> None:
    speech, pause = _wave(SIZE), np.zeros(10 * SIZE, np.float32)
    pause += 1e-5 * np.random.default_rng(0).standard_normal(len(pause)).astype(np.float32)
    vectors = window_vectors(encoder, np.concatenate([speech, pause]))
    assert 1 <= len(vectors) <= 3
    alone = mean_direction(window_vectors(encoder, speech))
    assert mean_direction(vectors[:1]) @ alone == pytest.approx(1.0, abs=1e-4)
    assert len(window_vectors(encoder, pause)) == len(window_starts(len(pause), SIZE, HOP))


def test_the_mean_direction_is_of_unit_length() -> None:
    rows = np.array([[3.0, 0.0], [0.0, 3.0]])
    np.testing.assert_allclose(mean_direction(rows), [0.5**0.5] * 2, rtol=1e-6)
