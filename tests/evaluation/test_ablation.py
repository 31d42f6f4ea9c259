"""The table of an ablation: means and spreads by hand, and comparisons that would not be fair."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from speechgen.errors import DataError
from speechgen.evaluation import score_enhancement, score_enhancer
from speechgen.evaluation.ablation import gather, read_rows
from speechgen.metrics import ENHANCEMENT_METRICS

ROWS = {"base": "as it is", "bare": "without"}


def result(system: str, seed: int | None, value: float, **changed: Any) -> dict[str, Any]:
    """A result whose every mean is ``value``."""
    mean = dict.fromkeys(ENHANCEMENT_METRICS, value)
    training = {"seed": seed, "seconds": 9.0, "data": {"hours": 2.0}, "command": f"train {system}"}
    context = {"system": system, "split": "test", "steps": 5, "training": training, "weights": 7}
    if seed is None:
        context |= {"training": None, "steps": None, "weights": None}
    context |= {key: value for key, value in changed.items() if key != "files"}
    return {"mean": mean, "files": changed.get("files", {"a": mean}), "context": context}


def results() -> list[dict[str, Any]]:
    return [
        result("noisy", None, 1.0),
        *(result("base", seed, value) for seed, value in enumerate((2.0, 4.0, 6.0))),
        *(result("bare", seed, value) for seed, value in enumerate((3.0, 4.0, 5.0))),
    ]


def test_means_spreads_and_paired_differences_by_hand() -> None:
    (table,) = gather(results(), ROWS)
    noisy, base, bare = table["rows"]
    assert [row["system"] for row in table["rows"]] == ["noisy", "base", "bare"]
    assert noisy["metrics"]["PESQ"]["deviation"] is None and noisy["seeds"] == []
    told = base["metrics"]["SSNR"]
    assert (told["mean"], told["deviation"]) == (4.0, 2.0)  # ((2² + 0 + 2²) / 2) ** 0.5
    assert (told["low"], told["high"]) == (2.0, 6.0)
    assert told["values"] == {"0": 2.0, "1": 4.0, "2": 6.0}
    assert told["above_base"] is None
    gap = bare["metrics"]["SSNR"]["above_base"]  # +1, 0, -1 seed by seed
    assert (gap["mean"], gap["deviation"], gap["low"], gap["high"]) == (0.0, 1.0, -1.0, 1.0)
    assert base["seeds"] == [0, 1, 2] and base["weights"] == 7


def test_differences_are_paired_by_seed_whatever_the_order() -> None:
    (table,) = gather(results()[::-1], ROWS)
    assert table["rows"][2]["metrics"]["PESQ"]["above_base"]["deviation"] == 1.0
    some = [one for one in results() if (one["context"]["training"] or {}).get("seed") != 1]
    (table,) = gather(some, ROWS)
    assert table["rows"][2]["seeds"] == [0, 2]


def test_a_table_for_each_test_set() -> None:
    other = [result(s, seed, 9.0, split="eval") for s in ROWS for seed in (0, 1)]
    tables = gather([*results(), *other], ROWS)
    assert [table["data"] for table in tables] == ["eval", "test"]
    assert [row["system"] for row in tables[0]["rows"]] == ["base", "bare"]


def test_a_given_model_stands_beside_the_trainings_and_shares_nothing_with_them() -> None:
    given = result("@shipped", 1, 8.0, steps=7000)
    (table,) = gather([*results(), given], ROWS | {"@shipped": "as it comes"})
    row = table["rows"][-1]
    assert (row["system"], row["seeds"]) == ("shipped", [])
    assert row["metrics"]["PESQ"]["mean"] == 8.0
    assert row["metrics"]["PESQ"]["above_base"] is None


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (result("bare", 3, 1.0, steps=6), "steps 6, others with 5"),
        (result("bare", 3, 1.0, files={"b": {}}), "different files"),
        (result("bare", 0, 1.0), "seed 0 was scored twice"),
    ],
)
def test_what_cannot_be_compared_is_refused(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError, match=words):
        gather([*results(), wrong], ROWS)


def test_trainings_on_other_data_are_refused() -> None:
    other = result("bare", 3, 1.0)
    other["context"]["training"]["data"] = {"hours": 3.0}
    with pytest.raises(DataError, match="trained with data"):
        gather([*results(), other], ROWS)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "lists no rows"),
        ("# only words\n", "lists no rows"),
        ("base the base\nbare\n", ":2: bare needs words"),
        ("base one\nbase two\n", ":2: base needs words of its own, once"),
    ],
)
def test_a_bad_list_of_rows_is_one_line_with_its_place(
    text: str, words: str, tmp_path: Path
) -> None:
    (tmp_path / "rows").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=words):
        read_rows(tmp_path / "rows")
    with pytest.raises(DataError, match="cannot be read"):
        read_rows(tmp_path / "no rows")


@pytest.fixture
def pairs(corpora: Path, tmp_path: Path) -> Path:
    """Two real pairs as a data directory."""
    from speechgen.data import write_data_directory

    root = corpora / "paired" / "dns2020_no_reverb_part"
    clean = {path.stem: path for path in sorted((root / "clean").iterdir())[:2]}
    noisy = {path.stem: path for path in sorted((root / "noisy").iterdir())}
    write_data_directory(
        tmp_path / "pairs",
        wavs=clean,
        speakers=dict.fromkeys(clean, "x"),
        noisy={name: noisy[name] for name in clean},
    )
    return tmp_path / "pairs"


def test_what_is_left_as_it_is_scores_as_the_noisy_files_do(pairs: Path) -> None:
    told = score_enhancement(pairs, pairs, jobs=1)
    same = score_enhancer(pairs, lambda wave: wave, jobs=1, system="noisy")
    assert same["files"].keys() == told["files"].keys() and not same["failed"]
    for metric in ENHANCEMENT_METRICS:
        assert same["mean"][metric] == pytest.approx(told["mean"][metric], abs=1e-6)
    worse = score_enhancer(pairs, lambda wave: np.roll(wave, 80), jobs=1)
    assert worse["mean"]["SI-SDR"] < told["mean"]["SI-SDR"] - 10.0
    assert same["context"]["system"] == "noisy" and same["context"]["kind"] == "enhancement"
