"""Systems side by side: on shared files only, differences paired, names that tell them apart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from speechgen.audio import write
from speechgen.errors import ConfigError, DataError
from speechgen.evaluation import compare_enhancements, score_enhancements
from speechgen.evaluation.compare_enhancers import names_of
from speechgen.evaluation.enhancement import CLEAN
from speechgen.metrics import ENHANCEMENT_METRICS


def result(system: str, values: dict[str, float], notes: tuple[str, ...] = ()) -> dict:
    files = {name: dict.fromkeys(ENHANCEMENT_METRICS, value) for name, value in values.items()}
    context = {"kind": "enhancement", "system": system}
    return {"files": files, "context": context, "diagnosis": {"notes": list(notes)}}


NOISY = result("noisy", {"a": 1.0, "b": 5.0, "c": 9.0, "only": 100.0})
BETTER = result("better", {"a": 2.0, "b": 6.5, "c": 10.5, "other": -100.0}, ("late",))


def test_differences_are_paired_over_the_shared_files() -> None:
    compared = compare_enhancements([BETTER, NOISY])
    assert compared["against"] == "noisy" and compared["utterances"] == 3
    noisy, better = compared["systems"]["noisy"], compared["systems"]["better"]
    assert noisy["mean"]["PESQ"] == pytest.approx(5.0) and noisy["above"] == {}
    above = better["above"]["SSNR"]
    assert above["mean"] == pytest.approx(np.mean([1.0, 1.5, 1.5])) and above["utterances"] == 3
    assert 1.0 <= above["low"] < above["mean"] < above["high"] <= 1.5
    spread = better["intervals"]["SSNR"]
    assert spread["high"] - spread["low"] > 4  # the pairing takes the spread among files away


def test_word_errors_are_paired_and_weighted_by_words() -> None:
    """Of 1 + 9 words 1 + 3 are wrong, then 0 + 6: the error rate rises from .4 to .6."""

    def heard(system: str, rates: list[float]) -> dict:
        one = result(system, {"a": 1.0, "b": 1.0, "mute": 1.0})
        for name, rate, words in zip("ab", rates, (1, 9), strict=True):
            one["files"][name] |= {"WER": rate, "words": words}
        return one

    compared = compare_enhancements([heard("noisy", [1.0, 1 / 3]), heard("new", [0.0, 2 / 3])])
    new = compared["systems"]["new"]
    assert new["mean"]["WER"] == new["intervals"]["WER"]["mean"] == pytest.approx(0.6)
    assert new["above"]["WER"]["mean"] == pytest.approx(0.2)
    assert new["above"]["WER"]["utterances"] == 2 < compared["utterances"]
    ends = (new["above"]["WER"]["low"], new["above"]["WER"]["high"])
    assert ends == pytest.approx((-1.0, 1 / 3))


def test_a_system_that_gains_here_and_loses_there_is_warned_of() -> None:
    mixed = result("mixed", {"a": 2.0, "b": 6.5, "c": 10.5})
    assert compare_enhancements([NOISY, BETTER])["warnings"] == []
    for scores in mixed["files"].values():
        scores["CSIG"] -= 3.0
    (line,) = compare_enhancements([NOISY, mixed])["warnings"]
    assert line.startswith("mixed: PESQ (+1.33)") and "while CSIG (-1.67) worsens" in line
    (line,) = compare_enhancements([NOISY, mixed], against="mixed")["warnings"]
    assert line.startswith("noisy: CSIG (+1.67) improves on mixed while PESQ (-1.33)")


def test_the_clean_speech_has_what_needs_no_clean_side_and_is_never_warned_of() -> None:
    clean = {"files": {n: {"SIG": 1.0, "BAK": 5.0} for n in "abc"}, "context": {"system": CLEAN}}
    noisy = result("noisy", {"a": 1.0, "b": 5.0, "c": 9.0})
    for scores in noisy["files"].values():
        scores |= {"SIG": 2.0, "BAK": 3.0}
    compared = compare_enhancements([noisy, clean])
    assert list(compared["systems"][CLEAN]["above"]) == ["SIG", "BAK"]
    assert compared["warnings"] == []


def test_any_system_may_be_what_the_others_are_held_against() -> None:
    assert compare_enhancements([BETTER])["against"] == "better"
    compared = compare_enhancements([NOISY, BETTER], against="better")
    assert compared["systems"]["noisy"]["above"]["PESQ"]["mean"] == pytest.approx(-4 / 3)
    with pytest.raises(ConfigError, match="--against worse: is none of the systems noisy, better"):
        compare_enhancements([NOISY, BETTER], against="worse")
    with pytest.raises(DataError, match="no file could be scored for every system"):
        compare_enhancements([NOISY, result("else", {"z": 1.0})])


def test_names_tell_folders_apart(tmp_path: Path) -> None:
    assert names_of(["x/a", "x/b"]) == ["a", "b"]
    assert names_of(["x/a/test", "x/b/test"]) == ["a/test", "b/test"]
    with pytest.raises(ConfigError, match="given twice"):
        names_of(["x/a", "x/../x/a"])


def test_folders_are_scored_under_their_names(tmp_path: Path, speechlike: Callable) -> None:
    for name, level in (("clean", 0.0), ("noisy", 0.05), ("better", 0.01)):
        for seed in range(2):
            noise = level * np.random.default_rng(seed).normal(size=24000)
            write(tmp_path / name / f"{seed}.wav", speechlike(seed=seed) + noise, 16000)
    folders = [tmp_path / "noisy", tmp_path / "better"]
    results = score_enhancements(tmp_path / "clean", folders, jobs=1)
    compared = compare_enhancements(results)
    assert list(compared["systems"]) == ["noisy", "better"]
    assert all(value["low"] > 0 for value in compared["systems"]["better"]["above"].values())
    with pytest.raises(ConfigError, match="--system: 1 for 2 folders"):
        score_enhancements(tmp_path / "clean", folders, systems=["one"])
    with pytest.raises(ConfigError, match="--model: 1 for 2 folders"):
        score_enhancements(tmp_path / "clean", folders, models=["classical"])
    with pytest.raises(ConfigError, match="names that differ"):
        score_enhancements(tmp_path / "clean", folders, systems=["one", "one"])
