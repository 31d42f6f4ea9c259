"""The audio bank and what is drawn from it: exact, deterministic, quick, as asked."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import soundfile
import torch
from torch.utils.data import DataLoader

from speechgen import audio
from speechgen.data import (
    AudioBank,
    ConditionedDataset,
    MixtureDataset,
    PairedDataset,
    SpeakerCropDataset,
    SpeakerVectors,
    mix_pairs,
    noisy_and_clean_banks,
    prepare_tree,
)
from speechgen.data.augment.loudness import active_rms, rms
from speechgen.data.datasets.random_access import filled, generator
from speechgen.data.datasets.speaker_vectors import Excerpts
from speechgen.errors import DataError
from speechgen.features import FeatureSettings, extract


@pytest.fixture
def bank(speech) -> AudioBank:
    return AudioBank(speech, 16000)


@pytest.fixture
def noises(noise) -> AudioBank:
    return AudioBank(noise, 16000)


def test_bank_gives_16_bit_recordings_exactly(speech, bank) -> None:
    assert bank.ids == speech.ids
    assert bank.speaker_names == [f"s{i}" for i in range(5)]
    for index, name in enumerate(bank.ids):
        expected = soundfile.read(speech.wavs[name], dtype="float32")[0]
        np.testing.assert_array_equal(bank.wave(index), expected)
        crop = bank.crop(index, 1000, len(expected))  # runs over the end
        np.testing.assert_array_equal(crop[:-1000], expected[1000:])
        assert not crop[-1000:].any()
    assert bank.duration_seconds == pytest.approx(sum(speech.durations.values()), abs=1e-3)


def test_quiet_and_overloud_recordings_keep_their_digits(tmp_path) -> None:
    rng = np.random.default_rng(0)
    waves = {"quiet": 1e-4 * rng.standard_normal(4000), "loud": 3 * rng.standard_normal(4000)}
    for name, wave in waves.items():
        audio.write(tmp_path / "c" / name / "a.wav", wave, 16000, subtype="FLOAT")
    bank = AudioBank(prepare_tree(tmp_path / "c", tmp_path / "d"), 16000)
    for name, wave in waves.items():
        error = bank.wave(bank.index_of(f"{name}-a")) - wave
        assert np.abs(error).max() <= np.abs(wave).max() * 2**-15


def test_bank_is_decoded_once_and_anew_when_a_file_changes(speech, tmp_path, monkeypatch) -> None:
    from speechgen.data.datasets import audio_cache as module

    calls = []
    real = module.pack
    monkeypatch.setattr(module, "pack", lambda *a: (calls.append(a), real(*a)))
    first = AudioBank(speech, 16000, tmp_path / "cache")
    AudioBank(speech, 16000, tmp_path / "cache")
    assert len(calls) == 1
    audio.write(speech.wavs["s0-u0"], np.full(5000, 0.5), 16000, overwrite=True)
    changed = AudioBank(speech, 16000, tmp_path / "cache")
    assert len(calls) == 2
    assert changed.key != first.key
    assert (changed.wave(0) == 0.5).all()
    AudioBank(speech, 8000, tmp_path / "cache")
    assert len(calls) == 3


def test_bank_resamples_and_goes_to_other_processes(noise) -> None:
    bank = AudioBank(noise, 16000)
    assert bank.lengths.tolist() == [3000, 5000, 40000, 40000]
    bank.wave(0)
    copy = pickle.loads(pickle.dumps(bank))
    assert len(pickle.dumps(bank)) < 5000
    np.testing.assert_array_equal(copy.wave(3), bank.wave(3))


def test_unreadable_files_are_an_error_with_a_count(speech) -> None:
    for name in speech.ids[:3]:
        speech.wavs[name].write_text("no sound")
    with pytest.raises(DataError, match=r"3 of 20 sound files cannot be used: .*u0.wav"):
        AudioBank(speech, 16000)
    assert not list(speech.path.glob(".cache/*"))


def test_items_depend_on_seed_and_index_alone(bank, noises) -> None:
    def make(seed: int) -> MixtureDataset:
        return MixtureDataset(bank, noises, crop_samples=4000, seed=seed, length=6)

    forward = [make(3)[i] for i in range(6)]
    dataset = make(3)
    for i in (5, 0, 3, 0, 100_000):
        again = dataset[i]
        if i < 6:
            assert all(torch.equal(again[k], forward[i][k]) for k in ("clean", "noisy"))
    loaded = list(DataLoader(make(3), batch_size=2, num_workers=2))
    assert torch.equal(torch.cat([b["noisy"] for b in loaded])[4], forward[4]["noisy"])
    assert not torch.equal(make(4)[0]["noisy"], forward[0]["noisy"])
    assert not torch.equal(forward[1]["noisy"], forward[0]["noisy"])


@pytest.mark.parametrize("babble, colour", [(0, 0), (1, 0), (0, 1)])
@pytest.mark.parametrize("snr_db", [-5.0, 12.5])
def test_mixtures_have_the_ratio_asked_for_and_never_clip(
    bank, noises, babble, colour, snr_db
) -> None:
    dataset = MixtureDataset(
        bank,
        noises,
        crop_samples=6000,
        snr_db=(snr_db, snr_db),
        gain_db=(20, 30),
        babble_probability=babble,
        colour_probability=colour,
    )
    for i in range(12):
        item = dataset[i]
        assert item["clean"].shape == item["noisy"].shape == (1, 6000)
        clean, noisy = (item[k].numpy()[0] for k in ("clean", "noisy"))
        found = 20 * np.log10(active_rms(clean, 16000) / rms(noisy - clean))
        assert found == pytest.approx(snr_db, abs=0.05)
        assert max(np.abs(clean).max(), np.abs(noisy).max()) <= 0.981


def test_gain_sets_the_speech_level(bank) -> None:
    dataset = MixtureDataset(bank, None, crop_samples=4000, gain_db=(-4, -4), snr_db=(30, 30))
    for i in range(5):
        level = 20 * np.log10(active_rms(dataset[i]["clean"].numpy()[0], 16000))
        assert level == pytest.approx(-30, abs=0.1)


def test_short_speech_is_followed_by_the_same_speaker(bank) -> None:
    dataset = SpeakerCropDataset(bank, 48000, speakers_per_batch=3, crops_per_speaker=2)
    ids = [dataset[i]["speaker_id"] for i in range(60)]
    for start in range(0, 60, 6):
        batch = ids[start : start + 6]
        assert batch[::2] == batch[1::2]
        assert len(set(batch)) == 3
    assert set(ids) == set(range(5))
    assert dataset[0]["wave"].shape == (48000,)
    joined = filled(1000, lambda: np.ones(300, np.float32))
    np.testing.assert_allclose(joined, 1)


def test_silence_is_no_example_of_a_speaker(speech) -> None:
    for name in ("s0-u0", "s0-u3"):
        length = soundfile.info(speech.wavs[name]).frames
        audio.write(speech.wavs[name], np.zeros(length), 16000, overwrite=True)
    dataset = SpeakerCropDataset(AudioBank(speech, 16000), 2000, speakers_per_batch=5)
    crops = [dataset[i] for i in range(200)]
    assert all(crop["wave"].any() for crop in crops if crop["speaker_id"] == 0)
    for name in ("s0-u1", "s0-u2"):
        audio.write(speech.wavs[name], np.zeros(9000), 16000, overwrite=True)
    with pytest.raises(DataError, match="speaker s0 is silent"):
        SpeakerCropDataset(AudioBank(speech, 16000), 2000)


def test_pairs_stay_aligned(speech, noise, tmp_path) -> None:
    data = mix_pairs(speech, noise, tmp_path / "mixed", snrs_db=[40], seed=1)
    clean, noisy = noisy_and_clean_banks(data, 16000)
    dataset = PairedDataset(clean, noisy, crop_samples=3000)
    for i in range(10):
        a, b = (dataset[i][k].numpy()[0] for k in ("clean", "noisy"))
        assert rms(b - a) < 0.03 * max(rms(a), 0.01)
    with pytest.raises(DataError, match="differ in their ids"):
        PairedDataset(clean, AudioBank(speech.subset(["s0-u0"]), 16000), crop_samples=100)


def vectors_of(bank: AudioBank) -> SpeakerVectors:
    rows = np.arange(len(bank), dtype=np.float32)[:, None] * np.ones(3, np.float32)
    return SpeakerVectors(tuple(bank.ids), tuple(bank.speakers), rows)


def test_conditions_belong_to_their_wave(bank) -> None:
    settings = FeatureSettings("content")
    hop = settings.hop_samples
    dataset = ConditionedDataset(
        bank, settings, crop_samples=20 * hop, speaker_vectors=vectors_of(bank), seed=7
    )
    locals_of = {
        name: np.asarray(extract(settings, bank.wave(i))) for i, name in enumerate(bank.ids)
    }
    for i in range(20):
        item = dataset[i]
        wave, local = item["wave"].numpy(), item["local"].numpy()
        assert wave.shape == (20 * hop,)
        assert local.shape == (settings.num_features, 20)
        places = [
            (name, start)
            for u, name in enumerate(bank.ids)
            for start in range(bank.lengths[u] // hop - 19)
            if np.array_equal(bank.crop(u, start * hop, 20 * hop), wave)
        ]
        assert places
        name, start = places[0]
        np.testing.assert_allclose(local, locals_of[name][:, start : start + 20], atol=1e-5)
        row = int(item["speaker"][0])
        assert bank.speakers[row] == name[:2]
        assert bank.ids[row] != name
        assert item["speaker_id"] == int(name[1])


def test_a_speakers_only_utterance_has_a_vector_from_beside_the_crop(speech) -> None:
    """The vector says where its excerpt begins and ends: never within the crop."""
    own = speech.ids[3]  # 2 s
    alone = AudioBank(speech.subset([own]), 16000)
    spans = np.array([[0.0, 0.5], [0.5, 1.0], [1.0, 1.5], [1.5, 2.0]])
    excerpts = Excerpts((own,) * 4, spans, np.pad(spans, ((0, 0), (0, 1))).astype(np.float32))
    whole = SpeakerVectors((own,), ("s0",), np.full((1, 3), -1, np.float32), excerpts)
    dataset = ConditionedDataset(alone, None, crop_samples=4000, speaker_vectors=whole, seed=1)
    wave, seen = alone.wave(0), set()
    for i in range(40):
        item = dataset[i]
        crop = item["wave"].numpy()
        places = np.flatnonzero(wave[: len(wave) - 3999] == crop[0])
        start = next(p for p in places if np.array_equal(wave[p : p + 4000], crop)) / 16000
        begin, end, _ = item["speaker"].tolist()
        assert end <= start or begin >= start + 0.25
        seen.add(begin)
    assert seen == {0.0, 0.5, 1.0, 1.5}
    assert dataset.utterance(0)["speaker"].tolist() == [-1, -1, -1]  # nothing is beside it


def test_whole_utterances_are_conditioned_alike(bank) -> None:
    settings = FeatureSettings("content")
    dataset = ConditionedDataset(bank, settings, crop_samples=1600)
    item = dataset.utterance(5)
    frames = item["local"].shape[1]
    assert item["id"] == bank.ids[5]
    assert item["wave"].shape == (frames * settings.hop_samples,)
    np.testing.assert_array_equal(item["wave"].numpy()[: bank.lengths[5]], bank.wave(5))


def test_conditions_that_do_not_fit_are_refused(bank) -> None:
    settings = FeatureSettings("content")
    with pytest.raises(DataError, match="not a multiple of the hop"):
        ConditionedDataset(bank, settings, crop_samples=1601)
    other = SpeakerVectors(("x",), ("x",), np.zeros((1, 2), np.float32))
    with pytest.raises(DataError, match="no vector of speaker s0"):
        ConditionedDataset(bank, settings, crop_samples=1600, speaker_vectors=other)


def test_conditions_of_real_speech_with_short_utterances(corpora, tmp_path) -> None:
    data = prepare_tree(corpora / "fsdd", tmp_path / "d")
    few = data.subset([name for name in data.ids if name.endswith("_1")])
    bank = AudioBank(few, 16000, tmp_path / "cache")
    dataset = ConditionedDataset(bank, FeatureSettings("content"), crop_samples=32000)
    item = dataset[0]
    assert item["local"].shape == (18, 200)
    assert item["wave"].abs().max() > 0.05


def test_generator_differs_by_seed_and_index() -> None:
    draws = {(s, i): generator(s, i).random() for s in range(4) for i in range(50)}
    assert len(set(draws.values())) == 200
