"""``embed`` and ``synthesize``: vectors and voices, one by one and as a batch."""

from __future__ import annotations

import re

import numpy as np
import pytest
import soundfile


@pytest.fixture
def data(run, speech, tmp_path):
    """A data directory of the tree ``speech``."""
    assert run("prepare", "tree", speech, "--output", tmp_path / "data").status == 0
    return tmp_path / "data"


def test_embed_writes_unit_vectors_by_name(run, tiny, speech, tmp_path):
    files = [speech / "ann/ann_0.wav", speech / "bob/bob_1.wav"]
    target = tmp_path / "v.npz"
    outcome = run("embed", *files, "--output", target, "--model", tiny["speaker_encoder"])
    assert outcome.status == 0
    with np.load(target, allow_pickle=False) as arrays:
        assert list(arrays["ids"]) == ["ann_0", "bob_1"]
        assert arrays["vectors"].shape == (2, 8)
        assert np.allclose(np.linalg.norm(arrays["vectors"], axis=1), 1, atol=1e-5)


def test_embed_says_how_much_speech_there_is_of_whom(run, refused, tiny, speech, tmp_path):
    encoder = ("--model", tiny["speaker_encoder"])
    outcome = run("embed", speech / "ann", speech / "bob", "--output", tmp_path / "v.npz", *encoder)
    first, ann, bob = outcome.out.splitlines()
    assert first.endswith("v.npz: 6 vectors")
    assert re.fullmatch(
        r"ann: 3 recordings, \d\.\d s of speech, agreement of 3 windows [01]\.\d\d", ann
    )
    assert bob.startswith("bob: 3 recordings")
    one = (speech / "ann/ann_0.wav", "--name", "eve", "--output", tmp_path / "eve.npz")
    outcome = run("embed", *one, *encoder)
    assert outcome.out.splitlines()[0].endswith("eve.npz: 1 vector")
    assert re.search(r"eve: 1 recording, \d\.\d s of speech, a single window", outcome.out)
    kept = tmp_path / "ann.safetensors"
    outcome = run("embed", speech / "ann", "--output", kept, *encoder)
    assert "takes vectors of 352 numbers and these have 8" in outcome.err
    told = run("info", kept).out
    assert "a voice" in told and "8 numbers" in told and re.search(r"name +ann", told)
    agreement = float(re.search(r"agreement +(\d\.\d+)", told)[1])
    assert float(outcome.out.split()[-1]) == pytest.approx(agreement, abs=0.006)
    plain = (*one[:3], "--output", tmp_path / "plain.safetensors", "--converter", "none", *encoder)
    assert "warning" not in run("embed", *plain).err
    line = refused("embed", *one[:-1], tmp_path / "w.npz", "--converter", "none", *encoder)
    assert "--converter goes with one voice" in line
    short = tmp_path / "short.wav"
    soundfile.write(short, soundfile.read(speech / "ann/ann_0.wav")[0][:11200], 16000)
    line = refused("embed", short, "--output", tmp_path / "s.npz", *encoder)
    assert re.search(r"holds 0\.\d\d s of speech; a voice takes 1 s at least", line)


def test_a_pitch_that_cannot_be_moved_is_refused(refused, tiny, speech, tmp_path):
    common = ("synthesize", "--from", speech / "ann/ann_0.wav", "--output", tmp_path / "o.wav")
    model = ("--model", tiny["wavenet"], "--speaker", "ann")
    assert "absolute_pitch" in refused(*common, *model, "--pitch", "+2st")
    assert "+2st" in refused(*common, *model, "--pitch", "high")
    assert "weight" in refused(*common, "--model", tiny["wavenet"], "--speaker", "ann:0,bob")


def test_embed_of_a_data_directory_keeps_the_speakers(run, tiny, data, tmp_path):
    target = tmp_path / "v.npz"
    command = ("embed", "--data", data, "--output", target, "--model", tiny["speaker_encoder"])
    assert run(*command).status == 0
    with np.load(target, allow_pickle=False) as arrays:
        assert len(arrays["ids"]) == 6
        assert sorted(set(arrays["speakers"])) == ["ann", "bob"]
    assert run(*command).status == 1
    assert run(*command, "--overwrite").status == 0


def test_embed_warns_of_silent_utterances_and_fails_for_silent_speakers(run, tiny, data, tmp_path):
    wavs = dict(line.split(" ", 1) for line in (data / "wav.scp").read_text().splitlines())
    silence = tmp_path / "silence.wav"
    soundfile.write(silence, np.zeros(16000), 16000)

    def embedded(silent):
        lines = [f"{name} {silence if name in silent else wavs[name]}" for name in sorted(wavs)]
        (data / "wav.scp").write_text("\n".join(lines) + "\n")
        target = tmp_path / f"{len(silent)}.npz"
        encoder = ("--model", tiny["speaker_encoder"])
        outcome = run("embed", "--data", data, "--output", target, *encoder)
        with np.load(target, allow_pickle=False) as arrays:
            assert set(arrays["ids"]) == set(wavs) - silent
        return outcome

    anns = {name for name in wavs if name.startswith("ann")}
    one = embedded({min(anns)})
    assert one.status == 0
    assert "warning" in one.err and min(anns) in one.err and "silent" in one.err
    every = embedded(anns)
    assert every.status == 1
    assert all(name in every.err for name in anns) and "warning" not in every.err


def test_embed_takes_files_or_a_directory_not_both_nor_none(refused, tiny, data, speech, tmp_path):
    common = ("--output", tmp_path / "v.npz", "--model", tiny["speaker_encoder"])
    refused("embed", *common)
    refused("embed", speech / "ann/ann_0.wav", "--data", data, *common)


def test_synthesize_is_as_long_as_its_source_and_follows_seed_and_voice(
    run, tiny, speech, tmp_path
):
    source = speech / "ann/ann_0.wav"
    vector = tmp_path / "bob.npy"
    np.save(vector, np.linspace(-1, 1, 8).astype(np.float32))

    def made(name, *arguments):
        target = tmp_path / f"{name}.wav"
        command = ("synthesize", "--from", source, "--output", target, "--model", tiny["wavenet"])
        encoder = ("--encoder", tiny["speaker_encoder"])
        outcome = run(*command, *encoder, *arguments)
        assert outcome.status == 0, outcome.err
        facts = soundfile.info(target)
        assert (facts.samplerate, facts.channels, facts.subtype) == (16000, 1, "PCM_16")
        assert facts.frames == soundfile.info(source).frames
        return soundfile.read(target)[0]

    own = made("own")
    assert np.array_equal(own, made("again"))
    assert not np.array_equal(own, made("seed", "--seed", 1))
    assert not np.array_equal(own, made("vector", "--speaker", vector))
    recording = made("recording", "--speaker", speech / "bob/bob_1.wav")
    assert not np.array_equal(own, recording)
    twice = made("twice", "--speaker", "ann", "--speaker", speech / "bob")
    assert np.array_equal(twice, made("comma", "--speaker", f"ann,{speech / 'bob'}"))
    assert not np.array_equal(twice, made("mixed", "--speaker", f"ann:0.9,{speech / 'bob'}:0.1"))
    assert made("name", "--speaker", "ann").shape == own.shape


def test_the_batch_names_its_files_and_equals_the_python_function(run, tiny, data, tmp_path):
    vectors, out = tmp_path / "v.npz", tmp_path / "out"
    run("embed", "--data", data, "--output", vectors, "--model", tiny["speaker_encoder"])
    command = ("synthesize", "--data", data, "--vectors", vectors, "--model", tiny["wavenet"])
    batch = ("--limit", 2, "--voices", "own,other", "--seconds", 0.25)
    outcome = run(*command, *batch, "--output", out)
    assert outcome.status == 0
    assert (out / "synthesis.json").is_file()
    names = {path.name for path in out.glob("*.wav")}
    assert names == {
        "ann_0__as__ann.wav", "ann_0__as__bob.wav", "bob_0__as__ann.wav", "bob_0__as__bob.wav",
    }  # fmt: skip
    assert set(outcome.out.splitlines()) == {str(out / name) for name in names}
    assert {soundfile.info(out / name).frames for name in names} == {4000}
    fresh = tmp_path / "fresh"
    assert run(*command, *batch, "--output", fresh, "--untrained").status == 0
    for name in names:
        trained, untrained = (soundfile.read(folder / name)[0] for folder in (out, fresh))
        assert not np.array_equal(trained, untrained)


def test_one_or_the_other(refused, tiny, data, speech, tmp_path):
    common = ("--output", tmp_path / "out", "--model", tiny["wavenet"])
    refused("synthesize", *common)
    refused("synthesize", "--from", speech / "ann/ann_0.wav", "--data", data, *common)
    refused("synthesize", "--data", data, "--voices", "mine", *common)
    refused("synthesize", "--data", data, "--speakers", "carol", *common)


def test_load_gives_the_network(tiny):
    import speechgen

    model = speechgen.load(tiny["wavenet"])
    assert model.sample_rate == 16000
    assert not model.training
