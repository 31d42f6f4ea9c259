"""Pictures: what is seen is where and as loud as it is, and its size does not grow."""

from __future__ import annotations

import numpy as np
import pytest

from speechgen.enhancement.batch.spectrogram import Chart
from speechgen.errors import OutputError


@pytest.mark.parametrize("rate", [8000, 16000, 48000, 192000])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_tone_is_seen_where_it_is_and_as_loud_as_it_is(rate: int, channels: int) -> None:
    length = 3 * rate
    time = np.arange(length) / rate
    tone = np.where(time < 1.5, 1.0, 0.0) * np.sin(2 * np.pi * 0.3 * (rate / 2) * time)
    before = np.tile(tone, (channels, 1)).astype(np.float32)
    chart = Chart(length, rate, channels)
    for at in range(0, length, 12345):
        piece = before[:, at : at + 12345]
        chart.process(piece, 0.01 * piece)
    levels = chart.levels_db()
    columns, rows = levels.shape[1:]
    first = levels[:, columns // 4]
    assert np.argmax(first[0]) == pytest.approx(0.3 * rows - 1, abs=1)
    group = max(1, Chart(1, rate, 1)._group)
    assert first[0].max() == pytest.approx(-10 * np.log10(group), abs=2.5)
    np.testing.assert_allclose(first[0].max() - first[1].max(), 40.0, atol=0.1)
    assert levels[0, 3 * columns // 4].max() < -80


def test_the_picture_of_a_long_file_is_no_larger() -> None:
    assert Chart(3600 * 192000, 192000, 1)._energies.size < 1e6


@pytest.mark.parametrize("length", [1, 255, 256, 257])
def test_the_shortest_files_have_pictures_too(tmp_path, length: int) -> None:
    chart = Chart(length, 16000, 1)
    chart.process(np.ones((1, length), np.float32), np.zeros((1, length), np.float32))
    chart.save(tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(OutputError, match="overwrite"):
        chart.save(tmp_path / "a.png")
