#!/usr/bin/env python3
"""Checks that every room of speechgen/ imports from lower floors only.

    python tools/check_layers.py [ROOT]

The floors stand in pyproject.toml, ``[tool.speechgen.layers]``. Every import statement counts, also
those inside functions and under ``if TYPE_CHECKING``. Prints one line for each violation and exits
with status 1 where there is any.
"""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGE = "speechgen"


@dataclass(frozen=True)
class Contract:
    """Which floor each room is on, which modules floor 1 may share, what nothing may import."""

    floors: dict[str, int]
    base: frozenset[str]
    never: frozenset[str]

    @classmethod
    def read(cls, pyproject: Path) -> Contract:
        """The contract that ``pyproject`` states."""
        table = tomllib.loads(pyproject.read_text(encoding="utf-8"))["tool"]["speechgen"]["layers"]
        floors = {
            room: number for number, rooms in enumerate(table["floors"], start=1) for room in rooms
        }
        return cls(floors, frozenset(table["base"]), frozenset(table["never"]))

    def complaint(self, importer: str, imported: str) -> str | None:
        """Why room ``importer`` may not import room ``imported``; None where it may."""
        if importer == imported:
            return None
        for room in (importer, imported):
            if room not in self.floors:
                return f"room {room!r} has no floor in pyproject.toml"
        above, below = self.floors[importer], self.floors[imported]
        if below < above or (below == above == 1 and imported in self.base):
            return None
        return f"{importer} (floor {above}) imports {imported} (floor {below})"


def imported_names(tree: ast.AST, module: str, is_package: bool) -> Iterator[tuple[int, str]]:
    """Line and absolute dotted name of everything ``module`` imports, at any depth of its code."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                anchor = module.split(".")
                keep = len(anchor) - node.level + (1 if is_package else 0)
                base = ".".join([*anchor[:keep], *([base] if base else [])])
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)
        elif _is_import_call(node):
            yield node.lineno, node.args[0].value


def _is_import_call(node: ast.AST) -> bool:
    """``import_module("a.b")`` or ``__import__("a.b")`` with the name written out."""
    if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)):
        return False
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    return name in ("import_module", "__import__") and isinstance(node.args[0].value, str)


def violations(root: Path) -> list[str]:
    """One line for each import below ``root``/speechgen that breaks the contract."""
    contract = Contract.read(root / "pyproject.toml")
    found = []
    for path in sorted((root / PACKAGE).rglob("*.py")):
        relative = path.relative_to(root)
        parts = list(relative.with_suffix("").parts)
        is_package = parts[-1] == "__init__"
        if is_package:
            parts.pop()
        room = parts[1] if len(parts) > 1 else None  # None: speechgen/__init__.py
        tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
        for line, name in imported_names(tree, ".".join(parts), is_package):
            why = _why_forbidden(contract, room, name.split("."))
            if why:
                found.append(f"{relative}:{line}: {why}")
    return found


def _why_forbidden(contract: Contract, room: str | None, name: list[str]) -> str | None:
    if name[0] in contract.never:
        return f"{name[0]}/ is imported by nothing"
    if name[0] != PACKAGE or len(name) == 1:
        return None
    if name[1] == "__version__":
        return None
    if room is None:
        return f"{PACKAGE}/__init__.py is lazy and imports no room"
    if name[1] not in contract.floors:
        return f"{'.'.join(name)} is no room; import from the room that owns the name"
    return contract.complaint(room, name[1])


def main() -> int:
    """Print the violations; 1 where there are any."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[1]
    found = violations(root)
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
