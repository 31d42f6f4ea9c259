"""The map of voices: neighbours stay neighbours, and every speaker is seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from speechgen.data import SpeakerVectors
from speechgen.errors import OutputError
from speechgen.reporting.voice_map import draw_voice_map, plane


def _voices(speakers: int, utterances: int) -> SpeakerVectors:
    rng = np.random.default_rng(0)
    centres = np.repeat(np.eye(speakers, 24), utterances, axis=0)
    vectors = (centres + 0.05 * rng.standard_normal(centres.shape)).astype(np.float32)
    names = np.repeat([f"s{number}" for number in range(speakers)], utterances)
    return SpeakerVectors(tuple(f"u{i}" for i in range(len(names))), tuple(names), vectors)


@pytest.mark.parametrize(("speakers", "utterances"), [(2, 3), (4, 10)])
def test_nearest_points_are_of_one_speaker(speakers: int, utterances: int) -> None:
    voices = _voices(speakers, utterances)
    points = plane(voices.vectors)
    assert points.shape == (speakers * utterances, 2)
    distances = np.linalg.norm(points[:, None] - points, axis=2) + np.diag([np.inf] * len(points))
    names = np.array(voices.speakers)
    assert (names[distances.argmin(axis=1)] == names).all()
    np.testing.assert_array_equal(plane(voices.vectors), points)


def test_every_number_of_vectors_has_a_map(tmp_path: Path) -> None:
    import matplotlib.image

    for speakers, utterances in ((1, 1), (1, 2), (2, 1), (3, 3), (24, 2)):
        target = tmp_path / f"{speakers}_{utterances}.png"
        draw_voice_map(_voices(speakers, utterances), target)
        image = matplotlib.image.imread(target)[..., :3]
        assert np.ptp(image, axis=2).max() > 0.3  # something is coloured
    with pytest.raises(OutputError, match="exists"):
        draw_voice_map(_voices(1, 1), target, overwrite=False)
