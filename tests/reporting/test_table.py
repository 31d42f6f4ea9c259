"""One table, two renderings: Markdown to the byte, and the same cells in a terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from speechgen.reporting import Table

HEADER = ["system", "measure", "mean"]
ROWS = [["noisy", "PESQ", "1.97"], ["", "STOI", "0.921"], ["a|b [c]", "PESQ", "-"]]


def shown(table: Table, width: int = 80) -> str:
    """What a terminal of so many columns shows."""
    file = io.StringIO()
    Console(file=file, width=width, color_system=None).print(table)
    return file.getvalue()


def test_markdown_is_what_it_always_was() -> None:
    assert Table(HEADER, ROWS).markdown().encode() == (
        b"| system | measure | mean |\n"
        b"| --- | --- | --- |\n"
        b"| noisy | PESQ | 1.97 |\n"
        b"|  | STOI | 0.921 |\n"
        b"| a\\|b [c] | PESQ | - |\n"
    )
    assert Table(["a"], [["one\ntwo"]]).markdown() == "| a |\n| --- |\n| one two |\n"


def test_the_terminal_shows_the_same_cells() -> None:
    lines = shown(Table(HEADER, ROWS, word_columns=2, title="scores")).splitlines()
    assert lines[0].strip() == "scores"
    cells = [[cell.strip() for cell in line.split("│")] for line in lines[1:] if "│" in line]
    assert [cell.strip() for cell in lines[1].split("┃")] == HEADER
    assert cells == ROWS


def test_numbers_stand_at_the_right_and_groups_are_apart() -> None:
    lines = shown(Table(HEADER, ROWS, word_columns=2)).splitlines()
    assert lines[2].endswith(" 1.97 ") and lines[3].endswith("0.921 ")
    assert set(lines[4]) <= set("─┼") and len(lines) == 6
    apart = shown(Table(HEADER, [ROWS[0], ROWS[2]])).splitlines()
    assert len(apart) == 4  # every row a group of its own: no lines between


def test_only_the_first_column_is_folded() -> None:
    table = Table(["system", "95 %"], [["a/very/long/path/of/a/folder", "1.23 to 4.56"]])
    text = shown(table, width=30)
    assert "1.23 to 4.56" in text
    assert "".join(line.split("│")[0].strip() for line in text.splitlines()[2:]) == (
        "a/very/long/path/of/a/folder"
    )


def test_a_row_of_another_width_is_refused() -> None:
    with pytest.raises(ValueError, match="1 cells under 2 headings"):
        Table(["a", "b"], [["only"]])


def test_rows_keep_their_names_in_a_narrow_terminal() -> None:
    header = ["run", *(f"a long heading {number}" for number in range(5))]
    table = Table(header, [["vae,seed=1", *["1.2345"] * 5]])
    shown = io.StringIO()
    Console(file=shown, width=80).print(table)
    assert "vae,seed=1" in shown.getvalue()
