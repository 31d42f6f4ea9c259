"""Scores of alignments: hand-made times, and what an aligner finds in recordings."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from speechgen.data import prepare_auto
from speechgen.data.corpora.mini import generate_mini
from speechgen.data.label_files import Label, ctm
from speechgen.data.label_times import read_times
from speechgen.errors import DataError
from speechgen.evaluation import score_alignment
from speechgen.evaluation.alignment import (
    Alignment,
    SpeechAligner,
    align_data,
    alignment_picture,
)
from speechgen.store import resolve_model

CONVERTER = "converter-small"
MINI = [(0.1, 0.15, "ð"), (0.15, 0.2, "ɪ"), (0.3, 0.5, "ˈɔːɹ"), (0.5, 0.6, "dʒ")]


def scored(tmp_path: Path, found: list[Label], true: list[Label], tier: str = "phones") -> Any:
    for name, labels in (("found", found), ("true", true)):
        (tmp_path / f"{name}.ctm").write_text(ctm("u1", labels))
    return score_alignment(tmp_path / "true.ctm", tmp_path / "found.ctm", tier=tier)


def test_edges_of_phones_that_both_have_are_compared(tmp_path: Path) -> None:
    true = [Label(*one) for one in MINI]
    found = [
        Label(0.11, 0.17, "ð"), Label(0.17, 0.23, "ə"), Label(0.24, 0.42, "ɔ"),
        Label(0.42, 0.5, "ɹ"), Label(0.5, 0.6, "d͡ʒ"), Label(0.6, 0.7, "z"),
    ]  # fmt: skip
    mean = scored(tmp_path, found, true)["mean"]
    late = np.array([10, 20, 30, -60, 0, 0])
    assert mean["edges"] == len(late)
    assert mean["mean (ms)"] == pytest.approx(np.abs(late).mean())
    assert mean["median (ms)"] == pytest.approx(15)
    assert mean["late by, median (ms)"] == pytest.approx(5)
    assert mean["within 25 ms (%)"] == pytest.approx(400 / 6)
    assert mean["within 50 ms (%)"] == pytest.approx(500 / 6)
    assert mean["phones compared (%)"] == 100


def test_arpabet_is_read_as_such(tmp_path: Path) -> None:
    true = [Label(0.0, 0.1, "T"), Label(0.1, 0.2, "AE"), Label(0.2, 0.3, "D"), Label(0.3, 0.4, "S")]
    found = [Label(begin, end, text) for (begin, end, _), text in zip(true, "tæds", strict=True)]
    assert scored(tmp_path, found, true)["mean"]["phones compared (%)"] == 100


def test_times_are_perfect_where_they_are_the_same_and_shifts_are_told(tmp_path: Path) -> None:
    true = [Label(*one) for one in MINI]
    assert scored(tmp_path, true, true)["mean"]["mean (ms)"] == pytest.approx(0, abs=1e-6)
    for shift in (-0.04, 0.04):
        moved = [Label(begin + shift, end + shift, text) for begin, end, text in true]
        mean = scored(tmp_path, moved, true)["mean"]
        assert mean["late by, median (ms)"] == pytest.approx(1000 * shift)
        assert mean["within 25 ms (%)"] == 0 and mean["within 50 ms (%)"] == 100


def test_words_are_the_same_in_any_case_and_without_their_marks(tmp_path: Path) -> None:
    true = [Label(0.0, 0.2, "the"), Label(0.2, 0.5, "danger"), Label(0.5, 0.9, "trail")]
    found = [Label(0.0, 0.2, "The"), Label(0.2, 0.52, "danger"), Label(0.52, 0.9, "Trail,")]
    mean = scored(tmp_path, found, true, "words")["mean"]
    assert mean["words compared (%)"] == 100 and mean["mean (ms)"] == pytest.approx(5)


def test_recordings_without_times_are_named(tmp_path: Path) -> None:
    (tmp_path / "true.ctm").write_text(ctm("u1", [Label(*MINI[0])]) + ctm("u2", [Label(*MINI[1])]))
    (tmp_path / "found.ctm").write_text(ctm("u1", [Label(*MINI[0])]))
    result = score_alignment(tmp_path / "true.ctm", tmp_path / "found.ctm")
    assert set(result["files"]) == {"u1"} and set(result["failed"]) == {"u2"}
    (tmp_path / "found.ctm").write_text(ctm("u3", [Label(*MINI[0])]))
    with pytest.raises(DataError, match="shares no phones"):
        score_alignment(tmp_path / "true.ctm", tmp_path / "found.ctm")


def test_phones_of_the_mini_corpus_are_found(tmp_path: Path) -> None:
    pytest.importorskip("gruut", reason="text: gruut is not installed")
    pytest.importorskip("espeakng_loader", reason="mini: espeak-ng is not installed")
    corpus = generate_mini(tmp_path / "mini", voices=2, sentences=3)
    prepare_auto(corpus, tmp_path / "data")
    report = align_data(
        tmp_path / "data", tmp_path / "times", SpeechAligner(resolve_model(None, "say"), CONVERTER)
    )
    assert len(report.done) == 6 and not report.refused
    for labels in read_times(tmp_path / "times").values():
        assert all(label.begin_seconds < label.end_seconds for label in labels)
        edges = itertools.pairwise(labels)
        assert all(one.end_seconds <= other.begin_seconds + 1.5e-3 for one, other in edges)
    mean = score_alignment(corpus / "phones", tmp_path / "times")["mean"]
    assert mean["phones compared (%)"] > 95
    assert mean["mean (ms)"] < 30 and abs(mean["late by, median (ms)"]) < 12


def test_the_picture_shows_probabilities_over_the_path() -> None:
    scores = np.log(np.array([[0.75, 0.25], [0.25, 0.75], [0.0625, 0.9375]]))
    found = Alignment((), (), np.array([0, 1, 1]), scores, 0.8)
    picture = alignment_picture(found)[0]
    cells = picture[2::4, 2::4]
    assert picture.shape == (20, 12) and (picture.reshape(5, 4, 3, 4).std(axis=(1, 3)) == 0).all()
    assert cells == pytest.approx(
        np.array([[0.25, 0.75, 0.9375], [0.75, 0.25, 0.0625], [0.5] * 3, [0, 1, 1], [1, 0, 0]])
    )
