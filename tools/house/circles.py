"""No file imports, through others, itself."""

from __future__ import annotations

from collections import deque
from pathlib import Path

from house.imports import Module, read_modules

#: for each module those that it imports, with the line of the first import
Graph = dict[str, dict[str, int]]
MEND = "move what both need into a file of its own"


def violations(root: Path) -> list[str]:
    """One line for each import circle: of files that reach each other, the shortest way round."""
    modules = {module.name: module for module in read_modules(root)}
    graph = {name: _imported_files(module, modules) for name, module in modules.items()}
    found, seen = [], set()
    for name in sorted(graph):
        way = _way_round(name, graph) if name not in seen else None
        if way is None:
            continue
        seen |= {other for other in graph if _reaches(name, other, graph, back=True)}
        line = graph[name][way[1]]
        found.append(f"{modules[name].path}:{line}: import circle {' -> '.join(way)}; {MEND}")
    return found


def _imported_files(module: Module, modules: dict[str, Module]) -> dict[str, int]:
    """The files behind the imported names: ``a.b.c`` is the module a.b.c, or c of module a.b."""
    found: dict[str, int] = {}
    for line, name in sorted(module.imports):
        while name not in modules and "." in name:
            name = name.rpartition(".")[0]
        if name in modules and name != module.name:
            found.setdefault(name, line)
    return found


def _way_round(start: str, graph: Graph) -> list[str] | None:
    """The shortest way from a module back to itself."""
    before: dict[str, str] = {}
    waiting = deque([start])
    while waiting:
        here = waiting.popleft()
        for there in graph[here]:
            if there == start:
                way = [start, here]
                while way[-1] != start:
                    way.append(before[way[-1]])
                return way[::-1]
            if there not in before:
                before[there] = here
                waiting.append(there)
    return None


def _reaches(start: str, end: str, graph: Graph, *, back: bool) -> bool:
    """Whether imports lead from ``start`` to ``end``, and with ``back`` from there to ``start``."""
    seen, waiting = {start}, [start]
    while waiting:
        for there in graph[waiting.pop()]:
            if there not in seen:
                seen.add(there)
                waiting.append(there)
    return end in seen and (not back or _reaches(end, start, graph, back=False))
