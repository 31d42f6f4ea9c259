"""A data directory with everything that shards can hold, and its shards."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from speechgen import audio
from speechgen.data import DataDirectory, load_data_directory, write_data_directory
from speechgen.data.shards import remote_reads
from speechgen.data.shards.shard_set import ShardSet
from speechgen.data.shards.shard_writing import prepare_shards
from tests.data.shards.range_server import RangeServer, served

SAID = "_ b ˈɑ | d i . _"


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory) -> DataDirectory:
    """40 utterances of four speakers, with words, phones, symbols and noisy versions."""
    root = tmp_path_factory.mktemp("full")
    rng = np.random.default_rng(3)
    wavs, noisy, speakers, said = {}, {}, {}, {}
    for number in range(40):
        speaker = f"s{number % 4}"
        name = f"{speaker}-u.{number:02d}"
        length = int(rng.integers(400, 1600))
        wave = 0.1 * rng.standard_normal(length)
        wavs[name] = root / "clean" / f"{name}.wav"
        noisy[name] = root / "noisy" / f"{name}.wav"
        audio.write(wavs[name], wave, 8000)
        audio.write(noisy[name], wave + 0.01 * rng.standard_normal(length), 8000)
        speakers[name], said[name] = speaker, "b ɑ d d i" if number else "b"
    texts = {name: f"Körper {name}" for name in wavs}
    folder = root / "data"
    data = write_data_directory(
        folder, wavs, speakers, texts=texts, noisy=noisy, phones=said,
        durations=dict.fromkeys(wavs, 0.1),
    )  # fmt: skip
    lines = [f"{name} {SAID}\n" for name in data.ids]
    (folder / "symbols").write_text("".join(lines), encoding="utf-8")
    return replace(load_data_directory(folder))


@pytest.fixture(scope="session")
def shards(full: DataDirectory, tmp_path_factory: pytest.TempPathFactory) -> ShardSet:
    """It as about six shards."""
    found = prepare_shards(full, tmp_path_factory.mktemp("shards") / "out", shard_mib=0.04)
    assert 5 <= len(found.shards) <= 12
    return found


def everything(shards: ShardSet) -> np.ndarray:
    """Shard and row of all utterances."""
    places = [
        (number, row)
        for number, shard in enumerate(shards.shards)
        for row in range(shard.utterances)
    ]
    return np.array(places, dtype=np.int64)


def contents(folder: Path) -> dict[str, bytes]:
    """All files in a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def copy(shards: ShardSet, tmp_path: Path) -> Path:
    return Path(shutil.copytree(shards.path, tmp_path / "copy"))


@pytest.fixture
def server(copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RangeServer]:
    """Of ``copy``, with a cache of its own; the next attempt comes at once."""
    monkeypatch.setattr(remote_reads, "BRIEF", (0.01,))
    monkeypatch.setattr(remote_reads, "PATIENT", (0.01, 0.01, 0.01))
    with served(copy, tmp_path / "cache", monkeypatch) as running:
        yield running
