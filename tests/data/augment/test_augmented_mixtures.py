"""Augmented mixtures: each part does what its setting says, and nothing does what none says."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.signal import correlate

from speechgen import audio
from speechgen.data import (
    AudioBank,
    AugmentationSettings,
    AugmentedMixtureDataset,
    ConditionedDataset,
    RoomBank,
    prepare_noise,
    prepare_tree,
    write_data_directory,
)
from speechgen.data.augment.background import Background, Voices, switched, wandering
from speechgen.data.augment.filters import SpectrumGrid
from speechgen.data.augment.loudness import active_rms, rms
from speechgen.data.datasets.random_access import generator
from speechgen.errors import ConfigError

RATE, CROP = 16000, 16000
EVERYTHING = AugmentationSettings(
    speaker_balance=0.5, speed_probability=0.5, another_noise_probability=0.5,
    onset_probability=0.5, modulation_probability=0.5, cafe_probability=0.3,
    speech_room_probability=0.5, noise_room_probability=0.5, band_limit_probability=0.3,
    clip_probability=0.3, codec_probability=0.3,
)  # fmt: skip
QUIET = {"snr_db": (100.0, 100.0), "equalise_db": 0.0}  # speech alone, as good as


@pytest.fixture
def bank(speech) -> AudioBank:
    return AudioBank(speech, RATE)


@pytest.fixture
def noises(noise) -> AudioBank:
    return AudioBank(noise, RATE)


@pytest.fixture
def rooms(tmp_path: Path) -> RoomBank:
    """One room: a reflection after 20 ms, another after 150 ms, each half as loud as the direct."""
    wave = np.zeros((1, 4000), np.float32)
    wave[0, [100, 420, 2500]] = [0.8, 0.4, 0.4]
    audio.write(tmp_path / "rooms" / "room.wav", wave, RATE)
    return RoomBank(tmp_path / "rooms", RATE)


def make(bank, noises=None, augmentation=None, rooms=None, **options) -> AugmentedMixtureDataset:
    options = {"crop_samples": CROP, "seed": 5} | options
    return AugmentedMixtureDataset(
        bank, noises, augmentation=augmentation or AugmentationSettings(), rooms=rooms, **options
    )


def sides(item: dict[str, torch.Tensor]) -> tuple[np.ndarray, np.ndarray]:
    return item["clean"][0].numpy(), item["noisy"][0].numpy()


def snr_db(clean: np.ndarray, noisy: np.ndarray) -> float:
    return 20 * np.log10(active_rms(clean, RATE) / rms(noisy - clean))


def test_items_are_functions_of_seed_and_index(bank, noises, rooms) -> None:
    first = make(bank, noises, EVERYTHING, rooms)
    other = pickle.loads(pickle.dumps(make(bank, noises, EVERYTHING, rooms)))
    for index in [7, 0, 100_000, 3]:
        item, again = first[index], other[index]
        for side in ("clean", "noisy"):
            assert torch.equal(item[side], again[side])
            assert item[side].shape == (1, CROP) and item[side].dtype == torch.float32
            assert torch.isfinite(item[side]).all() and item[side].abs().max() <= 1
    assert not torch.equal(make(bank, noises, EVERYTHING, rooms, seed=6)[0]["noisy"],
                           first[0]["noisy"])  # fmt: skip


def test_with_everything_switched_off_clean_speech_is_a_recording(bank, noises) -> None:
    dataset = make(bank, noises, crop_samples=8000, snr_db=(10, 10))
    for index in range(8):
        clean, noisy = sides(dataset[index])
        assert snr_db(clean, noisy) == pytest.approx(10, abs=0.05)
        likeness = []
        for wave in bank:  # where in the recordings it fits best, up to its level
            products = correlate(wave, clean, "valid")
            powers = correlate(wave**2, np.ones_like(clean), "valid")
            likeness.append(float(np.max(products / np.sqrt(np.maximum(powers, 1e-6)))))
        assert max(likeness) == pytest.approx(np.linalg.norm(clean), rel=1e-3)


@pytest.mark.parametrize("wanted", [-5.0, 12.0])
@pytest.mark.parametrize(
    "augmentation",
    [
        AugmentationSettings(
            another_noise_probability=1, onset_probability=1, modulation_probability=1
        ),
        AugmentationSettings(cafe_probability=1),
        AugmentationSettings(noise_room_probability=1, band_limit_probability=1),
    ],
)
def test_ratio_is_as_asked_whatever_the_noises(bank, noises, augmentation, wanted) -> None:
    dataset = make(bank, noises, augmentation, snr_db=(wanted, wanted))
    for index in range(5):
        assert snr_db(*sides(dataset[index])) == pytest.approx(wanted, abs=0.05)


def test_speech_has_a_room_and_only_late_reverberation_is_to_be_removed(bank, rooms) -> None:
    dry = make(bank, **QUIET)
    wet = make(
        bank, None, AugmentationSettings(speech_room_probability=1, simulated_room_probability=0,
                            room_decay_db=(0, 0)), rooms, **QUIET,
    )  # fmt: skip
    for index in range(4):
        speech, _ = sides(dry[index])  # the same draw: rooms are drawn after the speech
        clean, noisy = sides(wet[index])

        def through(taps: dict[int, float], wave: np.ndarray = speech) -> np.ndarray:
            return sum(gain * np.roll(wave, lag) for lag, gain in taps.items())

        first, whole = through({0: 1, 320: 0.5}), through({0: 1, 320: 0.5, 2400: 0.5})
        gain = np.dot(clean, first) / np.dot(first, first)
        np.testing.assert_allclose(clean, gain * first, atol=2e-3 * np.abs(clean).max())
        np.testing.assert_allclose(noisy, gain * whole, atol=2e-3 * np.abs(noisy).max())


def test_simulated_rooms_stand_in_for_measured_ones(bank) -> None:
    wet = make(bank, None, AugmentationSettings(speech_room_probability=1), **QUIET)
    ratios = [snr_db(*sides(wet[index])) for index in range(10)]
    assert min(ratios) < 15 and max(ratios) < 60  # reverberation is left in the noisy side


def power_above(wave: np.ndarray, hz: float) -> float:
    power = np.abs(np.fft.rfft(wave * np.hanning(len(wave)))) ** 2
    return float(power[np.fft.rfftfreq(len(wave), 1 / RATE) > hz].sum() / power.sum())


def test_band_limit_holds_for_both_sides(bank, noises) -> None:
    augmentation = AugmentationSettings(band_limit_probability=1, band_limit_hz=(3000, 3000))
    free, limited = (
        make(bank, noises, snr_db=(0, 0)),
        make(bank, noises, augmentation, snr_db=(0, 0)),
    )
    for index in range(5):
        assert power_above(sides(free[index])[1], 3100) > 1e-3
        for side in sides(limited[index]):
            assert power_above(side, 3100) < 1e-7


@pytest.mark.parametrize("codec", ["mu_law", "gsm", "ima_adpcm_wide"])
def test_codec_affects_the_noisy_side_alone(bank, codec) -> None:
    augmentation = AugmentationSettings(codec_probability=1, codec_weights={codec: 1.0})
    dataset = make(bank, None, augmentation, **QUIET)
    for index in range(3):
        clean, noisy = sides(dataset[index])
        assert 3 < snr_db(clean, noisy) < 45
        lags = range(-8, 9)
        products = [np.dot(clean, np.roll(noisy, lag)) for lag in lags]
        assert lags[int(np.argmax(products))] == 0
        assert (power_above(clean, 4000) < 1e-7) == (codec != "ima_adpcm_wide")


def test_clipping_affects_the_noisy_side_alone(bank) -> None:
    augmentation = AugmentationSettings(clip_probability=1, clip_db=(6, 6))
    for index in range(3):
        clean, noisy = sides(make(bank, None, augmentation, **QUIET)[index])
        assert np.abs(noisy).max() == pytest.approx(np.abs(clean).max() / 10 ** (6 / 20), rel=1e-3)
        assert np.sum(np.abs(noisy) >= 0.9999 * np.abs(noisy).max()) > 5


@pytest.mark.parametrize("speed", [0.8, 1.25])
def test_speed_moves_pitch_without_aliases(tmp_path: Path, speed: float) -> None:
    time = np.arange(3 * RATE) / RATE
    wave = 0.2 * (np.sin(2 * np.pi * 500 * time) + np.sin(2 * np.pi * 7500 * time))
    audio.write(tmp_path / "a-1.wav", wave[None].astype(np.float32), RATE)
    data = write_data_directory(tmp_path / "d", {"a-1": tmp_path / "a-1.wav"}, {"a-1": "a"})
    dataset = make(
        AudioBank(data, RATE),
        None,
        AugmentationSettings(speed_probability=1),
        speed=(speed, speed),
        **QUIET,
    )
    for index in range(3):
        clean, _ = sides(dataset[index])
        power = np.abs(np.fft.rfft(clean * np.hanning(CROP))) ** 2
        tones = np.fft.rfftfreq(CROP, 1 / RATE)
        heard = {round(hz / 20) for hz in tones[power > 0.01 * power.max()]}
        expected = {500 * speed} | ({7500 * speed} if 7500 * speed < 8000 else set())
        assert heard <= {round(hz / 20) + d for hz in expected for d in (-1, 0, 1)}
        assert all(heard & {round(hz / 20) + d for d in (-1, 0, 1)} for hz in expected)


def test_speed_keeps_the_level() -> None:
    grid = SpectrumGrid(CROP, RATE)
    for speed in (0.8, 1.0, 1.2):
        count = grid.num_samples_at(speed)
        assert count == pytest.approx(CROP * speed, rel=0.05)
        wave = np.sin(np.arange(count) * (2 * np.pi * 100 / count)).astype(np.float32)
        expected = np.sin(np.arange(CROP) * (2 * np.pi * 100 / CROP))
        np.testing.assert_allclose(grid.wave(grid.at_speed(wave)), expected, atol=1e-3)


def test_balance_samples_rare_speakers_too(tmp_path, make_sound) -> None:
    for number in range(9):
        make_sound(tmp_path / "c" / "talker" / f"{number}.wav", num_samples=CROP)
    make_sound(tmp_path / "c" / "shy" / "0.wav", num_samples=CROP)
    bank = AudioBank(prepare_tree(tmp_path / "c", tmp_path / "d"), RATE)

    def of_mixtures(balance: float) -> float:
        pick = make(bank, augmentation=AugmentationSettings(speaker_balance=balance))._pick
        drawn = [bank.speakers[pick(generator(0, i))] for i in range(1500)]
        return drawn.count("shy") / len(drawn)

    def of_conditioned(balance: float) -> float:
        data = ConditionedDataset(bank, None, crop_samples=100, speaker_balance=balance)
        drawn = [data[i]["speaker_id"] for i in range(1500)]
        return drawn.count(data.speaker_names.index("shy")) / len(drawn)

    for share in (of_mixtures, of_conditioned):
        assert share(0) == pytest.approx(0.1, abs=0.03)
        assert share(1) == pytest.approx(0.5, abs=0.05)


def test_number_of_noises_follows_the_probability(bank, noises) -> None:
    def counts(probability: float) -> list[int]:
        around = Background(
            bank, noises, 4000, AugmentationSettings(another_noise_probability=probability),
            babble_probability=0, colour_probability=0,
        )  # fmt: skip
        return [len(around(generator(1, i), besides="s0")) for i in range(200)]

    assert set(counts(0)) == {1} and set(counts(1)) == {3}
    some = counts(0.5)
    assert some.count(1) == pytest.approx(100, abs=25)
    assert some.count(3) == pytest.approx(50, abs=20)


def test_a_cafe_is_voices_in_a_room_and_what_belongs_there(tmp_path, bank) -> None:
    for name in ("kitchen.plates/a", "hiss/a"):
        wave = np.random.default_rng(0).standard_normal(20000) * 0.01
        audio.write(tmp_path / "n" / f"{name}.wav", wave, RATE)
    noises = AudioBank(prepare_noise(tmp_path / "n", tmp_path / "nd"), RATE)
    around = Background(
        bank,
        noises,
        4000,
        AugmentationSettings(cafe_probability=1),
        babble_probability=0,
        colour_probability=0,
    )
    voices, plates = around(generator(0, 0), besides="s1")
    assert voices.in_room and not plates.in_room
    assert around._cafe is not None
    drawn = {noises.speakers[around._cafe._pick(generator(2, i))] for i in range(50)}
    assert drawn == {"kitchen.plates"}
    without = Background(
        bank,
        None,
        4000,
        AugmentationSettings(cafe_probability=1),
        babble_probability=0,
        colour_probability=0,
    )
    assert len(without(generator(0, 0), besides="s1")) == 1


def test_voices_are_of_others(bank, monkeypatch) -> None:
    heard = []
    real = bank.crop
    monkeypatch.setattr(
        bank, "crop", lambda i, *a: (heard.append(bank.speakers[i]), real(i, *a))[1]
    )
    wave = Voices(bank)(50000, 6, generator(0, 0), besides="s2", levels_db=(0, 0))
    assert rms(wave) == pytest.approx(1, rel=1e-4)
    assert set(heard) == {"s0", "s1", "s3", "s4"}
    alone = AudioBank(bank_of_one(bank), RATE)
    assert Voices(alone)(500, 2, generator(0, 0), besides="s0", levels_db=(0, 0)).shape == (500,)


def bank_of_one(bank: AudioBank):
    from speechgen.data import load_data_directory

    data = load_data_directory(bank.cache_dir.parent)
    return data.subset([name for name in data.ids if data.speakers[name] == "s0"])


def test_levels_wander_within_bounds_and_noises_begin_or_end() -> None:
    ones = np.ones(4 * RATE, np.float32)
    curve_db = 20 * np.log10(wandering(ones, RATE, 2.0, 20.0, generator(0, 0)))
    assert np.abs(curve_db).max() <= 12.001 and curve_db.std() > 3
    assert np.abs(np.diff(curve_db)).max() < 24 * 2 / RATE * 1.01  # no steps
    begun = ended = 0
    for index in range(30):
        gate = switched(ones, RATE, generator(3, index))
        assert gate.min() >= 0 and gate.max() == 1 and (gate == 0).mean() > 0.05
        begun, ended = begun + (gate[0] == 0), ended + (gate[-1] == 0)
    assert begun + ended == 30 and begun > 5 and ended > 5


@pytest.mark.parametrize("num_samples", [48000, 16001, 977])
def test_spectra_are_inverted_to_waves(num_samples: int) -> None:
    grid = SpectrumGrid(num_samples, RATE)
    wave = np.random.default_rng(0).standard_normal(num_samples).astype(np.float32)
    np.testing.assert_allclose(grid.wave(grid.spectrum(wave)), wave, atol=1e-5)
    curve_db = 20 * np.log10(grid.colour(generator(0, 1), 6.0))
    assert curve_db.shape == (grid.bins,) and np.abs(curve_db).max() <= 6.001
    assert grid.low_pass(20000.0, generator(0, 1)) is None
    band = grid.low_pass(4000.0, generator(0, 1))
    places = np.arange(grid.bins) * RATE / grid.size
    assert np.all(band[places < 3500] == 1) and not band[places >= 4000].any()


@pytest.mark.parametrize(
    "wrong, words",
    [
        ({"clip_probability": 1.2}, "clip_probability: needs 0 to 1"),
        ({"other_noise_db": (3.0, 1.0)}, "other_noise_db: needs"),
        ({"room_seconds": 0.0}, "room_seconds"),
        ({"babble_voices": (0, 3)}, "babble_voices"),
        ({"codec_weights": {"mp9": 1.0}}, "no codec 'mp9'"),
        ({"codec_weights": {}, "codec_probability": 0.1}, "codec_weights: needs a codec"),
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong, words) -> None:
    with pytest.raises(ConfigError, match=words):
        AugmentationSettings(**wrong)


def test_real_recordings_with_everything_on(corpora: Path, tmp_path: Path) -> None:
    speech = AudioBank(prepare_tree(corpora / "vctk_sample", tmp_path / "s"), RATE)
    noise = AudioBank(prepare_noise(corpora / "noise" / "dfn_assets", tmp_path / "n"), RATE)
    rooms = RoomBank(corpora / "rooms" / "openair_reverbjs", RATE)
    dataset = make(speech, noise, EVERYTHING, rooms, crop_samples=32000)
    for index in range(25):
        clean, noisy = sides(dataset[index])
        assert np.isfinite(noisy).all() and 0 < active_rms(clean, RATE) < 0.5
        assert 1e-4 < rms(noisy) < 1 and not np.array_equal(clean, noisy)
