"""No module name stands twice in one family."""

from __future__ import annotations

from pathlib import Path

from house.rules import PACKAGE, Rules


def violations(root: Path, rules: Rules) -> list[str]:
    """One line for each module whose family has another of the same name.

    A folder with modules counts as a module of the family that it lies in.
    """
    first: dict[tuple[Path, str], Path] = {}
    found = []
    for path in sorted((root / PACKAGE).rglob("*.py")):
        module = path.parent if path.name == "__init__.py" else path
        if module == root / PACKAGE:
            continue
        family = _family(module.relative_to(root), rules)
        other = first.setdefault((family, module.stem), path)
        if other != path:
            found.append(
                f"{path.relative_to(root)}:1: another module of {family}/ is named {module.stem} "
                f"too, {other.relative_to(root)}; name each after what it alone holds"
            )
    return found


def _family(module: Path, rules: Rules) -> Path:
    """The deepest folder above a module that one of the patterns fits."""
    return next(
        folder for folder in module.parents if any(_fits(folder, p) for p in rules.families)
    )


def _fits(folder: Path, pattern: str) -> bool:
    """Whether a pattern fits a whole path, part by part."""
    parts = Path(pattern).parts
    return len(parts) == len(folder.parts) and folder.match(pattern)
