"""Speaker vectors of files and data directories."""

from __future__ import annotations

import re

import numpy as np
import pytest

from speechgen.audio import read_mono, write
from speechgen.data import load_vectors, write_data_directory
from speechgen.errors import AudioError, DataError, OutputError
from speechgen.store import load
from speechgen.synthesis import embed_paths, embed_wave, read_vector
from speechgen.synthesis.hearing import hear


@pytest.fixture
def encoder(encoder_model):
    return load(encoder_model)


def test_files_become_one_unit_vector_each(encoder, recordings, tmp_path):
    found = embed_paths(recordings, encoder, tmp_path / "v.npz")
    assert (found.written, found.failed, found.spared) == (2, [], [])
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


def test_a_speakers_only_utterance_is_embedded_in_excerpts_too(encoder, make_speech, tmp_path):
    wavs, speakers = {}, {"s-1": "s", "t-1": "t", "u-1": "u", "u-2": "u"}
    for name, seconds in (("s-1", 13), ("t-1", 3), ("u-1", 13), ("u-2", 5)):
        wavs[name] = tmp_path / f"{name}.wav"
        write(wavs[name], make_speech(seconds * 16000), 16000)
    write_data_directory(tmp_path / "data", wavs, speakers)
    found = embed_paths(tmp_path / "data", encoder, tmp_path / "v.npz")
    assert (found.written, found.failed) == (4, [])
    excerpts = load_vectors(tmp_path / "v.npz").excerpts
    assert excerpts.ids == ("s-1",) * 4  # t's is too short for two, u has two
    assert excerpts.spans.tolist() == [[0, 3.25], [3.25, 6.5], [6.5, 9.75], [9.75, 13]]
    part = embed_wave(read_mono(wavs["s-1"], 16000)[52000:104000], encoder)
    assert np.allclose(excerpts.vectors[1], part, atol=1e-3)
    embed_paths([wavs["s-1"]], encoder, tmp_path / "file.npz")
    assert load_vectors(tmp_path / "file.npz").excerpts is None


def test_outputs_are_not_replaced_unasked_nor_written_in_part(encoder, recordings, tmp_path):
    target = tmp_path / "v.npz"
    with pytest.raises(AudioError, match=r"1 recording; .*missing\.wav"):
        embed_paths([tmp_path / "missing.wav"], encoder, target)
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


@pytest.fixture
def folders(make_speech, tmp_path):
    """Two recordings of anna, one of them longer than a window, and one of ben, who is lower."""
    for name, samples, pitch_hz in (("anna/a", 90000, 220), ("anna/b", 20000, 220),
                                    ("ben/c", 20000, 110)):  # fmt: skip
        write(tmp_path / f"{name}.wav", make_speech(samples, pitch_hz=pitch_hz), 16000)
    return [tmp_path / "anna", tmp_path / "ben"]


def test_a_folder_is_one_speaker(encoder, folders, tmp_path):
    found = embed_paths(folders, encoder, tmp_path / "v.npz")
    table = load_vectors(tmp_path / "v.npz")
    assert table.ids == ("anna-a", "anna-b", "ben-c") and table.speakers == ("anna", "anna", "ben")
    assert [(name, count) for name, count, _ in found.voices] == [("anna", 2), ("ben", 1)]
    heard = found.voices[0][2]
    np.testing.assert_allclose(heard.vector, table.mean_of("anna"), atol=1e-6)
    assert heard.seconds == pytest.approx(table.evidence.seconds[:2].sum(), rel=1e-6)
    assert len(heard.pieces) == 6  # five of the longer one


def test_what_a_vector_rests_on_is_written_beside_it(encoder, folders, tmp_path):
    embed_paths(folders, encoder, tmp_path / "v.npz")
    evidence = load_vectors(tmp_path / "v.npz").evidence
    assert evidence.f0_hz == pytest.approx([220, 220, 110], rel=0.05)
    assert evidence.seconds == pytest.approx([5.63, 1.25, 1.25], rel=0.1)
    pieces = hear(read_mono(folders[0] / "a.wav", 16000), encoder).pieces
    mean = pieces.mean(axis=0) / np.linalg.norm(pieces.mean(axis=0))
    assert evidence.agreement[0] == pytest.approx((pieces @ mean).mean(), abs=1e-5)
    assert np.isnan(evidence.agreement[1:]).all()  # a single window agrees with itself


def test_windows_of_two_voices_agree_less_than_those_of_one(corpora):
    encoder = load("speaker-ecapa")
    waves = [read_mono(corpora / "arctic" / name / "arctic_a0011.flac", 16000)[:48000]
             for name in ("bdl", "slt")]  # fmt: skip
    one = [hear(np.concatenate([wave, wave]), encoder) for wave in waves]
    both = hear(np.concatenate(waves), encoder)
    assert both.agreement < min(heard.agreement for heard in one) - 0.02


def test_all_inputs_may_be_of_one_speaker(encoder, folders, tmp_path):
    embed_paths([*folders, folders[1] / "c.wav"], encoder, tmp_path / "v.npz", name="eve")
    table = load_vectors(tmp_path / "v.npz")
    assert table.ids == ("anna-a", "anna-b", "ben-c", "c")
    assert set(table.speakers) == {"eve"}
    assert read_vector(tmp_path / "v.npz") == pytest.approx(table.mean_of("eve"))


def test_too_little_speech_is_refused_but_many_words_are_enough(encoder, make_speech, tmp_path):
    for name, samples in (("short", 14000), ("words/1", 14000), ("words/2", 14000)):
        write(tmp_path / f"{name}.wav", make_speech(samples), 16000)
    inputs = [tmp_path / "short.wav", tmp_path / "words"]
    found = embed_paths(inputs, encoder, tmp_path / "v.npz")
    assert load_vectors(tmp_path / "v.npz").ids == ("words-1", "words-2")
    ((name, reason),) = found.failed
    assert name.endswith("short.wav")
    assert re.search(r"short: holds 0\.\d\d s of speech; a voice takes 1 s", reason)
    (tmp_path / "empty").mkdir()
    with pytest.raises(AudioError, match="empty: holds no sound files"):
        embed_paths([tmp_path / "empty"], encoder, tmp_path / "w.npz")


def test_a_data_directory_has_a_vector_of_who_says_little_too(encoder, make_speech, tmp_path):
    """A training takes one of every speaker; of files, or for a voice, it is refused."""
    wavs = {"s-1": tmp_path / "s.wav", "t-1": tmp_path / "t.wav"}
    write(wavs["s-1"], make_speech(14000), 16000)
    write(wavs["t-1"], make_speech(48000), 16000)
    write_data_directory(tmp_path / "data", wavs, {"s-1": "s", "t-1": "t"})
    found = embed_paths(tmp_path / "data", encoder, tmp_path / "v.npz")
    assert (found.written, found.failed, found.spared) == (2, [], [])
    ((speaker, reason),) = found.unsure
    assert speaker == "s" and re.match(r"holds 0\.\d\d s of speech; a voice takes 1 s", reason)
    assert load_vectors(tmp_path / "v.npz").evidence.seconds[0] < 1
    embed_paths(tmp_path / "data", encoder, tmp_path / "t.safetensors")
    wanted = load_vectors(tmp_path / "v.npz").mean_of("t")
    assert read_vector(tmp_path / "t.safetensors") == pytest.approx(wanted, abs=1e-5)


def sounds_without_a_voice() -> dict[str, np.ndarray]:
    rng, time = np.random.default_rng(0), np.arange(32000) / 16000
    click = np.zeros(16000)
    click[8000:8400] = 0.5 * rng.standard_normal(400)
    return {
        "silence": np.zeros(32000),
        "dither": rng.uniform(-1, 1, 32000) / 32768,
        "offset": np.full(32000, 0.3),
        "sample": np.full(1, 0.5),
        "click": click,
        "hum": 0.1 * np.sin(2 * np.pi * 50 * time),
        "hiss": 0.1 * rng.standard_normal(32000),
    }


def test_what_holds_no_voice_is_left_out_and_the_others_go_on(encoder, recordings, tmp_path):
    files = []
    for name, wave in sounds_without_a_voice().items():
        files.append(tmp_path / f"{name}.wav")
        write(files[-1], wave, 16000)
    speech = 0.1 * np.sin(np.arange(16000) ** 1.2) * (np.arange(16000) % 4000 < 2000)
    files.append(tmp_path / "opposite.wav")
    write(files[-1], np.stack([speech, -speech]), 16000)
    found = embed_paths([*files[:3], *recordings, *files[3:]], encoder, tmp_path / "v.npz")
    assert found.written == 2
    assert [name for name, _ in found.failed] == [str(file) for file in files]
    reasons = dict(
        zip((file.stem for file in files), (why for _, why in found.failed), strict=True)
    )
    for name in ("silence", "dither", "offset"):
        assert "is silent" in reasons[name]
    assert "lasts 0.000 s" in reasons["sample"]
    assert "s of sound" in reasons["click"]
    assert "never changes" in reasons["hum"] and "never changes" in reasons["hiss"]
    assert "cancel" in reasons["opposite"]
    assert len(load_vectors(tmp_path / "v.npz").ids) == 2
    with pytest.raises(AudioError, match="no voice in any"):
        embed_paths(files, encoder, tmp_path / "w.npz")
    assert not (tmp_path / "w.npz").exists()


@pytest.mark.parametrize("level_db", [-20, -60, -70])
def test_quiet_speech_has_the_voice_of_loud_speech(level_db: int, corpora) -> None:
    encoder = load("speaker-ecapa")
    path = sorted((corpora / "librispeech").rglob("*.opus"))[0]
    wave = read_mono(path, 16000)
    wave = wave / np.abs(wave).max()
    quiet = embed_wave(wave * 10 ** (level_db / 20), encoder)
    assert quiet @ embed_wave(wave, encoder) > 0.9999


def test_no_recording_of_a_single_word_is_without_a_voice(corpora) -> None:
    from speechgen.features import check_voice

    for path in sorted((corpora / "fsdd").glob("*.flac"))[::60]:
        check_voice(read_mono(path, 16000), 16000, path.name)


def test_files_of_one_name_are_told_apart_by_their_folders(tmp_path):
    from speechgen.synthesis.embedding import name_files

    def named(*names):
        return name_files([tmp_path / name for name in names])

    assert named("a/x.wav", "b/y.wav") == ["x", "y"]
    assert named("a/x.wav", "b/x.wav", "b/y.wav") == ["a/x", "b/x", "b/y"]
    assert named("in/mon/a/x.wav", "in/tue/a/x.wav") == ["mon/a/x", "tue/a/x"]
    assert named("x.wav", "x.flac") == ["x.wav", "x.flac"]
    assert named("a/x.wav", "a/x.flac", "b/x.wav") == ["a/x.wav", "a/x.flac", "b/x"]
    with pytest.raises(DataError, match="given twice"):
        named("a/x.wav", "a/x.wav")
