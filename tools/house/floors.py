"""A room imports from lower floors only."""

from __future__ import annotations

from pathlib import Path

from house.imports import read_modules
from house.rules import PACKAGE, Rules

MEND = "move what is needed to a lower floor, or the file that needs it to a higher one"


def violations(root: Path, rules: Rules) -> list[str]:
    """One line for each import below ``root``/speechgen that breaks the contract."""
    found = []
    for module in read_modules(root):
        if module.room is not None and module.room not in rules.floors:
            found.append(f"{module.path}:1: {_no_floor(module.room)}")
            continue
        for line, name in module.imports:
            why = _why_forbidden(rules, module.room, name.split("."))
            if why:
                found.append(f"{module.path}:{line}: {why}")
    return found


def _why_forbidden(rules: Rules, room: str | None, name: list[str]) -> str | None:
    if name[0] in rules.never:
        return f"{name[0]}/ is imported by nothing; move what is needed into {PACKAGE}/"
    if name[0] != PACKAGE or len(name) == 1:
        return None
    if name[1] == "__version__":
        return None
    if room is None:
        return f"{PACKAGE}/__init__.py is lazy and imports no room; import where it is used"
    if name[1] not in rules.floors:
        return f"{'.'.join(name)} is no room; import from the room that owns the name"
    return _why_no_neighbour(rules, room, name[1])


def _no_floor(room: str) -> str:
    return f"room {room!r} has no floor in pyproject.toml; give it one"


def _why_no_neighbour(rules: Rules, importer: str, imported: str) -> str | None:
    """Why room ``importer`` may not import room ``imported``; None where it may."""
    if importer == imported:
        return None
    for room in (importer, imported):
        if room not in rules.floors:
            return _no_floor(room)
    above, below = rules.floors[importer], rules.floors[imported]
    if below < above or (below == above == 1 and imported in rules.base):
        return None
    return f"{importer} (floor {above}) imports {imported} (floor {below}); {MEND}"
