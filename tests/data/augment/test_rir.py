"""Room responses: the direct sound at time 0, unit early energy, nothing lost or shifted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from speechgen import audio
from speechgen.data import RoomBank, write_data_directory
from speechgen.data.augment.rir import (
    aligned,
    around_zero,
    clarity_db,
    damped,
    early,
    simulated,
)
from speechgen.data.datasets.random_access import generator
from speechgen.errors import DataError

RATE = 16000


def energy(wave: np.ndarray) -> float:
    return float(np.sum(np.square(wave, dtype=np.float64)))


@pytest.fixture
def measured() -> np.ndarray:
    """Silence, a direct sound at sample 700, a reflection 30 ms and a late one 200 ms after it."""
    wave = np.zeros(9000)
    wave[[700, 700 + 480, 700 + 3200]] = [-0.2, 0.12, 0.05]
    return wave


def test_direct_sound_comes_first_and_late_reflections_stay(measured: np.ndarray) -> None:
    response = aligned(measured, RATE, 0.5)
    circle = around_zero(response, RATE)
    scale = np.hypot(0.2, 0.12)  # both are early
    assert circle[[0, 480, 3200]] == pytest.approx(np.array([-0.2, 0.12, 0.05]) / scale, rel=1e-5)
    assert np.count_nonzero(circle) == 3
    first = around_zero(early(response, RATE), RATE)
    assert np.flatnonzero(first).tolist() == [0, 480]
    assert clarity_db(response, RATE) == pytest.approx(10 * np.log10(scale**2 / 0.05**2), abs=1e-3)


def test_a_louder_reflection_is_not_taken_for_the_direct_sound(measured: np.ndarray) -> None:
    measured[700 + 480] = 0.3
    assert around_zero(aligned(measured, RATE, 0.5), RATE)[0] < 0


def test_what_is_just_before_the_direct_sound_is_before_time_0(measured: np.ndarray) -> None:
    measured[698] = 0.05  # a direct sound wider than a sample
    circle = around_zero(aligned(measured, RATE, 0.5), 1000)
    assert circle[998] / circle[0] == pytest.approx(-0.25, rel=1e-5)


def test_early_part_fades_and_cutting_leaves_no_step() -> None:
    flat = early(aligned(np.ones(9000), RATE, 0.5), RATE).wave
    assert np.all(np.diff(flat) <= 0) and np.abs(np.diff(flat)).max() < 0.02 * flat[0]
    assert flat[799] == pytest.approx(flat[0] / 2, rel=0.02)  # 50 ms
    whole = aligned(np.ones(9000), RATE, 0.25).wave
    assert len(whole) <= 4000 + 16
    assert whole[-1] < 0.01 * whole[0]


@pytest.mark.parametrize("seed", range(8))
def test_simulated_rooms_decay_behind_a_direct_sound(seed: int) -> None:
    response = simulated(generator(0, seed), RATE, 0.5)
    assert response.zero == 0 and len(response.wave) == 8000
    assert not response.wave[1:32].any()  # nothing is reflected within 2 ms
    assert energy(early(response, RATE).wave) == pytest.approx(1, rel=1e-4)
    parts = [energy(part) for part in np.split(response.wave[400:], [1900, 3800])]
    assert parts[0] > parts[1] > parts[2]


def test_damping_adds_what_is_asked_for(measured: np.ndarray) -> None:
    before = around_zero(aligned(measured, RATE, 0.5), RATE)
    after = around_zero(damped(aligned(measured, RATE, 0.5), RATE, 50.0), RATE)
    ratio_db = 20 * np.log10(before[[480, 3200]] / after[[480, 3200]] * after[0] / before[0])
    assert ratio_db == pytest.approx([50 * 0.03, 50 * 0.2], abs=1e-3)


def test_bank_takes_folders_and_data_directories_and_each_channel(tmp_path, measured) -> None:
    both = np.stack([measured, np.roll(measured, 77)]).astype(np.float32)
    audio.write(tmp_path / "r" / "hall.wav", both, RATE)
    audio.write(tmp_path / "r" / "small" / "box.wav", both[:1], RATE)
    folder = RoomBank(tmp_path / "r", RATE)
    assert sorted(folder.names) == ["box.wav:1", "hall.wav:1", "hall.wav:2"]
    for response in folder.responses:
        np.testing.assert_allclose(
            around_zero(response, 8000), around_zero(folder.responses[0], 8000), atol=1e-3
        )
    wavs = {"hall": tmp_path / "r" / "hall.wav"}
    data = write_data_directory(tmp_path / "d", wavs, {"hall": "hall"})
    assert len(RoomBank(data.path, RATE)) == 2
    at_48 = RoomBank(tmp_path / "r", 48000).responses[0]
    assert np.argmax(np.abs(at_48.wave)) == at_48.zero


def test_bad_rooms_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such folder"):
        RoomBank(tmp_path / "none", RATE)
    audio.write(tmp_path / "r" / "still.wav", np.zeros((1, 100), np.float32), RATE)
    with pytest.raises(DataError, match=r"still.wav: channel 1 is silent"):
        RoomBank(tmp_path / "r", RATE)


def test_real_rooms(corpora: Path) -> None:
    bank = RoomBank(corpora / "rooms", RATE)
    files = audio.find_audio(corpora / "rooms")
    assert len(bank) > len(files)  # each channel counts, and some files have two
    for name, response in zip(bank.names, bank.responses, strict=True):
        assert energy(early(response, RATE).wave) == pytest.approx(1, rel=1e-3), name
        assert 0.3 * np.abs(response.wave).max() <= np.abs(response.wave[response.zero]), name
        assert -10 < clarity_db(response, RATE) < 60, name
