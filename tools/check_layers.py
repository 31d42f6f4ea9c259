#!/usr/bin/env python3
"""Checks the rules of the house: floors, import circles, lengths of files, names of modules.

    python tools/check_layers.py [ROOT]

The rules stand in pyproject.toml, ``[tool.speechgen.layers]``. Every import statement counts, also
those inside functions and under ``if TYPE_CHECKING``. Prints one line for each violation (file,
line, what is wrong, how to mend it) and exits with status 1 where there is any.
"""

from __future__ import annotations

import sys
from pathlib import Path

from house import circles, floors, names, sizes
from house.rules import Rules


def violations(root: Path) -> list[str]:
    """One line for each violation below ``root``."""
    rules = Rules.read(root)
    found = [
        *floors.violations(root, rules),
        *circles.violations(root),
        *sizes.violations(root, rules),
        *names.violations(root, rules),
    ]
    return list(dict.fromkeys(found))


def main() -> int:
    """Print the violations; 1 where there are any."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[1]
    found = violations(root)
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
