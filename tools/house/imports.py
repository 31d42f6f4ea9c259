"""The modules of the package, and everything that their import statements name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from house.rules import PACKAGE


@dataclass(frozen=True)
class Module:
    """A file of the package: its dotted name, its path below the root, and what it imports.

    ``imports`` are pairs (line, absolute dotted name), those inside functions and under
    ``if TYPE_CHECKING`` included. Of ``from a import b`` the name is ``a.b``.
    """

    name: str
    path: Path
    imports: tuple[tuple[int, str], ...]

    @property
    def room(self) -> str | None:
        """The first part below the package; None for the package's own ``__init__``."""
        parts = self.name.split(".")
        return parts[1] if len(parts) > 1 else None


def read_modules(root: Path) -> list[Module]:
    """All modules of ``root``/speechgen, in the order of their paths."""
    return [_read(path, root) for path in sorted((root / PACKAGE).rglob("*.py"))]


def _read(path: Path, root: Path) -> Module:
    parts = list(path.relative_to(root).with_suffix("").parts)
    is_package = parts[-1] == "__init__"
    if is_package:
        parts.pop()
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    name = ".".join(parts)
    return Module(name, path.relative_to(root), tuple(_imported(tree, name, is_package)))


def _imported(tree: ast.AST, module: str, is_package: bool) -> Iterator[tuple[int, str]]:
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
