"""Columns of the table of synthesis: those that somebody measured."""

from __future__ import annotations

from speechgen.reporting.sections.synthesis import synthesis_tables

_OLD = {"MCD": 5.0, "F0 RMSE": 200.0, "voicing error": 0.2, "speaker similarity": 0.7}


def _result(system: str, scores: dict[str, float], **mean: float) -> dict:
    files = {f"ann_{number}": scores for number in range(3)}
    context = {"kind": "synthesis", "system": system, "data": "test"}
    return {"mean": scores | mean, "files": files, "failed": {}, "context": context}


def _cells(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_a_result_without_new_measures_has_the_columns_of_old() -> None:
    header = _cells(synthesis_tables([_result("old", _OLD)]))[0]
    assert [name.split(" (")[0].rstrip(" ↑↓") for name in header] == ["system", *_OLD]


def test_what_one_system_was_measured_by_is_a_column_for_all() -> None:
    new = _OLD | {"SPTK MCD": 6.0, "F0 correlation": 0.9}
    results = [_result("old", _OLD), _result("new", new, **{"median F0 RMSE": 20.0})]
    header, _, *rows = _cells(synthesis_tables(results))
    assert header[2:6] == [
        "SPTK MCD (dB) ↓",
        "F0 RMSE (cents) ↓",
        "median F0 RMSE (cents) ↓",
        "F0 correlation ↑",
    ]
    by_name = {row[0]: row for row in rows}
    assert by_name["old"][2] == by_name["old"][4] == "-"
    assert by_name["new"][2].startswith("6.00") and by_name["new"][4] == "20.00"
