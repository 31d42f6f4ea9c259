"""Files of speaker vectors: there and back, and nothing that could run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from speechgen.data import Evidence, SpeakerVectors, load_vectors, save_vectors
from speechgen.data.datasets.speaker_vectors import Excerpts
from speechgen.errors import DataError

VECTORS = SpeakerVectors(("ä-1", "b-1", "b-2"), ("ä", "b", "b"), np.eye(3, 4, dtype=np.float32))


def test_there_and_back(tmp_path) -> None:
    save_vectors(tmp_path / "v.npz", VECTORS)
    back = load_vectors(tmp_path / "v.npz")
    assert (back.ids, back.speakers) == (VECTORS.ids, VECTORS.speakers)
    np.testing.assert_array_equal(back.vectors, VECTORS.vectors)
    np.testing.assert_allclose(back.mean_of("b"), [0, 2**-0.5, 2**-0.5, 0], atol=1e-6)
    np.testing.assert_array_equal(back.of_utterance("b-2"), VECTORS.vectors[2])
    with pytest.raises(DataError, match="no vector of speaker c; there are b, ä"):
        back.mean_of("c")


def test_excerpts_there_and_back(tmp_path) -> None:
    spans = np.array([[0.0, 2.5], [2.5, 5.0], [0.0, 3.0]])
    excerpts = Excerpts(("ä-1", "ä-1", "b-1"), spans, np.eye(3, 4, dtype=np.float32))
    save_vectors(tmp_path / "v.npz", replace(VECTORS, excerpts=excerpts))
    back = load_vectors(tmp_path / "v.npz")
    assert back.ids == VECTORS.ids and back.excerpts is not None
    assert back.excerpts.ids == excerpts.ids
    np.testing.assert_array_equal(back.excerpts.spans, spans)
    np.testing.assert_array_equal(back.excerpts.vectors, excerpts.vectors)
    assert excerpts.beside("ä-1", 0.3, 0.6).tolist() == [1]
    assert excerpts.beside("ä-1", 2.5, 2.8).tolist() == [0]
    assert excerpts.beside("ä-1", 2.4, 2.6).tolist() == []
    assert load_vectors(tmp_path / "v.npz").mean_of("ä").tolist() == [1, 0, 0, 0]


@pytest.mark.parametrize(
    ("ids", "spans", "vectors", "words"),
    [
        (("a",), np.zeros((2, 2)), np.zeros((1, 4)), "do not fit"),
        (("a",), np.zeros((1, 2)), np.zeros((2, 4)), "do not fit"),
        (("a",), np.zeros((1, 2)), np.full((1, 4), np.nan), "NaN"),
        (("a",), np.zeros((1, 2)), np.zeros((1, 3)), "differ in size"),
    ],
)
def test_excerpts_that_do_not_fit_are_refused(ids, spans, vectors, words) -> None:
    with pytest.raises(DataError, match=words):
        replace(VECTORS, excerpts=Excerpts(ids, spans, vectors))


def test_plain_arrays(tmp_path) -> None:
    np.save(tmp_path / "me.npy", np.ones(5))
    assert load_vectors(tmp_path / "me.npy").speakers == ("me",)
    np.save(tmp_path / "us.npy", np.ones((2, 5), dtype=np.float16))
    assert load_vectors(tmp_path / "us.npy").vectors.shape == (2, 5)


@pytest.mark.parametrize("name", ["missing", "text", "objects", "lacking", "words", "nan", "cut"])
def test_bad_files_give_one_line(tmp_path, name) -> None:
    path = tmp_path / f"{name}.npz"
    if name == "text":
        path.write_text("no vectors")
    elif name == "objects":
        np.savez(path, ids=np.array(["a"], object), speakers=["a"], vectors=np.ones((1, 2)))
    elif name == "lacking":
        np.savez(path, ids=["a"], vectors=np.ones((1, 2)))
    elif name == "words":
        np.savez(path, ids=["a"], speakers=["a"], vectors=[["x"]])
    elif name == "nan":
        np.savez(path, ids=["a"], speakers=["a"], vectors=[[np.nan]])
    elif name == "cut":
        save_vectors(path, VECTORS)
        path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(DataError) as caught:
        load_vectors(path)
    assert "\n" not in str(caught.value)


def _with_evidence(*f0_hz: float) -> SpeakerVectors:
    count = len(f0_hz)
    evidence = Evidence(np.full(count, 2.0), np.full(count, np.nan), np.array(f0_hz))
    ids = tuple(f"u{number}" for number in range(count))
    return SpeakerVectors(ids, ("x",) * count, np.eye(count, 4, dtype=np.float32), None, evidence)


def test_what_vectors_rest_on_comes_back(tmp_path):
    save_vectors(tmp_path / "v.npz", _with_evidence(100.0, 0.0, 400.0))
    back = load_vectors(tmp_path / "v.npz")
    assert back.evidence.seconds.tolist() == [2.0] * 3
    assert np.isnan(back.evidence.agreement).all()
    assert back.f0_of(back.rows_of("x")) == pytest.approx(200.0)  # in the middle, as ears have it
    assert back.f0_of(np.array([1])) is None  # nothing voiced
    save_vectors(tmp_path / "w.npz", SpeakerVectors(("u",), ("x",), np.ones((1, 4), np.float32)))
    plain = load_vectors(tmp_path / "w.npz")
    assert plain.evidence is None and plain.f0_of(np.array([0])) is None


def test_evidence_of_others_is_refused():
    with pytest.raises(DataError, match="no frequency"):
        _with_evidence(-1.0)
    evidence = _with_evidence(100.0, 200.0).evidence
    with pytest.raises(DataError, match="differ in number"):
        SpeakerVectors(("u",), ("x",), np.ones((1, 4), np.float32), None, evidence)
    with pytest.raises(DataError, match="do not fit"):
        Evidence(np.ones(2), np.ones(3), np.ones(2))
