"""Comparisons in writing: Markdown and the terminal's table hold every number."""

from __future__ import annotations

from speechgen.evaluation import compare_enhancements
from speechgen.metrics import ENHANCEMENT_METRICS
from speechgen.reporting.comparisons import (
    enhancers_markdown,
    enhancers_table,
    likelihoods_table,
    means_table,
)
from speechgen.reporting.sections.enhancement import notes_of


def result(system: str, values: dict[str, float], notes: tuple[str, ...] = ()) -> dict:
    files = {name: dict.fromkeys(ENHANCEMENT_METRICS, value) for name, value in values.items()}
    context = {"kind": "enhancement", "system": system}
    return {"files": files, "context": context, "diagnosis": {"notes": list(notes)}}


NOISY = result("noisy", {"a": 1.0, "b": 5.0, "c": 9.0, "only": 100.0})
BETTER = result("better", {"a": 2.0, "b": 6.5, "c": 10.5, "other": -100.0}, ("late",))


def test_tables_hold_every_number() -> None:
    text = enhancers_markdown(compare_enhancements([NOISY, BETTER]))
    values, gains = text.split("\n\n")
    assert "mean of 3 files" in values and "| noisy | 5.00 [" in values
    assert "above noisy, paired" in gains and "| better | +1.33 [+1.00, +1.50] |" in gains
    assert "| noisy |" not in gains
    assert "above" not in enhancers_markdown(compare_enhancements([NOISY]))
    assert notes_of([NOISY, BETTER]) == ["better: late"]


def test_the_terminal_has_a_line_for_each_measure_of_each_system() -> None:
    table = enhancers_table(compare_enhancements([NOISY, BETTER]))
    assert table.header == ("system", "measure", "mean", "95 %", "above noisy, 95 %")
    assert [row[:2] for row in table.rows[:2]] == [("noisy", "PESQ"), ("", "STOI")]
    assert len(table.rows) == 2 * len(ENHANCEMENT_METRICS)
    assert table.rows[0][4] == "-" and table.rows[-1][4].startswith("+1.333 (+1.000, +1.5")
    alone = enhancers_table(compare_enhancements([NOISY]))
    assert alone.header == ("system", "measure", "mean", "95 %")


def test_what_a_system_has_not_leaves_its_cell_empty() -> None:
    heard = {"files": {n: {"SIG": 3.0, "WER": 0.5, "words": 4} for n in "abc"}}
    heard["context"] = {"system": "clean speech"}
    text = enhancers_markdown(compare_enhancements([NOISY, heard]))
    assert "| SIG (1..5) ↑ | WER ↓ |" in text and "BAK" not in text.splitlines()[0].split("CBAK")[1]
    assert "| clean speech | - | - | - | - | - | - | - | 3.00 [3.00, 3.00] | 0.500 [" in text
    assert text.splitlines()[2].endswith("| - | - |")


def test_likelihoods_and_means_are_rounded_alike() -> None:
    bits = {"mean": 7.5, "low": 7.4, "high": 7.6}
    one = {"system": "a", "output": "mu-law", "own_bits": 4.25, "bits_16bit": bits}
    (row, empty) = likelihoods_table(
        [one | {"above_first": None}, one | {"own_bits": None, "above_first": bits}]
    ).rows
    assert row == ("a, mu-law", "4.250", "7.500 (7.400, 7.600)", "-")
    assert empty[1] == "-" and empty[3] == "+7.500 (+7.400, +7.600)"
    means = means_table({"mean": {"EER": 0.12345, "trials": 7, "MCD": None}})
    assert means.rows == (("EER", "0.123"), ("trials", "7"), ("MCD", "-"))
