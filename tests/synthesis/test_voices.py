"""Where a voice may come from, and which files are no voice."""

from __future__ import annotations

import numpy as np
import pytest
from safetensors.numpy import save_file

from speechgen.audio import write
from speechgen.data import SpeakerVectors, save_vectors
from speechgen.errors import AudioError, DataError, ModelError
from speechgen.models.wavenet.wavenet import WaveNet
from speechgen.store import load
from speechgen.synthesis import read_vector, speaker_vector
from speechgen.synthesis.voices import needs_encoder


@pytest.fixture
def model():
    model = WaveNet(stacks=1, layers_per_stack=1, speaker_features=4, speakers=["anna", "ben"])
    model.speaker_table[1] = 1.0
    model.speaker_table[0, 0] = 2.0
    return model


@pytest.fixture
def table(tmp_path):
    vectors = np.eye(4, dtype=np.float32)[:3]
    path = tmp_path / "voices.npz"
    save_vectors(path, SpeakerVectors(("u1", "u2", "u3"), ("x", "x", "y"), vectors))
    return path


def test_a_known_name_is_a_row_of_the_table(model):
    assert speaker_vector("ben", model, None).tolist() == [1, 1, 1, 1]


def test_an_unknown_name_lists_the_known_ones(model):
    with pytest.raises(ModelError, match="unknown voice 'carl'.*anna, ben") as caught:
        speaker_vector("carl", model, None)
    assert "\n" not in str(caught.value)


def test_a_table_of_vectors_is_asked_by_utterance_or_speaker(model, table):
    assert speaker_vector(f"{table}:u2", model, None).tolist() == [0, 1, 0, 0]
    mean = speaker_vector(f"{table}:x", model, None)
    assert mean == pytest.approx([0.5**0.5, 0.5**0.5, 0, 0])
    with pytest.raises(DataError, match=r"several voices.*x, y"):
        speaker_vector(table, model, None)
    with pytest.raises(DataError, match="no utterance or speaker 'z'"):
        speaker_vector(f"{table}:z", model, None)


def test_a_single_vector_needs_no_name(model, tmp_path):
    np.save(tmp_path / "v.npy", np.arange(4.0))
    assert speaker_vector(tmp_path / "v.npy", model, None).tolist() == [0, 1, 2, 3]
    np.savez(tmp_path / "other.npz", embedding=np.arange(4.0))
    assert read_vector(tmp_path / "other.npz").tolist() == [0, 1, 2, 3]
    np.savez(tmp_path / "two.npz", a=np.zeros(4), b=np.ones(4))
    assert read_vector(tmp_path / "two.npz", "b").tolist() == [1, 1, 1, 1]
    with pytest.raises(DataError, match="name of an array, one of: a, b"):
        read_vector(tmp_path / "two.npz")


@pytest.mark.parametrize("suffix", [".npy", ".npz"])
def test_pickles_are_refused_and_run_nothing(model, tmp_path, suffix):
    class Hostile:
        def __reduce__(self):
            return (open, (str(tmp_path / "touched"), "w"))

    path = tmp_path / f"evil{suffix}"
    save = np.save if suffix == ".npy" else np.savez
    save(path, np.array([Hostile()], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match="trusted"):
        speaker_vector(path, model, None)
    assert not (tmp_path / "touched").exists()


@pytest.mark.parametrize(
    ("vector", "error", "words"),
    [
        (np.ones(5), ModelError, "needs 4"),
        (np.array([1.0, np.nan, 0.0, 0.0]), DataError, "NaN"),
        (np.zeros(4), DataError, "all zeros"),
        (1e30 * np.ones(4), DataError, "length 2e[+]30"),
        (1e300 * np.ones(4), DataError, "length inf|length 2e[+]300"),
        (1e-30 * np.ones(4), DataError, "length 2e-30"),
        (np.array(["a", "b", "c", "d"]), DataError, "not a vector of numbers"),
    ],
)
def test_vectors_that_are_not_a_voice_are_refused(model, vector, error, words):
    with pytest.raises(error, match=words):
        speaker_vector(vector, model, None)


@pytest.mark.parametrize("factor", [1e30, 1e-30, 0.0])
@pytest.mark.parametrize("rows", [1, 2])
def test_files_of_vectors_of_an_absurd_length_are_refused(model, tmp_path, factor, rows):
    """Also where several are averaged, which brings any vector to length 1."""
    vectors = np.float32(factor) * np.ones((rows, 4), np.float32)
    table = SpeakerVectors(tuple("ab"[:rows]), ("x",) * rows, vectors)
    save_vectors(tmp_path / "v.npz", table)
    np.save(tmp_path / "v.npy", vectors)
    save_file({"vector": vectors[0]}, tmp_path / "v.safetensors",
              metadata={"format": "speechgen voice 1"})  # fmt: skip
    for name in ("v.npz", "v.npy", "v.safetensors"):
        with pytest.raises(DataError, match=rf"{name}: holds a vector of length") as caught:
            speaker_vector(tmp_path / name, model, None)
        assert "\n" not in str(caught.value)


def test_broken_files_are_data_errors(model, tmp_path):
    (tmp_path / "text.npz").write_text("not an archive")
    for name in ("text.npz", "missing.npz"):
        with pytest.raises(DataError, match=name):
            speaker_vector(tmp_path / name, model, None)


def test_a_model_without_voices_says_so():
    model = WaveNet(stacks=1, layers_per_stack=1)
    with pytest.raises(ModelError, match="takes no voice"):
        speaker_vector(np.ones(4), model, None)


def test_several_references_are_averaged_and_voices_mixed(model, table):
    between = speaker_vector("anna:0.5,ben:0.5", model, None)
    anna, ben = (speaker_vector(name, model, None) for name in ("anna", "ben"))
    assert np.linalg.norm(between) == pytest.approx(2.0)  # as theirs
    assert between @ anna > anna @ ben and between @ ben > anna @ ben
    assert (speaker_vector(["anna", "ben"], model, None) == between).all()
    assert (speaker_vector({"anna": 2, "ben": 2}, model, None) == between).all()
    mean = speaker_vector(f"{table}:u1,{table}:u2", model, None)
    assert mean == pytest.approx(speaker_vector(f"{table}:x", model, None))
    with pytest.raises(ModelError, match="unknown voice 'carl'"):
        speaker_vector("anna,carl", model, None)


def test_a_folder_is_the_mean_of_its_recordings(encoder_model, recordings, make_speech, tmp_path):
    encoder = load(encoder_model)
    network = WaveNet(stacks=1, layers_per_stack=1, speaker_features=6, speakers=["anna"])
    network.speaker_table[0] = 1.0

    def vector(reference):
        assert needs_encoder(reference, network)
        return speaker_vector(reference, network, encoder)

    one, two = map(vector, recordings)
    mean = (one + two) / np.linalg.norm(one + two)
    for reference in (tmp_path, f"{tmp_path}", list(recordings), ",".join(map(str, recordings))):
        assert vector(reference) == pytest.approx(mean, abs=1e-5)
    assert vector(f"{recordings[0]}:3,{recordings[1]}") @ one > mean @ one
    assert not needs_encoder("anna", network) and not needs_encoder(np.ones(6), network)
    short = tmp_path / "short" / "s.wav"
    write(short, make_speech(14000), 16000)
    with pytest.raises(AudioError, match=r"short: holds 0\.\d\d s of speech; a voice takes 1 s"):
        vector(short.parent)
    vector([short, recordings[0]])
