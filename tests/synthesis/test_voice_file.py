"""A voice as one small file: what it keeps, and what is no voice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from speechgen.data import Evidence, SpeakerVectors
from speechgen.errors import ConfigError, DataError, OutputError
from speechgen.models.wavenet.wavenet import WaveNet
from speechgen.store import load
from speechgen.synthesis import embed_paths, speaker_vector
from speechgen.synthesis.converter_fit import ConverterFit
from speechgen.synthesis.mixtures import parts_of
from speechgen.synthesis.named_voices import say_samples
from speechgen.synthesis.vector_files import read_f0, read_vector
from speechgen.synthesis.voice_file import load_fit, load_voice, save_voice

GOOD = {"format": "speechgen voice 1", "name": "anna", "f0_hz": "200", "seconds": "5",
        "agreement": "0.9", "encoder": "", "recordings": "1"}  # fmt: skip


@pytest.fixture
def table() -> SpeakerVectors:
    evidence = Evidence(np.array([2.0, 3.0]), np.full(2, np.nan), np.array([100.0, 400.0]))
    return SpeakerVectors(("u", "v"), ("anna", "anna"), np.eye(2, 4, dtype=np.float32), None,
                          evidence)  # fmt: skip


def test_a_voice_keeps_its_vector_height_and_card(table: SpeakerVectors, tmp_path: Path) -> None:
    path = tmp_path / "anna.safetensors"
    save_voice(path, table, agreement=0.91234, encoder="speaker-ecapa")
    assert path.stat().st_size < 2000
    assert read_vector(path) == pytest.approx([0.5**0.5, 0.5**0.5, 0, 0])
    assert read_vector(path, "anna") == pytest.approx(table.mean_of("anna"))
    assert read_f0(path) == pytest.approx(200.0)
    voice, facts = load_voice(path)
    assert voice.ids == ("anna",) and voice.evidence.seconds.tolist() == [5.0]
    assert facts["agreement"] == "0.9123"
    for said in ("# The voice anna", "recordings: 2", "5.00 s", "200.00 Hz", "speaker-ecapa"):
        assert said in facts["card"]
    with pytest.raises(OutputError, match="exists"):
        save_voice(path, table)


def test_a_voice_speaks_as_its_recordings_do(encoder_model, recordings, tmp_path: Path) -> None:
    network = WaveNet(stacks=1, layers_per_stack=1, speaker_features=6, speakers=["ben"])
    network.speaker_table[0] = 1.0
    encoder = load(encoder_model)
    path = tmp_path / "anna.safetensors"
    embed_paths(recordings, encoder, path, name="anna")
    heard = speaker_vector(list(recordings), network, encoder)
    assert speaker_vector(path, network, None) == pytest.approx(heard, abs=1e-5)
    assert dict(parts_of(f"{path}:3,ben")) == {str(path): 0.75, "ben": 0.25}
    with pytest.raises(DataError, match="takes one voice, and there are 2"):
        embed_paths(recordings, encoder, tmp_path / "two.safetensors")
    assert not (tmp_path / "two.safetensors").exists()


@pytest.mark.parametrize("name", ["a/b", "../up", "Zoë 你好", "a:b", "x" * 200])
@pytest.mark.parametrize("output", ["kept.safetensors", "kept.npz"])
def test_a_name_may_be_of_any_script_and_is_no_path(
    encoder_model, recordings, tmp_path: Path, name: str, output: str
) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    embed_paths(recordings, load(encoder_model), folder / output, name=name)
    assert list(folder.iterdir()) == [folder / output]
    assert {*tmp_path.iterdir()} == {*recordings, folder}
    assert read_vector(folder / output, name) == pytest.approx(read_vector(folder / output))


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\u2028b", "\x1b[31m", "x" * 201, "\udcff"])
def test_what_is_no_name_is_refused_in_one_line(
    encoder_model, recordings, tmp_path: Path, name: str
) -> None:
    with pytest.raises(ConfigError, match="--name '.*': a voice is called by") as caught:
        embed_paths(recordings, load(encoder_model), tmp_path / "kept.npz", name=name)
    assert str(caught.value).isprintable() and len(str(caught.value)) < 200
    assert {*tmp_path.iterdir()} == {*recordings}


def test_a_model_s_voice_of_a_hostile_name_is_written_nowhere(tmp_path: Path) -> None:
    for name in ("../evil", "/tmp/evil", "a/b", "a\nb", ""):
        with pytest.raises(OutputError, match="no file's"):
            list(say_samples([name], "Hi", tmp_path / "to", model=None, converter=None,
                             device="cpu", overwrite=True))  # fmt: skip
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("tensors", "changes", "words"),
    [
        ({"weight": np.ones(4, np.float32)}, {}, "holds no voice"),
        ({"vector": np.ones((2, 4), np.float32)}, {}, "holds no voice"),
        ({"vector": np.ones(4, np.float64)}, {}, "holds no voice"),
        ({"vector": np.ones(4, np.float32), "w": np.ones(4, np.float32)}, {}, "holds no voice"),
        ({"vector": np.ones(0, np.float32)}, {}, "no voice"),
        ({"vector": np.full(4, np.nan, np.float32)}, {}, "NaN"),
        ({"vector": np.ones(4, np.float32)}, {"format": "other"}, "not a voice of this version"),
        ({"vector": np.ones(4, np.float32)}, {"f0_hz": "-1"}, "out of range"),
        ({"vector": np.ones(4, np.float32)}, {"f0_hz": "nan"}, "out of range"),
        ({"vector": np.ones(4, np.float32)}, {"seconds": "inf"}, "out of range"),
        ({"vector": np.ones(4, np.float32)}, {"f0_hz": "high"}, "not a number"),
    ],
)
def test_what_is_no_voice_is_refused(tensors, changes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "v.safetensors"
    save_file(tensors, path, metadata=GOOD | changes)
    with pytest.raises(DataError, match=words) as caught:
        load_voice(path)
    assert "\n" not in str(caught.value)


def test_damaged_files_are_data_errors(table: SpeakerVectors, tmp_path: Path) -> None:
    path = tmp_path / "v.safetensors"
    save_voice(path, table)
    whole = path.read_bytes()
    for content in (b"", b"text", whole[:-1], whole[:100], whole + b"x"):
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"v\.safetensors"):
            load_voice(path)
    with pytest.raises(DataError, match="missing"):
        load_voice(tmp_path / "missing.safetensors")


FIT = {"converter": "mine", "converter_weights": "12ab"}


def test_the_match_for_a_converter_is_kept(table: SpeakerVectors, tmp_path: Path) -> None:
    path = tmp_path / "anna.safetensors"
    save_voice(path, table)
    assert load_fit(path) is None
    match = np.stack([np.full(5, 0.5), np.arange(5.0)]).astype(np.float32)
    fit = ConverterFit("mine", "12ab", match)
    save_voice(path, table, fit=fit, done="6 -> 5 dB", overwrite=True)
    kept = load_fit(path)
    assert kept is not None and (kept.converter, kept.weights) == ("mine", "12ab")
    assert (kept.match == match).all()
    assert read_vector(path) == pytest.approx(table.mean_of("anna"))
    card = load_voice(path)[1]["card"]
    assert "the converter mine" in card and "- 6 -> 5 dB" in card


@pytest.mark.parametrize(
    ("match", "facts", "words"),
    [
        (np.ones((2, 5)), {}, "not what converter"),
        (np.ones((3, 5)), FIT, "match of shape"),
        (np.ones((2, 0)), FIT, "match of shape"),
        (np.ones((2, 40000)), FIT, "match of shape"),
        (np.ones(2), FIT, "holds no voice"),
        (np.zeros((2, 5)), FIT, "out of range"),
        (np.full((2, 5), np.nan), FIT, "out of range"),
        (np.full((2, 5), 1e9), FIT, "out of range"),
    ],
)
def test_what_is_no_match_is_refused(match, facts, words: str, tmp_path: Path) -> None:
    path = tmp_path / "v.safetensors"
    tensors = {"vector": np.ones(4, np.float32), "match": match.astype(np.float32)}
    save_file(tensors, path, metadata=GOOD | facts)
    for read in (load_voice, load_fit):
        with pytest.raises(DataError, match=words) as caught:
            read(path)
        assert "\n" not in str(caught.value)
