"""One table, written as Markdown or shown in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table as RichTable


_SHORT_NAME = 24  # names up to this long are not folded away where a terminal is narrow


@dataclass(frozen=True)
class Table:
    """Cells under headings, all of them text.

    Parameters
    ----------
    header
        A heading for each column.
    rows
        As many cells each. In a row whose first cell is empty the first cell above still holds;
        the terminal then draws a line between the groups.
    word_columns
        So many columns in front hold words, the others numbers, which the terminal aligns at the
        right.
    title
        Stands above the table in the terminal.

    Raises
    ------
    ValueError
        A row has more or fewer cells than the header.

    Examples
    --------
    >>> print(Table(["system", "PESQ"], [["noisy", "1.97"]]).markdown(), end="")
    | system | PESQ |
    | --- | --- |
    | noisy | 1.97 |
    """

    header: Sequence[str]
    rows: Iterable[Sequence[str]]
    word_columns: int = field(default=1, kw_only=True)
    title: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "header", tuple(map(str, self.header)))
        object.__setattr__(self, "rows", tuple(tuple(map(str, row)) for row in self.rows))
        for row in self.rows:
            if len(row) != len(self.header):
                raise ValueError(f"{len(row)} cells under {len(self.header)} headings: {row}")

    def markdown(self) -> str:
        """The table in Markdown, one line a row; bars and line breaks in cells are escaped."""
        lines = (self.header, ["---"] * len(self.header), *self.rows)
        return "".join(f"| {' | '.join(map(_escape, line))} |\n" for line in lines)

    def _repr_markdown_(self) -> str:
        """What a notebook shows."""
        title = f"**{self.title}**\n\n" if self.title else ""
        return title + self.markdown()

    def __rich__(self) -> RichTable:
        """The table for a Rich console: only the first column is folded where it is too long."""
        from rich.table import Table as RichTable
        from rich.text import Text

        shown = RichTable(title=self.title or None, show_edge=False)
        longest = max((len(row[0]) for row in self.rows), default=0)
        short_names = longest <= _SHORT_NAME
        for place, heading in enumerate(self.header):
            shown.add_column(
                Text(heading),
                justify="left" if place < self.word_columns else "right",
                overflow="fold" if place == 0 else "ellipsis",
                no_wrap=place > 0 or short_names,
                min_width=longest if place == 0 and short_names else None,
            )
        rows = tuple(self.rows)
        grouped = any(not row[0] for row in rows)
        for number, row in enumerate(rows, start=1):
            ends = grouped and number < len(rows) and bool(rows[number][0])
            shown.add_row(*map(Text, row), end_section=ends)
        return shown


def _escape(cell: str) -> str:
    return cell.replace("|", "\\|").replace("\n", " ")
