"""Measures that disagree are told of in one line; those that agree, or may be chance, are not."""

from __future__ import annotations

import pytest

from speechgen.evaluation.conflicts import find_conflict, tell_conflict


def interval(low: float, high: float) -> dict[str, float]:
    return {"mean": (low + high) / 2, "low": low, "high": high}


UP, DOWN, UNSURE = interval(0.4, 0.6), interval(-0.03, -0.01), interval(-0.2, 0.3)


def test_better_is_down_where_lower_is_better() -> None:
    assert find_conflict({"PESQ": UP, "SIG": DOWN, "STOI": UNSURE}) == (["PESQ"], ["SIG"])
    assert find_conflict({"WER": UP, "BAK": UP}) == (["BAK"], ["WER"])
    assert find_conflict({"WER": DOWN}) == (["WER"], [])


def test_one_line_says_what_improves_and_what_worsens() -> None:
    line = tell_conflict({"PESQ": UP, "STOI": UNSURE, "SIG": DOWN}, "noisy")
    assert line.startswith("PESQ (+0.50) improves on noisy while SIG (-0.020) worsens; ")
    line = tell_conflict({"PESQ": UP, "CSIG": UP, "COVL": UP, "SIG": DOWN, "WER": UP}, "first")
    assert "PESQ (+0.50), CSIG (+0.50) and COVL (+0.50) improve on first while" in line
    assert "while SIG (-0.020) and WER (+0.50) worsen; " in line
    assert "\n" not in line


@pytest.mark.parametrize(
    "above",
    [
        {},
        {"PESQ": UP, "SIG": UNSURE},
        {"PESQ": UP, "WER": DOWN},
        {"SIG": DOWN, "STOI": UNSURE},
        {"PESQ": UP, "SIG": interval(-0.1, 0.0)},
    ],
)
def test_nothing_is_said_where_the_measures_agree(above: dict) -> None:
    assert tell_conflict(above, "noisy") == ""
