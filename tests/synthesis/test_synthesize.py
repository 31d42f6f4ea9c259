"""Recordings through the whole job: lengths, voices, outputs whole or not at all."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

import speechgen
from speechgen.audio import info, read
from speechgen.data import SpeakerVectors
from speechgen.errors import AudioError, ConfigError, DataError, ModelError, OutputError
from speechgen.synthesis import Job, synthesize, synthesize_batch, synthesize_data


def test_copy_synthesis_is_as_long_as_the_source_at_the_models_rate(
    mel_model, recordings, tmp_path
):
    output = tmp_path / "out" / "copy.wav"
    wave = speechgen.synthesize(recordings[1], model=mel_model, output=output)
    assert wave.shape == (math.ceil(25001 * 16000 / 22050),)
    written = info(output)
    assert (written.sample_rate, written.channels, written.subtype) == (16000, 1, "PCM_16")
    assert np.allclose(read(output)[0][0], np.clip(wave, -1, 1), atol=1 / 32768)


def test_the_voice_may_be_left_out_named_given_or_recorded(
    content_model, encoder_model, recordings, tmp_path
):
    np.save(tmp_path / "v.npy", np.arange(6.0))
    common = {"model": content_model, "encoder": encoder_model, "seed": 1}
    from_table = {}
    for speaker in (None, recordings[1], tmp_path / "v.npy", np.arange(6.0)):
        wave = synthesize(recordings[0], speaker=speaker, **common)
        assert wave.shape == (17000,)
        from_table[str(speaker)] = wave
    assert np.array_equal(*list(from_table.values())[2:])
    assert not np.array_equal(*list(from_table.values())[:2])


def test_the_source_itself_is_the_default_voice(content_model, encoder_model, recordings):
    common = {"model": content_model, "encoder": encoder_model}
    own = synthesize(recordings[0], **common)
    assert np.array_equal(own, synthesize(recordings[0], speaker=recordings[0], **common))


def test_a_quiet_source_is_synthesised_as_the_loud_one_is(content_model, make_speech):
    wave, common = make_speech(4000) / 8, {"speaker": np.arange(6.0), "model": content_model}
    loud = synthesize(wave, **common)
    assert np.array_equal(8 * synthesize(wave / 8, **common), loud)  # exact: a power of two


def test_seeds_reproduce_and_differ(mel_model, make_speech):
    wave = make_speech(3000)
    one, again, other = (synthesize(wave, model=mel_model, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_a_batch_of_unequal_lengths_is_each_alone(mel_model, make_speech):
    jobs = [Job(make_speech(length)) for length in (3000, 1234, 160)]
    waves = synthesize_batch(jobs, model=mel_model, seed=0)
    assert [len(wave) for wave in waves] == [3000, 1234, 160]
    for index in (0, 1):
        some = synthesize_batch(jobs[: index + 1], model=mel_model, seed=0)
        assert np.array_equal(some[index], waves[index])


def test_outputs_are_refused_before_anything_is_made(mel_model, recordings, tmp_path):
    there = tmp_path / "there.wav"
    there.write_text("precious")
    cases = [
        ([Job(recordings[0], output=there)], "exists already"),
        ([Job(recordings[0], output=recordings[0])], "recording to be read"),
        ([Job(recordings[0], output=tmp_path / "x.wav")] * 2, "two utterances"),
        ([Job(recordings[0], output=tmp_path)], "is a folder"),
        ([Job(recordings[0], output=tmp_path / "x.xyz")], "sound format"),
    ]
    for jobs, words in cases:
        with pytest.raises(OutputError, match=words):
            synthesize_batch(jobs, model=mel_model)
    assert there.read_text() == "precious"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["one.wav", "there.wav", "two.wav"]
    synthesize(recordings[0], model=mel_model, output=there, overwrite=True)
    assert info(there).num_samples == 17000


def test_bad_sources_and_voices_give_one_line(content_model, mel_model, encoder_model, tmp_path):
    common = {"model": content_model, "encoder": encoder_model}
    with pytest.raises(AudioError, match=r"missing\.wav"):
        synthesize(tmp_path / "missing.wav", **common)
    with pytest.raises(AudioError, match="NaN"):
        synthesize(np.array([0.0, np.nan], dtype=np.float32), **common)
    with pytest.raises(ModelError, match=r"unknown voice 'zoe'.*anna, ben"):
        synthesize(np.zeros(500, dtype=np.float32), speaker="zoe", **common)
    with pytest.raises(ModelError, match="takes no voice"):
        synthesize(np.zeros(500, dtype=np.float32), speaker="anna", model=mel_model)
    with pytest.raises(ModelError, match="one to synthesize is needed"):
        synthesize(np.zeros(500, dtype=np.float32), model=encoder_model)


def test_silence_stays_silence_and_its_neighbours_speech(
    content_model, mel_model, encoder_model, make_speech
):
    for model in (content_model, mel_model):
        jobs = [Job(np.zeros(3000, np.float32)), Job(make_speech(3000))]
        quiet, loud = synthesize_batch(jobs, model=model, encoder=encoder_model)
        assert quiet.shape == (3000,) and not quiet.any()
        assert loud.std() > 1e-4
        alone = synthesize_batch([Job(np.zeros(3000)), jobs[1]], model=model, encoder=encoder_model)
        assert np.array_equal(alone[1], loud)


def test_channels_that_cancel_and_voices_of_silence_are_refused(
    content_model, encoder_model, recordings, make_speech, tmp_path
):
    from speechgen.audio import write

    common = {"model": content_model, "encoder": encoder_model}
    wave = make_speech(5000)
    opposite = np.stack([wave, -wave])
    write(tmp_path / "opposite.wav", opposite, 16000)
    write(tmp_path / "silence.wav", 0 * wave, 16000)
    for source in (opposite, tmp_path / "opposite.wav"):
        with pytest.raises(AudioError, match="cancel each other"):
            synthesize(source, **common)
    with pytest.raises(AudioError, match="is silent"):
        synthesize(recordings[0], speaker=tmp_path / "silence.wav", **common)
    with pytest.raises(AudioError, match="cancel each other"):
        synthesize(recordings[0], speaker=tmp_path / "opposite.wav", **common)


def test_sources_and_voices_come_as_arrays_tensors_and_lists(content_model, make_speech):
    import torch

    wave, vector = make_speech(800), np.arange(6.0, dtype=np.float32)
    first = synthesize(wave, speaker=vector, model=content_model)
    for source in (wave.tolist(), torch.from_numpy(wave).requires_grad_(), wave[None]):
        for speaker in (vector.tolist(), torch.from_numpy(vector).bfloat16()):
            again = synthesize(source, speaker=speaker, model=content_model)
            assert np.array_equal(again, first)
    with pytest.raises(AudioError, match="pass wave / 32768"):
        synthesize((wave * 32767).astype(np.int16), speaker=vector, model=content_model)
    with pytest.raises(AudioError, match=r"pass wave\.T"):
        synthesize(np.stack([wave, wave], 1), speaker=vector, model=content_model)
    for rate in (0, -1, True, 16000.5, 16, "16000"):
        with pytest.raises(AudioError, match="sample_rate is"):
            synthesize(wave, speaker=vector, model=content_model, sample_rate=rate)


@pytest.fixture
def data_directory(tmp_path, make_speech):
    from speechgen.audio import write
    from speechgen.data import write_data_directory

    wavs, speakers = {}, {}
    for number, speaker in enumerate(["s1", "s1", "s2", "s3"]):
        utterance = f"{speaker}-{number}"
        path = tmp_path / "wavs" / f"{utterance}.wav"
        write(path, make_speech(16500 + 100 * number, seed=number), 16000)
        wavs[utterance], speakers[utterance] = path, speaker
    write_data_directory(tmp_path / "data", wavs, speakers)
    return tmp_path / "data"


def test_a_data_directory_is_synthesised_in_own_and_other_voices(
    content_model, encoder_model, data_directory, tmp_path
):
    common = {"model": content_model, "encoder": encoder_model}
    paths = synthesize_data(
        data_directory, tmp_path / "out", voices=["own", "other"], limit=3, **common
    )
    assert [path.name for path in paths] == [
        "s1-0__as__s1.wav", "s1-0__as__s2.wav", "s2-2__as__s2.wav", "s2-2__as__s3.wav",
        "s3-3__as__s3.wav", "s3-3__as__s1.wav",
    ]  # fmt: skip
    assert [info(path).num_samples for path in paths[::2]] == [16500, 16700, 16800]
    fresh = synthesize_data(
        data_directory,
        tmp_path / "raw",
        speakers=["s3"],
        limit=1,
        seconds=0.1,
        untrained=True,
        **common,
    )
    assert [(path.name, info(path).num_samples) for path in fresh] == [("s1-0__as__s3.wav", 1600)]
    with pytest.raises(DataError, match="no speaker 's9'"):
        synthesize_data(data_directory, tmp_path / "no", speakers=["s9"], **common)


def test_the_tracker_is_the_callers_choice_and_one_that_is_not_told_f0_has_none(
    content_model, mel_model, data_directory, make_speech, tmp_path
):
    wave = make_speech(16000)
    common = {"model": content_model, "speaker": np.arange(6.0)}
    own, yin, pyin = (synthesize(wave, f0_tracker=one, **common) for one in (None, "yin", "pyin"))
    np.testing.assert_array_equal(own, yin)
    assert not np.array_equal(own, pyin)
    with pytest.raises(ConfigError, match="f0_tracker must be 'yin' or 'pyin'"):
        synthesize(wave, f0_tracker="reaper", **common)
    for tracker in ("yin", "pyin"):
        with pytest.raises(ConfigError, match="is not told F0"):
            synthesize(wave, model=mel_model, f0_tracker=tracker)
    names = ("s1", "s2", "s3")
    vectors = SpeakerVectors(names, names, np.ones((3, 6), np.float32))
    jobs = {"model": content_model, "vectors": vectors, "limit": 1, "seconds": 0.2}
    made = synthesize_data(data_directory, tmp_path / "out", f0_tracker="pyin", **jobs)
    assert json.loads((tmp_path / "out" / "synthesis.json").read_text())["f0_tracker"] == "pyin"
    assert not synthesize_data(data_directory, tmp_path / "out", f0_tracker="pyin", **jobs)
    with pytest.raises(OutputError, match=f"{made[0].name}: was made of something else"):
        synthesize_data(data_directory, tmp_path / "out", **jobs)
