"""What a training hears can be written down, and it is that."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from speechgen.audio import read_mono
from speechgen.errors import ConfigError, DataError, OutputError
from speechgen.training import datasets
from speechgen.training.composition import compose
from speechgen.training.drawn_mixtures import write_drawn_mixtures
from speechgen.training.runner import data_context
from speechgen.training.settings import RunSettings, from_mapping


def words(data: Path, *more: str) -> list[str]:
    return [
        "experiment=spectral_enhancer", f"data.train={data / 'speech'}", "seed=3",
        f"data.noise={data / 'noise'}", "model.arguments.window_samples=4000", *more,
    ]  # fmt: skip


def test_the_files_are_the_first_items_of_the_training(data: Path, tmp_path: Path) -> None:
    pairs = write_drawn_mixtures(words(data), tmp_path / "out", 5)
    composed = compose([*words(data), "output=x"], None)
    settings = from_mapping(RunSettings, composed, "configuration")
    chosen = datasets.data_settings(settings.data)
    items = datasets.open_data(chosen, data_context(settings, None)).dataset
    assert pairs.noisy is not None and len(pairs) == 5
    for number, name in enumerate(pairs.ids):
        for side, files in (("clean", pairs.wavs), ("noisy", pairs.noisy)):
            written = read_mono(files[name], 16000)
            assert np.abs(written - items[number][side][0].numpy()).max() < 2 / 2**15


def test_the_table_has_the_ratio_that_was_asked_for(data: Path, tmp_path: Path) -> None:
    plain = words(data, "data=mixture", "data.snr_db=[7, 7]", "data.speed=[1, 1]")
    write_drawn_mixtures(plain, tmp_path / "out", 4)
    head, *rows = (tmp_path / "out" / "pairs.tsv").read_text(encoding="utf-8").splitlines()
    place = head.split("\t").index("snr_db")
    for row in rows:
        assert float(row.split("\t")[place]) == pytest.approx(7.0, abs=0.15)


def test_what_has_no_noisy_side_is_refused(data: Path, tmp_path: Path) -> None:
    told = ["experiment=speaker_encoder", f"data.train={data / 'speech'}"]
    with pytest.raises(ConfigError, match="no clean and noisy side"):
        write_drawn_mixtures(told, tmp_path / "out", 2)
    assert not (tmp_path / "out").exists()
    with pytest.raises(ConfigError, match="needs 1 or more"):
        write_drawn_mixtures(words(data), tmp_path / "out", 0)
    with pytest.raises(DataError, match="nowhere"):
        write_drawn_mixtures(words(data, f"data.rooms={tmp_path / 'nowhere'}"), tmp_path / "o", 1)


def test_a_data_directory_of_something_else_is_not_replaced(data: Path, tmp_path: Path) -> None:
    before = (data / "speech" / "wav.scp").read_bytes()
    with pytest.raises(OutputError, match="data directory already"):
        write_drawn_mixtures(words(data), data / "speech", 1)
    assert (data / "speech" / "wav.scp").read_bytes() == before
    write_drawn_mixtures(words(data), tmp_path / "out", 2)
    assert len(write_drawn_mixtures(words(data), tmp_path / "out", 1)) == 1  # its own it does
