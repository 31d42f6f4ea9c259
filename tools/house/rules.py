"""The numbers and names of the rules: the table ``[tool.speechgen.layers]`` of pyproject.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

PACKAGE = "speechgen"


@dataclass(frozen=True)
class Rules:
    """The table as a value.

    Parameters
    ----------
    floors
        Room to the floor that it is on, from 1 upwards.
    base
        Modules of floor 1 that their neighbours may import.
    never
        Folders that nothing imports.
    families
        Patterns of folders; a module belongs to the deepest one that fits.
    max_lines, measured
        How long a file may be, and the folders whose files are measured.
    """

    floors: dict[str, int]
    base: frozenset[str]
    never: frozenset[str]
    families: tuple[str, ...]
    max_lines: int
    measured: tuple[str, ...]

    @classmethod
    def read(cls, root: Path) -> Rules:
        """The rules that ``root``/pyproject.toml states."""
        text = (root / "pyproject.toml").read_text(encoding="utf-8")
        table = tomllib.loads(text)["tool"]["speechgen"]["layers"]
        floors = {
            room: number for number, rooms in enumerate(table["floors"], start=1) for room in rooms
        }
        return cls(
            floors=floors,
            base=frozenset(table["base"]),
            never=frozenset(table["never"]),
            families=tuple(table["families"]),
            max_lines=table["max_lines"],
            measured=tuple(table["measured"]),
        )
