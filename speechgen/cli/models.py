"""``speechgen models``: what there is, as a family tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechgen.cli.common import console

if TYPE_CHECKING:
    from rich.tree import Tree

EXAMPLES = ["speechgen models", "speechgen info spectral-small"]


def models() -> None:
    """Show the family tree of models: what can be built by name, and what is shipped.

    Leaves are the names that a configuration may use; below them stand the shipped model
    directories of that kind, which --model takes by name.
    """
    from rich.tree import Tree

    from speechgen.registry import ENTRIES

    shipped = _shipped_by_name()
    root = Tree("[bold]generative models[/bold]")
    branches: dict[tuple[str, ...], Tree] = {(): root}
    for entry in ENTRIES.values():
        branch = _branch(branches, entry.family)
        paper = f" [dim]{entry.paper}[/dim]" if entry.paper else ""
        leaf = branch.add(f"[green]{entry.name}[/green]: {entry.summary}{paper}")
        for line in shipped.get(entry.name, []):
            leaf.add(line)
    console().print(root)


def _branch(branches: dict[tuple[str, ...], Tree], family: tuple[str, ...]) -> Tree:
    if family not in branches:
        branches[family] = _branch(branches, family[:-1]).add(f"[bold]{family[-1]}[/bold]")
    return branches[family]


def _shipped_by_name() -> dict[str, list[str]]:
    from speechgen.store import DEFAULTS, describe, shipped_models

    lines: dict[str, list[str]] = {}
    for name, directory in sorted(shipped_models().items()):
        facts = describe(directory)
        default = f", the default to {facts['task']}" if name in DEFAULTS.values() else ""
        megabytes = facts["num_bytes"] / 1e6
        line = f"[cyan]{name}[/cyan], shipped, {megabytes:.1f} MB{default}"
        lines.setdefault(facts["name"], []).append(line)
    return lines
