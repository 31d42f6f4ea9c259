"""Where symbols begin, and where sound ends."""

from __future__ import annotations

import numpy as np
import pytest

from speechgen.data.label_files import Label
from speechgen.evaluation.label_edges import EARLY_FRAMES, path_edges, sounding_ends


def test_edges_are_those_of_the_path_moved() -> None:
    path = np.repeat([0, 1, 3, 4], [10, 5, 5, 10])  # 2 is skipped
    edges = path_edges(path, 5, 0.016) / 0.016
    assert np.allclose(
        edges, [0, 10 + EARLY_FRAMES, *[15 + EARLY_FRAMES] * 2, 20 + EARLY_FRAMES, 30]
    )


@pytest.mark.parametrize("seed", range(20))
def test_edges_are_in_order_and_whoever_has_a_frame_has_some_time(seed: int) -> None:
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 3, size=12)
    counts[rng.integers(12)] += 1
    edges = path_edges(np.repeat(np.arange(12), counts), 12, 1.0)
    assert edges[0] >= 0 and edges[-1] == counts.sum()
    lengths = np.diff(edges)
    assert (lengths >= 0).all() and (lengths[counts > 0] > 0).all()


def tone(*parts: tuple[float, float]) -> np.ndarray:
    """(seconds, amplitude) of a tone at 16 kHz, on faint noise."""
    rng = np.random.default_rng(0)
    level = np.concatenate([np.full(int(seconds * 16000), level) for seconds, level in parts])
    wave = level * np.sin(np.arange(len(level)) * 0.5) + 1e-4 * rng.standard_normal(len(level))
    return wave.astype(np.float32)


def test_a_label_before_a_pause_ends_with_its_sound_and_others_are_left() -> None:
    wave = tone((0.2, 0.0), (0.3, 0.5), (0.08, 0.05), (0.4, 0.0))
    labels = [Label(0.2, 0.35, "a"), Label(0.35, 0.5, "n")]
    first, last = sounding_ends(labels, wave, 16000)
    assert first == labels[0]
    assert last[0] == 0.35 and last[1] == pytest.approx(0.58, abs=0.016)
    assert sounding_ends([Label(0.2, 0.7, "a")], wave, 16000) == [Label(0.2, 0.7, "a")]


def test_an_end_is_moved_by_120_ms_and_into_no_other_label() -> None:
    wave = tone((0.2, 0.0), (1.0, 0.5), (0.4, 0.0))
    far, *_ = sounding_ends([Label(0.2, 0.5, "a")], wave, 16000)
    assert far.end_seconds == pytest.approx(0.62, abs=0.006)
    near, other = sounding_ends([Label(0.2, 0.5, "a"), Label(0.55, 0.7, "b")], wave, 16000)
    assert near.end_seconds == 0.55 and other.begin_seconds == 0.55
