"""Splits share no speaker, no sentence and no noise; mixes are what they say."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speechgen import audio
from speechgen.data import (
    mix_pairs,
    prepare_noise,
    prepare_tree,
    split_data,
    split_noise,
    validate,
)
from speechgen.data.augment.loudness import active_rms, amplitude, db, rms, scale_to_snr
from speechgen.data.kaldi.noise_names import recording_of
from speechgen.data.kaldi.splitting import sentences
from speechgen.errors import DataError


def test_whole_speakers_where_there_are_four(speech, tmp_path) -> None:
    parts = split_data(speech, tmp_path / "s", valid=1, test=0.4, seed=1)
    assert {k: len(v.speaker_names) for k, v in parts.items()} == {
        "train": 2,
        "valid": 1,
        "test": 2,
    }
    assert sorted(itertools.chain.from_iterable(v.ids for v in parts.values())) == speech.ids
    again = split_data(speech, tmp_path / "t", valid=1, test=0.4, seed=1)
    assert all(again[k].ids == parts[k].ids for k in parts)
    assert all(validate(tmp_path / "s" / k) == [] for k in parts)


def test_sentences_of_known_speakers_on_request(speech, tmp_path) -> None:
    parts = split_data(speech, tmp_path / "s", valid=1, test=1, by="sentence")
    assert all(part.speaker_names == speech.speaker_names for part in parts.values())
    found = {name: set(sentences(part).values()) for name, part in parts.items()}
    assert {k: len(v) for k, v in found.items()} == {"train": 2, "valid": 1, "test": 1}
    for a, b in itertools.combinations(found.values(), 2):
        assert not a & b


def test_arctic_sentences_are_never_on_two_sides(corpora, tmp_path) -> None:
    data = prepare_tree(corpora / "arctic", tmp_path / "d")
    parts = split_data(data, tmp_path / "s", valid=0.05, test=0.1)
    numbers = {k: {name.split("-")[1] for name in v.ids} for k, v in parts.items()}
    for a, b in itertools.combinations(numbers.values(), 2):
        assert not a & b
    assert all(part.speaker_names == ["bdl", "slt"] for part in parts.values())
    assert len(parts["test"]) == 2 * len(numbers["test"])  # both voices say each
    assert len(parts["test"]) == pytest.approx(0.1 * len(data), abs=1)


def test_what_is_held_out_is_said_by_nobody_else(corpora, tmp_path) -> None:
    data = prepare_tree(corpora / "arctic", tmp_path / "d")
    names = ["arctic_a0011", "slt-arctic_a0023", "arctic_b9999"]
    parts = split_data(data, tmp_path / "s", valid=0.05, test=0.1, by="speaker", held_out=names)
    said = ["arctic_a0011", "arctic_a0023"]
    assert parts["test"].ids == [f"{who}-{name}" for who in ("bdl", "slt") for name in said]
    assert sum(len(part) for part in parts.values()) == len(data)
    found = {name: set(sentences(part).values()) for name, part in parts.items()}
    assert not found["train"] & found["valid"] and not found["test"] & found["train"]
    none = split_data(data, tmp_path / "n", valid=0.05, test=0.1, held_out=names[2:])
    usual = split_data(data, tmp_path / "u", valid=0.05, test=0.1)
    assert none["test"].ids == usual["test"].ids


def test_arctic_is_tested_with_twenty_sentences(corpora, tmp_path) -> None:
    """Those of ``egs/arctic``, that no shipped model of voices learnt from."""
    root = Path(__file__).resolve().parents[3]
    lines = (root / "egs" / "arctic" / "local" / "held_out").read_text().splitlines()
    names = [line for line in lines if not line.startswith("#")]
    data = prepare_tree(corpora / "arctic", tmp_path / "d")
    parts = split_data(data, tmp_path / "s", valid=0.04, test=0, by="sentence", held_out=names)
    assert len(names) == 20 and len(parts["test"]) == 40


def test_the_same_words_are_one_sentence(tmp_path, make_sound) -> None:
    for name, words in {"a/1": "Hello, you.", "b/2": "hello you", "b/3": "bye"}.items():
        make_sound(tmp_path / "c" / f"{name}.wav")
        (tmp_path / "c" / f"{name}.txt").write_text(words)
    data = prepare_tree(tmp_path / "c", tmp_path / "d")
    keys = sentences(data)
    assert keys["a-1"] == keys["b-2"] != keys["b-3"]


def test_too_little_to_split(speech, tmp_path) -> None:
    with pytest.raises(DataError, match="5 speakers cannot give 3 for validation, 2 for test"):
        split_data(speech, tmp_path / "s", valid=3, test=2)
    with pytest.raises(DataError, match="cannot split by word"):
        split_data(speech, tmp_path / "s", valid=1, test=1, by="word")
    with pytest.raises(DataError, match="0 or more"):
        split_data(speech, tmp_path / "s", valid=-1, test=1)


def test_noises_are_apart_by_recording_or_class(tmp_path, make_sound) -> None:
    names = [f"rain/1-{clip}-{take}" for clip in range(6) for take in "AB"] + ["hum/a", "hum/b"]
    for name in names:
        make_sound(tmp_path / "n" / f"{name}.wav")
    data = prepare_noise(tmp_path / "n", tmp_path / "d")
    parts = split_noise(data, tmp_path / "s", valid=1, test=0.3, seed=2)
    recordings = [{recording_of(name) for name in part.ids} for part in parts.values()]
    assert sum(len(group) for group in recordings) == len(set().union(*recordings)) == 8
    even = split_noise(data, tmp_path / "e", valid=0, test=0.5)
    assert {name.split("-")[0] for name in even["test"].ids} == {"rain", "hum"}
    assert len(even["test"].speakers) == 3 * 2 + 1
    held = split_noise(data, tmp_path / "h", valid=1, test=1, held_out_classes=["hum"])
    assert held["test"].ids == ["hum-a", "hum-b"]
    assert held["train"].speaker_names == ["rain"]
    with pytest.raises(DataError, match="no class fan"):
        split_noise(data, tmp_path / "h", valid=0, test=0, held_out_classes=["fan"])


@settings(max_examples=30, deadline=None)
@given(snr_db=st.floats(-20, 40), gain=st.floats(1e-3, 1), seed=st.integers(0, 99))
def test_noise_is_scaled_to_the_ratio(snr_db, gain, seed) -> None:
    rng = np.random.default_rng(seed)
    speech = rng.standard_normal(16000).astype(np.float32)
    speech[4096:12288] = 0  # a pause of whole frames does not count
    spoken = np.concatenate([speech[:4096], speech[12288:]])
    noise = gain * rng.standard_normal(16000).astype(np.float32)
    scaled = scale_to_snr(speech, noise, 16000, snr_db)
    assert db(rms(spoken) / rms(scaled)) == pytest.approx(snr_db, abs=0.1)
    assert db(active_rms(speech, 16000) / rms(scaled)) == pytest.approx(snr_db, abs=1e-3)


def test_levels_of_silence_and_tones() -> None:
    assert active_rms(np.zeros(1000), 16000) == rms(np.zeros(0)) == 0
    assert not scale_to_snr(np.zeros(99), np.ones(99), 16000, 3).any()
    tone = np.sin(np.arange(16000))
    assert active_rms(tone, 16000) == pytest.approx(0.5**0.5, rel=1e-2)
    assert amplitude(db(0.3)) == pytest.approx(0.3)


def test_mixes_are_what_their_table_says(speech, noise, tmp_path) -> None:
    out = tmp_path / "mix ed"
    data = mix_pairs(speech, noise, out, snrs_db=(2.5, 7.5, 12.5), seed=4)
    assert data.ids == speech.ids
    assert data.speakers == speech.speakers
    rows = [line.split("\t") for line in (out / "pairs.tsv").read_text().splitlines()[1:]]
    assert [row[4] for row in rows] == [("2.5", "7.5", "12.5")[i % 3] for i in range(20)]
    assert {noise.speakers[row[2]] for row in rows} == {"hiss", "click"}
    for name, _, _, _, snr_db in rows:
        assert audio.info(data.wavs[name]).subtype == "PCM_16"
        clean, noisy = (audio.read(t[name])[0][0] for t in (data.wavs, data.noisy))
        found = db(active_rms(clean, 16000) / rms(noisy - clean))
        assert found == pytest.approx(float(snr_db), abs=0.2)
    assert validate(out, read_headers=True) == []
    assert not (out / "wav.scp").read_text().count(str(tmp_path))  # it can be moved


def test_mixes_are_the_same_again_and_as_many_as_asked(speech, noise, tmp_path) -> None:
    first = mix_pairs(speech, noise, tmp_path / "a", seed=4, count=7)
    again = mix_pairs(speech, noise, tmp_path / "b", seed=4, count=7)
    other = mix_pairs(speech, noise, tmp_path / "c", seed=5, count=7)
    assert len(first) == 7
    assert len(set(first.speakers.values())) == 5
    for name in first.ids:
        assert first.noisy[name].read_bytes() == again.noisy[name].read_bytes()
        assert first.noisy[name].read_bytes() != other.noisy[name].read_bytes()
    some = speech.subset(speech.ids[:4])
    many = mix_pairs(some, noise, tmp_path / "d", snrs_db=(0, 10), count=8)
    assert len(many) == 8
    rows = [line.split("\t") for line in (tmp_path / "d/pairs.tsv").read_text().splitlines()[1:]]
    assert {(row[1], row[4]) for row in rows} == {(u, s) for u in some.ids for s in ("0", "10")}


def test_loud_mixes_do_not_clip(tmp_path, noise) -> None:
    wave = np.sign(np.sin(np.arange(8000) / 9)) * 0.999
    audio.write(tmp_path / "c" / "s" / "u.wav", wave, 16000)
    data = mix_pairs(
        prepare_tree(tmp_path / "c", tmp_path / "d"), noise, tmp_path / "m", snrs_db=[-5]
    )
    for table in (data.wavs, data.noisy):
        assert np.abs(audio.read(table["s-u"])[0]).max() <= 0.981


def test_silent_noise_is_an_error(tmp_path, speech) -> None:
    audio.write(tmp_path / "n" / "x" / "a.wav", np.zeros(9000), 16000)
    silent = prepare_noise(tmp_path / "n", tmp_path / "nd")
    with pytest.raises(DataError, match="silent"):
        mix_pairs(speech, silent, tmp_path / "m")


@pytest.mark.parametrize("size", [float("inf"), float("nan"), -1.0])
def test_a_size_that_is_none_is_refused(size: float, speech, tmp_path) -> None:
    with pytest.raises(DataError, match="a part of size"):
        split_data(speech, tmp_path / "out", valid=size, test=1)
