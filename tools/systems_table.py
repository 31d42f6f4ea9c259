#!/usr/bin/env python3
"""Writes README's table of systems: for each its test, experiments and published results.

    python tools/systems_table.py [--check]

A row is a file tests/systems/test_*.py: the first line of its docstring names the system, and
EXPERIMENTS the configurations it exercises. Results are those of egs/*/RESULTS.md. --check writes
nothing and ends with status 1 where the table in README.md is not what it should be.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

from speechgen.evaluation import find_results

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
BEGIN, END = "<!-- systems:begin -->", "<!-- systems:end -->"
OUT_OF_SCOPE = {"F19": "video forecasting by a VAE: out of scope"}


def table() -> str:
    """The table, in Markdown."""
    published = results_by_experiment()
    rows = [*map(_row, tests()), *((row, words, "", (), ()) for row, words in OUT_OF_SCOPE.items())]
    lines = ["| row | system | test | `experiment=` | results |", "|---|---|---|---|---|"]
    for name, words, test, experiments, folders in sorted(rows, key=lambda row: _order(row[0])):
        found = sorted({*folders, *(f for e in experiments for f in published.get(e, ()))})
        links = ", ".join(f"[{folder}](egs/{folder}/RESULTS.md)" for folder in found)
        where = f"[{test}](tests/systems/{test})" if test else ""
        names = ", ".join(f"`{experiment}`" for experiment in experiments)
        lines.append(f"| {name} | {words} | {where} | {names} | {links} |")
    return "\n".join(lines) + "\n"


def tests() -> list[Path]:
    """The files of rows."""
    return sorted((ROOT / "tests" / "systems").glob("test_*.py"))


def _row(path: Path) -> tuple[str, str, str, tuple[str, ...], tuple[str, ...]]:
    spec = importlib.util.spec_from_file_location(f"systems_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    words = (module.__doc__ or "").strip().splitlines()[0].rstrip(".")
    match = re.fullmatch(r"test_([df])(\d+)(?:_\w+)?", path.stem)
    name = f"{match.group(1).upper()}{int(match.group(2))}" if match else "also"
    experiments = tuple(dict.fromkeys(getattr(module, "EXPERIMENTS", ())))
    return name, words.replace("|", "\\|"), path.name, experiments, getattr(module, "RESULTS", ())


def _order(row: str) -> tuple[str, int]:
    return (row[0] if row != "also" else "z", int(row[1:]) if row != "also" else 0)


def results_by_experiment() -> dict[str, set[str]]:
    """Folders of egs/ whose published results have a model of an experiment."""
    found: dict[str, set[str]] = {}
    own = {path.stem: path for path in ROOT.glob("egs/*/conf/experiment/*.yaml")}
    for folder in sorted(path for path in (ROOT / "egs").iterdir() if path.is_dir()):
        for _, result in find_results(folder):
            command = (result["context"].get("training") or {}).get("command") or ""
            match = re.search(r"experiment=(\w+)", command)
            name = match.group(1) if match else ""
            while name in own:  # an experiment of the folder's own stands for the packaged one
                found.setdefault(name, set()).add(folder.name)
                name = _parent(own[name])
            if name:
                found.setdefault(name, set()).add(folder.name)
    return found


def _parent(path: Path) -> str:
    import yaml

    defaults = yaml.safe_load(path.read_text(encoding="utf-8"))["defaults"]
    return next(one for one in defaults if isinstance(one, str) and one != "_self_")


def main() -> int:
    """Write, or compare."""
    sys.path.insert(0, str(ROOT))
    text = README.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    wanted = f"{before}{BEGIN}\n{table()}{END}{after}"
    if "--check" in sys.argv[1:]:
        if text != wanted:
            print("README.md: run python tools/systems_table.py", file=sys.stderr)
        return int(text != wanted)
    README.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
