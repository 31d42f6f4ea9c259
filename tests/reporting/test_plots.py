from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from speechgen.errors import OutputError
from speechgen.reporting import spectrogram_figure
from speechgen.reporting.plots import _levels_db


def test_a_full_scale_sine_is_at_zero_db() -> None:
    wave = np.sin(2 * np.pi * 1000 * np.arange(16000) / 16000)
    levels = _levels_db(wave, 16000)
    assert levels.max() == pytest.approx(0.0, abs=0.1)
    assert levels[:, 50].argmax() == round(1000 / 16000 * 512)


def test_a_picture_has_a_column_for_each_wave(tmp_path: Path, speechlike: Callable) -> None:
    import matplotlib.image

    wave = speechlike()
    shapes = []
    for count in (1, 3):
        target = tmp_path / f"{count}.png"
        spectrogram_figure([(f"part {i}", wave) for i in range(count)], 16000, target)
        image = matplotlib.image.imread(target)
        assert image.std() > 0.1
        shapes.append(image.shape)
    assert shapes[0][0] == shapes[1][0]
    assert shapes[1][1] > 2 * shapes[0][1]


def test_columns_share_one_scale(tmp_path: Path, speechlike: Callable) -> None:
    """The same wave 60 dB down is drawn almost black beside the loud one."""
    import matplotlib.image

    wave = speechlike()
    spectrogram_figure([("loud", wave), ("quiet", wave * 1e-3)], 16000, tmp_path / "a.png")
    image = matplotlib.image.imread(tmp_path / "a.png")[60:300, :, :3]
    width = image.shape[1]
    loud, quiet = image[:, width // 8 : width // 3], image[:, width // 2 : int(0.8 * width)]
    assert loud.mean() > 2 * quiet.mean()


def test_an_older_picture_is_kept_unless_overwritten(tmp_path: Path) -> None:
    target = tmp_path / "a.png"
    target.write_text("mine")
    with pytest.raises(OutputError, match="exists"):
        spectrogram_figure([("a", np.ones(2000))], 16000, target, overwrite=False)
    assert target.read_text() == "mine"


def test_a_figure_without_a_path_is_given_back_and_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    figure = spectrogram_figure([("a", np.ones(2000)), ("b", np.ones(2000))], 16000)
    assert [axis.get_title() for axis in figure.axes[:2]] == ["a", "b"]
    assert not list(tmp_path.iterdir())
