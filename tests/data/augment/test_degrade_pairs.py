"""Pairs from rooms, telephones and clipping: in time, as described, the same for the same seed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from speechgen.audio import read, write
from speechgen.data import degrade_pairs
from speechgen.data.kaldi.directory import DataDirectory
from speechgen.data.kaldi.writing import write_data_directory
from speechgen.errors import DataError, OutputError

RATE = 16000


@pytest.fixture
def speech(tmp_path: Path) -> DataDirectory:
    rng = np.random.default_rng(0)
    wavs = {}
    for name in ("u1", "u2", "u3"):
        bursts = np.repeat(rng.random(20) > 0.4, 1600) * rng.standard_normal(32000)
        wavs[name] = tmp_path / "speech" / f"{name}.wav"
        write(wavs[name], (0.1 * bursts).astype(np.float32), RATE)
    texts = {name: f"words of {name}" for name in wavs}
    return write_data_directory(tmp_path / "data", wavs, dict.fromkeys(wavs, "s"), texts=texts)


def sides(data: DataDirectory, name: str) -> tuple[np.ndarray, np.ndarray]:
    assert data.noisy is not None
    return read(data.wavs[name])[0][0], read(data.noisy[name])[0][0]


def levels(wave: np.ndarray) -> np.ndarray:
    return np.abs(np.fft.rfft(wave)) ** 2


def test_a_telephone_has_no_highs_and_no_delay(speech: DataDirectory, tmp_path: Path) -> None:
    pairs = degrade_pairs(speech, tmp_path / "out", "telephone")
    assert pairs.texts == speech.texts
    for name in pairs.ids:
        clean, worse = sides(pairs, name)
        assert len(clean) == len(worse)
        hertz = np.fft.rfftfreq(len(clean), 1 / RATE)
        above = hertz > 4200
        assert levels(worse)[above].sum() < 1e-3 * levels(clean)[above].sum()
        assert abs(np.argmax(np.correlate(worse, clean, "full")) - (len(clean) - 1)) <= 1
    lines = (tmp_path / "out" / "pairs.tsv").read_text().splitlines()
    assert lines[0] == "id\tutterance\tcodec" and [line.split()[-1] for line in lines[1:]] == [
        "a_law", "gsm", "mu_law",
    ]  # fmt: skip


def test_clipping_cuts_peaks_alone(speech: DataDirectory, tmp_path: Path) -> None:
    pairs = degrade_pairs(speech, tmp_path / "out", "clipping")
    facts = (tmp_path / "out" / "pairs.tsv").read_text().splitlines()[1:]
    for name, line in zip(pairs.ids, facts, strict=True):
        clean, worse = sides(pairs, name)
        limit = np.abs(worse).max()
        depth_db = 20 * np.log10(np.abs(clean).max() / limit)
        assert depth_db == pytest.approx(float(line.split()[-1]), abs=0.1)
        below = np.abs(clean) < limit - 1e-4
        np.testing.assert_allclose(worse[below], clean[below], atol=4e-5)


def test_a_room_leaves_the_direct_sound_in_its_place(speech: DataDirectory, tmp_path: Path) -> None:
    pairs = degrade_pairs(speech, tmp_path / "out", "room")
    for name in pairs.ids:
        clean, worse = sides(pairs, name)
        dry = read(speech.wavs[name])[0][0]
        for side in (clean, worse):  # the clean side has early reflections, too
            assert np.argmax(np.correlate(side, dry, "full")) == len(dry) - 1
        assert not np.allclose(clean, worse, atol=1e-3)
    # the reverberation of a click ends within 50 ms on the clean side, and lasts on the other
    click = np.zeros(RATE, np.float32)
    click[100] = 0.5
    write(tmp_path / "click.wav", click, RATE)
    data = write_data_directory(tmp_path / "clicks", {"c": tmp_path / "click.wav"}, {"c": "s"})
    clean, worse = sides(degrade_pairs(data, tmp_path / "clicked", "room"), "c")
    end = 100 + round(0.061 * RATE)
    assert not clean[end:].any()
    assert worse[end:].any()
    np.testing.assert_allclose(clean[: 100 + 600], worse[: 100 + 600], atol=1e-4)


def test_measured_rooms(speech: DataDirectory, corpora: Path, tmp_path: Path) -> None:
    pairs = degrade_pairs(speech, tmp_path / "out", "room", rooms=corpora / "rooms")
    assert len(pairs) == len(speech)


def test_the_seed_decides(speech: DataDirectory, tmp_path: Path) -> None:
    made = [
        sides(degrade_pairs(speech, tmp_path / name, "room", seed=seed), "u2")[1]
        for name, seed in (("a", 0), ("b", 0), ("c", 1))
    ]
    assert np.array_equal(made[0], made[1])
    assert not np.array_equal(made[0], made[2])


def test_what_cannot_be_is_refused(speech: DataDirectory, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="needs one of room, telephone, clipping"):
        degrade_pairs(speech, tmp_path / "out", "noise")
    with pytest.raises(DataError, match="rooms are for 'room'"):
        degrade_pairs(speech, tmp_path / "out", "clipping", rooms=tmp_path)


def test_what_is_read_and_shards_are_not_written_over(
    speech: DataDirectory, tmp_path: Path
) -> None:
    pairs = degrade_pairs(speech, tmp_path / "out", "clipping")
    before = pairs.wavs["u1"].read_bytes()
    with pytest.raises(OutputError, match="holds what is to be read"):
        degrade_pairs(pairs, tmp_path / "out", "room")
    assert pairs.wavs["u1"].read_bytes() == before
    (tmp_path / "shards").mkdir()
    (tmp_path / "shards" / "shards.json").write_text("{}")
    with pytest.raises(OutputError, match="data directory already"):
        degrade_pairs(speech, tmp_path / "shards", "clipping")
