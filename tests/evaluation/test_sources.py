from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from speechgen.audio import write
from speechgen.data import DataDirectory, Segment, write_data_directory
from speechgen.errors import DataError
from speechgen.evaluation.sources import join, sources_by_id

WAVE = np.linspace(-0.5, 0.5, 1600, dtype=np.float32)


def fill(folder: Path, *names: str) -> Path:
    for name in names:
        write(folder / name, WAVE, 16000)
    return folder


def test_ids_are_names_without_suffix(tmp_path: Path) -> None:
    folder = fill(tmp_path / "a", "x/one.wav", "two.flac")
    assert set(sources_by_id(folder)) == {"one", "two"}


def test_equal_names_get_their_folders_as_ids(tmp_path: Path) -> None:
    folder = fill(tmp_path / "a", "x/one.wav", "y/one.wav")
    assert set(sources_by_id(folder)) == {"x/one", "y/one"}


def test_two_suffixes_of_one_name_are_refused(tmp_path: Path) -> None:
    folder = fill(tmp_path / "a", "one.wav", "one.flac")
    with pytest.raises(DataError, match="one"):
        sources_by_id(folder)


def test_pairs_are_joined_by_id_not_by_order(tmp_path: Path) -> None:
    clean = fill(tmp_path / "clean", "a.wav", "b.wav", "c.wav")
    estimate = fill(tmp_path / "estimate", "c.flac", "b.flac", "d.flac")
    pairs, failed = join(clean, estimate)
    assert {name: pair[1].path.stem for name, pair in pairs.items()} == {"b": "b", "c": "c"}
    assert failed == {"a": "no estimate of that name", "d": "no clean file of that name"}


def test_nothing_in_common_is_an_error(tmp_path: Path) -> None:
    clean, estimate = fill(tmp_path / "clean", "a.wav"), fill(tmp_path / "estimate", "b.wav")
    with pytest.raises(DataError, match="no id in common"):
        join(clean, estimate)


def test_the_noisy_side_of_a_data_directory_is_the_estimate(tmp_path: Path) -> None:
    fill(tmp_path, "clean/a.wav", "noisy/a.wav")
    write_data_directory(
        tmp_path, {"a": tmp_path / "clean/a.wav"}, {"a": "s"}, noisy={"a": tmp_path / "noisy/a.wav"}
    )
    pairs, failed = join(tmp_path, tmp_path)
    assert [source.path.parent.name for source in pairs["a"]] == ["clean", "noisy"]
    assert not failed


def test_segments_are_read_in_part(tmp_path: Path) -> None:
    fill(tmp_path, "long.wav")
    path = tmp_path / "long.wav"
    write_data_directory(
        tmp_path, {"u": path}, {"u": "s"}, segments={"u": Segment("long", 0.025, 0.05)}
    )
    found = sources_by_id(tmp_path)["u"].read(16000)
    np.testing.assert_allclose(found, WAVE[400:800], atol=1e-4)


def test_other_rates_are_brought_to_the_one_asked_for(voices: DataDirectory) -> None:
    source = sources_by_id(voices.path)["ann_0"]
    assert len(source.read(16000)) == 16000
    assert len(source.read(8000)) == 8000
