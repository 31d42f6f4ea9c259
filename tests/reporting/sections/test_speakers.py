"""The table of speaker verification."""

from __future__ import annotations

from speechgen.reporting.sections.speakers import speaker_tables

_OLD = {"EER": 0.07, "cosine within": 0.5, "cosine between": 0.1}
_TRIALS = {"target trials": 450, "impostor trials": 4500}


def _row(mean: dict) -> list[str]:
    text = speaker_tables([{"mean": mean, "context": {"kind": "speakers", "data": "test"}}])
    return [cell.strip() for cell in text.splitlines()[2].strip("|").split("|")]


def test_the_floor_stands_beside_the_encoder() -> None:
    new = {"minDCF": 0.5, "EER of mel statistics": 0.0425, "minDCF of mel statistics": 0.25}
    row = _row(_OLD | new | _TRIALS)
    assert row[:5] == ["test", "7.00 %", "0.500", "4.25 %", "0.250"]
    assert row[-1] == "450 + 4500"


def test_a_result_without_a_floor_has_gaps() -> None:
    assert _row(_OLD | _TRIALS)[:5] == ["test", "7.00 %", "-", "-", "-"]
