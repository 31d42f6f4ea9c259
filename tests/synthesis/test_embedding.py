"""Speaker vectors of files and data directories."""

from __future__ import annotations

import numpy as np
import pytest

from speechgen.data import load_vectors, write_data_directory
from speechgen.errors import AudioError, DataError, OutputError
from speechgen.store import load
from speechgen.synthesis import embed_paths


@pytest.fixture
def encoder(encoder_model):
    return load(encoder_model)


def test_files_become_one_unit_vector_each(encoder, recordings, tmp_path):
    assert embed_paths(recordings, encoder, tmp_path / "v.npz") == 2
    table = load_vectors(tmp_path / "v.npz")
    assert table.ids == ("one", "two") and table.speakers == ("one", "two")
    assert np.linalg.norm(table.vectors, axis=1) == pytest.approx([1, 1], abs=1e-5)


def test_a_data_directory_keeps_its_ids_and_speakers(encoder, recordings, tmp_path):
    wavs = {"s-1": recordings[0], "t-1": recordings[1]}
    write_data_directory(tmp_path / "data", wavs, {"s-1": "s", "t-1": "t"})
    embed_paths(tmp_path / "data", encoder, tmp_path / "v.npz")
    table = load_vectors(tmp_path / "v.npz")
    assert table.ids == ("s-1", "t-1") and table.speakers == ("s", "t")
    embed_paths([recordings[0]], encoder, tmp_path / "one.npz")
    alone = load_vectors(tmp_path / "one.npz")
    assert np.allclose(alone.vectors[0], table.of_utterance("s-1"), atol=1e-4)


def test_outputs_are_not_replaced_unasked_nor_written_in_part(encoder, recordings, tmp_path):
    target = tmp_path / "v.npz"
    with pytest.raises(AudioError):
        embed_paths([recordings[0], tmp_path / "missing.wav"], encoder, target)
    assert not target.exists()
    target.write_text("precious")
    with pytest.raises(OutputError, match="exists already"):
        embed_paths(recordings, encoder, target)
    with pytest.raises(OutputError, match=r"\.npz"):
        embed_paths(recordings, encoder, tmp_path / "v.txt")
    with pytest.raises(DataError, match="given twice"):
        embed_paths([recordings[0]] * 2, encoder, tmp_path / "w.npz")
    embed_paths(recordings, encoder, target, overwrite=True)
    assert len(load_vectors(target).ids) == 2
