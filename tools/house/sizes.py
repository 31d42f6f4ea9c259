"""No file is longer than one can take in."""

from __future__ import annotations

from pathlib import Path

from house.rules import Rules

_KINDS = (".py", ".sh")


def violations(root: Path, rules: Rules) -> list[str]:
    """One line for each script or module that has too many lines."""
    found = []
    for folder in rules.measured:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in _KINDS or not path.is_file():
                continue
            lines = len(path.read_text(encoding="utf-8").splitlines())
            if lines > rules.max_lines:
                found.append(
                    f"{path.relative_to(root)}:{rules.max_lines + 1}: has {lines} lines, "
                    f"{rules.max_lines} at most; divide it, one idea a file"
                )
    return found
